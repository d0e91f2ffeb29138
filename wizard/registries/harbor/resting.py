"""Subjects that rest on others, and are left alone where those are left to a person.

Else the retention of a wanted proxy project would be given to the hosted one that has its name,
and delete what is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from wizard.registries.provisioning import Action, Finding, Subject
from wizard.secret import Secret
from wizard.wording import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A subject that is done only where all that it rests on is, or will be, as wanted."""

    subject: Subject
    on: tuple[Subject, ...]

    async def look(self) -> Finding:
        """Return what it needs; BY_HAND where what it rests on is."""
        finding = await self.subject.look()
        if finding.action not in {Action.CREATE, Action.CHANGE}:
            return finding
        for base in self.on:
            found = await base.look()
            if found.action is Action.BY_HAND:
                why = _("it rests on {subject}, which is left to a person").format(
                    subject=found.subject
                )
                return replace(finding, action=Action.BY_HAND, warnings=(*finding.warnings, why))
        return finding

    async def change(self) -> tuple[str, Secret] | None:
        """Make or change it."""
        return await self.subject.change()
