"""The administrator of a headless demo's registry product: has it examined, and provisions it.

What the product says of itself is not taken alone: hosts pull from it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from wizard.errors import InputError, RegistryError
from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import provision_secrets
from wizard.fleet.secret_reference import SecretSource
from wizard.practice.demo.judging import Check
from wizard.practice.product_kind import ProductKind
from wizard.secret import Secret
from wizard.service import (
    Action,
    Examination,
    Finding,
    MigrationService,
    ProvisioningPlan,
    Severity,
    worst,
)

_CHANGING: Final = (Action.CREATE, Action.CHANGE)
_CHANGES, _NOTHING = "changes", "nothing"
GAPS: Final[Mapping[ProductKind, frozenset[str]]] = {
    ProductKind.HARBOR: frozenset({"project"}),
    ProductKind.NEXUS: frozenset({"anonymous", "licence", "realms", "repository", "role", "user"}),
}
"""Kinds of subjects that a fresh one lacks, as an examination must find."""
_READ_ONLY: Final = "read_only"
_REFUSED: Final = "refused"


class Administrator:
    """Does with a fresh product what its administrator does, and tells what to hold against it.

    Args:
        service: the one door.
        choice: the target of the migration file.
        kind: which product answers there.
    """

    def __init__(self, service: MigrationService, choice: TargetChoice, kind: ProductKind) -> None:
        self._service = service
        self._choice = choice
        self._kind = kind
        source = SecretSource(environ={}, ask=_nobody, base=Path())
        self._password = source.resolve(choice.password, purpose=choice.username)
        references = provision_secrets(choice.provision) if choice.provision else ()
        self._secrets = {key: source.resolve(text, purpose=key) for key, text in references}

    async def find_the_gap(self, phase: str, *, is_frozen: bool) -> tuple[Check, ...]:
        """Examine it before anything is done: what is missing must be told, and what is wrong."""
        found = await self._examined()
        missing = sorted({name.kind.value for one in found.observations for name in one.fixed_by})
        broken = {one.topic.value for one in found.observations if one.severity is Severity.BROKEN}
        told = {
            "doctor": (Severity.BROKEN.value, worst(found.observations).value),
            "missing": (" ".join(sorted(GAPS[self._kind])), " ".join(missing)),
            _READ_ONLY: (str(is_frozen), str(_READ_ONLY in broken)),
        }
        return tuple(
            Check(phase=phase, subject=subject, expected=expected, found=seen)
            for subject, (expected, seen) in told.items()
        )

    async def be_refused(self, phase: str) -> tuple[Check, ...]:
        """Provision it where that must be refused, before anything is changed."""
        try:
            done = await self._carried_out("")
        except RegistryError:
            done, found = (), _REFUSED
        else:
            found = _told(done)
        return (Check(phase=phase, subject=_REFUSED, expected=_REFUSED, found=found),)

    async def provision(self, phase: str) -> tuple[Check, ...]:
        """Plan, carry out, and do it again: the second time nothing may be left to do."""
        licence = (await self._planned("")).licence
        wanted = (await self._planned(licence)).needing(*_CHANGING)
        done = await self._carried_out(licence)
        again = await self._carried_out(licence)
        changes = _CHANGES if wanted else _NOTHING
        return (
            Check(phase=phase, subject="plan", expected=_CHANGES, found=changes),
            Check(phase=phase, subject="done", expected=_told(wanted), found=_told(done)),
            Check(phase=phase, subject="again", expected="", found=_told(again)),
        )

    async def find_nothing(self, phase: str) -> tuple[Check, ...]:
        """Examine it again: nothing may be broken any longer."""
        found = await self._examined()
        broken = [one.found for one in found.observations if one.severity is Severity.BROKEN]
        return (Check(phase=phase, subject="doctor", expected="", found="; ".join(broken)),)

    async def _examined(self) -> Examination:
        return await self._service.examine_registry(self._choice, password=self._password)

    async def _planned(self, licence: str) -> ProvisioningPlan:
        return await self._service.plan_provisioning(
            self._choice,
            password=self._password,
            secrets=self._secrets,
            accepted_licence=licence,
        )

    async def _carried_out(self, licence: str) -> tuple[Finding, ...]:
        calls = self._service.provision_registry(
            self._choice,
            password=self._password,
            secrets=self._secrets,
            accepted_licence=licence,
        )
        return tuple([one.finding async for one in calls if one.finding.action in _CHANGING])


def _told(findings: tuple[Finding, ...]) -> str:
    return ", ".join(one.subject for one in findings)


def _nobody(purpose: str) -> Secret:
    raise InputError(purpose)
