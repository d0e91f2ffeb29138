"""Settings of the whole Harbor; what it does not know it drops, so they are read back (§2.14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.comparing import compare, to_change
from wizard.registries.harbor.wanted import AuditForward, Setting
from wizard.registries.provisioning import Action, Finding
from wizard.secret import Secret
from wizard.wording import _

_PREFIX: Final = "robot_name_prefix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Some settings; `name` is what people call them together."""

    harbor: Harbor
    name: str
    wanted: Mapping[str, Setting]

    async def look(self) -> Finding:
        """Compare those that are wanted; some can only be changed by a person."""
        found = await self.harbor.configuration()
        values = {key: (found.get(key) or {}).get("value") for key in self.wanted}
        finding = to_change(self.name, compare(values, self.wanted))
        changed = [one.field for one in finding.differences]
        fixed = [key for key in changed if (found.get(key) or {}).get("editable") is False]
        if fixed:
            return _by_hand(
                finding,
                _(
                    "{names}: Harbor lets nobody change it here; it is held by"
                    " CONFIG_OVERWRITE_JSON of its core, or there are users already"
                ).format(names=", ".join(fixed)),
            )
        if _PREFIX in changed and await self.harbor.robots():
            return _by_hand(
                finding,
                _("another prefix would rename every robot that is in use: change it knowingly"),
            )
        return finding

    async def change(self) -> tuple[str, Secret] | None:
        """Set them all, in their own types."""
        await self.harbor.configure(self.wanted)
        return None


def audit_forward(harbor: Harbor, wanted: AuditForward) -> Settings:
    """Return the settings for the audit log; the server dials the address as it is set."""
    settings: dict[str, Setting] = {"audit_log_forward_endpoint": wanted.address}
    if wanted.instead_of_database:
        settings["skip_audit_log_database"] = True
    return Settings(harbor=harbor, name=_("audit log forwarding"), wanted=settings)


def _by_hand(finding: Finding, why: str) -> Finding:
    return replace(finding, action=Action.BY_HAND, warnings=(*finding.warnings, why))
