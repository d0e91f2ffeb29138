"""What the Community Edition is used for beside what it may be used for."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.registries.choice.answers import Load
from wizard.registries.choice.load import NEAR
from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.release import Limits, Release
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.secret import Secret
from wizard.wording import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a Nexus is used for; 0 where its version does not tell.

    Attributes:
        components: that there are.
        requests_a_day: the most of the last seven days.
    """

    components: int
    requests_a_day: int


async def read_used(nexus: Nexus) -> Used:
    """Return what the server counted: it updates hourly, and shows 0 at first."""
    months = await nexus.months() or ()
    components = max(months, key=lambda one: one.metric_date).component_count if months else 0
    history = await nexus.daily("components")
    if history and history.data:
        components = max(components, history.data[-1].value)
    requests = await nexus.daily("requests")
    most = max((one.value for one in requests.data), default=0) if requests else 0
    return Used(components=components, requests_a_day=most)


class Usage:
    """What the free edition is used for, and will be, beside what it may be used for."""

    def __init__(self, nexus: Nexus, release: Release, load: Load | None) -> None:
        self._nexus = nexus
        self._release = release
        self._load = load

    async def look(self) -> Finding:
        """Tell what is near or over a limit; over one is for a person to mend."""
        subject = _("limits of the Community Edition")
        limits = self._release.limits
        if limits is None:
            return Finding(subject=subject, action=Action.NOTHING)
        used = await read_used(self._nexus)
        components, requests = used.components, used.requests_a_day
        told = tuple(
            Difference(field=field, found=str(used), wanted=_("at most {count}").format(count=most))
            for field, used, most in (
                ("components", components, limits.components),
                ("requests", requests, limits.requests_a_day),
            )
            if used > most
        )
        return Finding(
            subject=subject,
            action=Action.BY_HAND if told else Action.NOTHING,
            differences=told,
            warnings=self._warnings(limits, components, requests),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Change nothing: a person removes images, or buys a licence."""
        return None

    def _warnings(self, limits: Limits, components: int, requests: int) -> tuple[str, ...]:
        warnings = []
        load = self._load.requests if self._load else 0
        if 100 * load > NEAR * limits.requests_a_day:
            warnings.append(
                _("the fleet will ask about {count} times a day, the edition allows {most}").format(
                    count=load, most=limits.requests_a_day
                )
            )
        images = components + (self._load.components if self._load else 0)
        for words, used, most in (
            (_("{count} of {most} components, with the fleet's images"), images, limits.components),
            (_("{count} of {most} requests on one day"), requests, limits.requests_a_day),
        ):
            if 100 * used > NEAR * most:
                warnings.append(words.format(count=used, most=most))
        if warnings:
            warnings.append(_("above either limit a proxy keeps no new image"))
        return tuple(warnings)
