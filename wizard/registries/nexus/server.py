"""Nexus as a whole: its licence, its own address, what private upstreams need, its limits."""

from __future__ import annotations

import ipaddress

from wizard.registries.choice.answers import Load
from wizard.registries.choice.load import NEAR
from wizard.registries.comparing import at, spelled
from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.release import Limits, Release
from wizard.registries.nexus.values import Guard
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.registries.typed import Document
from wizard.secret import Secret
from wizard.wording import _


class Licence:
    """The licence of the Community Edition, until which no content is served.

    Only the operator accepts it: what was shown has to come back, byte for byte.
    """

    def __init__(self, nexus: Nexus, accepted: str) -> None:
        self._nexus = nexus
        self._accepted = accepted

    async def look(self) -> Finding:
        """Tell whether it is still to be accepted, with its words."""
        subject = _("licence of the Community Edition")
        eula = await self._nexus.eula()
        if eula is None or eula.accepted:
            return Finding(subject=subject, action=Action.NOTHING)
        is_accepted = bool(self._accepted) and self._accepted == eula.disclaimer
        return Finding(
            subject=subject,
            action=Action.CHANGE if is_accepted else Action.BY_HAND,
            differences=(
                Difference(field="accepted", found="false", wanted="true"),
                Difference(field="disclaimer", found=eula.disclaimer, wanted=self._accepted),
            ),
            warnings=(_("until it is accepted, every pull is refused"),),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Accept it, if its words are still those that were shown."""
        eula = await self._nexus.eula()
        if eula and not eula.accepted and eula.disclaimer == self._accepted:
            await self._nexus.accept_eula(eula)
        return None


class PrivateUpstreams:
    """Private addresses of upstreams on the list of those that proxies may reach."""

    def __init__(self, nexus: Nexus, hosts: tuple[str, ...]) -> None:
        self._nexus = nexus
        self._hosts = hosts

    async def look(self) -> Finding:
        """Tell which hosts are missing; nothing where there is no guard."""
        guard = await self._nexus.guard()
        missing = self._missing(guard)
        subject = _("SSRF protection")
        if guard is None or not missing:
            return Finding(subject=subject, action=Action.NOTHING)
        allowed = (*guard.allowed_domains, *guard.allowed_ips)
        wanted = spelled([*allowed, *missing])
        told = (Difference(field="allowed", found=spelled(allowed), wanted=wanted),)
        return Finding(subject=subject, action=Action.CHANGE, differences=told)

    async def change(self) -> tuple[str, Secret] | None:
        """Append them; the guard stays on."""
        guard = await self._nexus.guard()
        missing = self._missing(guard)
        if guard and missing:
            addresses = tuple(host for host in missing if _is_address(host))
            names = tuple(host for host in missing if not _is_address(host))
            await self._nexus.set_guard(
                Guard(
                    enabled=guard.enabled,
                    allowed_domains=(*guard.allowed_domains, *names),
                    allowed_ips=(*guard.allowed_ips, *addresses),
                )
            )
        return None

    def _missing(self, guard: Guard | None) -> list[str]:
        if guard is None or not guard.enabled:
            return []
        allowed = {*guard.allowed_domains, *guard.allowed_ips}
        return [host for host in self._hosts if host not in allowed]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class BaseURL:
    """What the server calls itself in links and mails."""

    def __init__(self, nexus: Nexus, url: str) -> None:
        self._nexus = nexus
        self._url = url

    async def look(self) -> Finding:
        """Compare the capability; by hand before 3.82."""
        subject = _("base URL")
        capabilities = await self._nexus.capabilities()
        if capabilities is None:
            by_hand = _("Settings, System, Capabilities: Base URL")
            told = (Difference(field=by_hand, found=_("no API for it here"), wanted=self._url),)
            return Finding(subject=subject, action=Action.BY_HAND, differences=told)
        found = _base_url(capabilities)
        before = str(at(found or {}, "properties.url") or "")
        if found and before.rstrip("/") == self._url.rstrip("/") and found.get("enabled"):
            return Finding(subject=subject, action=Action.NOTHING)
        return Finding(
            subject=subject,
            action=Action.CHANGE if found else Action.CREATE,
            differences=(Difference(field="url", found=before, wanted=self._url),),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Switch it on, or correct it."""
        found = _base_url(await self._nexus.capabilities() or ())
        body: Document = {
            "type": "baseurl",
            "enabled": True,
            "notes": str((found or {}).get("notes") or ""),
            "properties": {"url": self._url},
        }
        if found is None:
            await self._nexus.create_capability(body)
        else:
            await self._nexus.update_capability(body | {"id": found["id"]})
        return None


def _base_url(capabilities: tuple[Document, ...]) -> Document | None:
    return next((one for one in capabilities if one.get("type") == "baseurl"), None)


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
        components, requests = await self._used()
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

    async def _used(self) -> tuple[int, int]:
        """Return components there are, and the most requests of one day that are told."""
        months = await self._nexus.months() or ()
        components = max(months, key=lambda one: one.metric_date).component_count if months else 0
        history = await self._nexus.daily("components")
        if history and history.data:
            components = max(components, history.data[-1].value)
        requests = await self._nexus.daily("requests")
        return components, max((one.value for one in requests.data), default=0) if requests else 0

    def _warnings(self, limits: Limits, components: int, requests: int) -> tuple[str, ...]:
        warnings = []
        load = self._load.requests if self._load else 0
        if 100 * load > NEAR * limits.requests_a_day:
            warnings.append(
                _(
                    "the fleet will ask about {count} times a day, {percent} % of what the"
                    " edition allows"
                ).format(count=load, percent=round(100 * load / limits.requests_a_day))
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
