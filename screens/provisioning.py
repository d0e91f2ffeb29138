"""One target with all that provisioning it takes: what the dialog asks and has done."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from dataclasses import dataclass, field

from wizard.fleet.policy import TargetChoice
from wizard.secret import Secret
from wizard.service import Done, MigrationService, ProvisioningPlan, cut_passes


@dataclass(slots=True, kw_only=True)
class Provisioning:
    """A target that may be provisioned by somebody.

    Attributes:
        choice: the target, with the user name that was typed where the file names none.
        password: of that user; None where the service finds it by its reference.
        secrets: of accounts and webhooks that were asked for.
        accepted: the licence's words, once the operator has accepted them.
    """

    service: MigrationService
    choice: TargetChoice
    password: Secret | None
    secrets: Mapping[str, Secret] = field(repr=False)
    accepted: str = ""

    async def plan(self) -> ProvisioningPlan:
        """Return what would be done; raises PilotageError."""
        return await self.service.plan_provisioning(
            self.choice,
            password=self.password,
            secrets=self.secrets,
            accepted_licence=self.accepted,
        )

    def cut(self) -> str:
        """Return who was cut while provisioning this target; empty if nobody has to go on."""
        passes = [one for one in self.service.registry_passes() if one.url == self.choice.url]
        return next((one.by for one in cut_passes(passes)), "")

    def carry_out(
        self, only: Collection[str] | None, told: Callable[[str], None]
    ) -> AsyncGenerator[Done, None]:
        """Do it and yield each subject when it is done; raises PilotageError."""
        return self.service.provision_registry(
            self.choice,
            password=self.password,
            secrets=self.secrets,
            accepted_licence=self.accepted,
            only=only,
            told=told,
        )
