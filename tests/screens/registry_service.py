"""The service of the screens with a registry that is there: what is asked of it is asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass

import httpx

from tests.registries.conftest import QuickClock
from tests.screens.scripted_service import ScriptedService
from wizard.fleet.policy import TargetChoice
from wizard.run.registry_calls import RegistryCalls
from wizard.secret import Secret
from wizard.service import Done, Examination, ProvisioningPlan, Secrets


@dataclass(kw_only=True)
class RegistryService(ScriptedService):
    """Scripted runs, and a registry that is there."""

    transport: httpx.AsyncBaseTransport

    @property
    def registry(self) -> RegistryCalls:
        """Return the real half of the door."""
        return RegistryCalls(environ={}, clock=QuickClock(), transport=self.transport)

    async def examine_registry(
        self, choice: TargetChoice, *, password: Secret | None, with_upload: bool = True
    ) -> Examination:
        """Look at it; a stand-in of an API alone takes no upload."""
        self.note("examine_registry", choice=choice, password=password, with_upload=with_upload)
        return await self.registry.examine_registry(choice, password=password, with_upload=False)

    async def plan_provisioning(
        self,
        choice: TargetChoice,
        *,
        password: Secret | None,
        secrets: Secrets,
        accepted_licence: str = "",
    ) -> ProvisioningPlan:
        """Ask it."""
        return await self.registry.plan_provisioning(
            choice, password=password, secrets=secrets, accepted_licence=accepted_licence
        )

    async def provision_registry(
        self,
        choice: TargetChoice,
        *,
        password: Secret | None,
        secrets: Secrets,
        accepted_licence: str = "",
        only: Collection[str] | None = None,
        told: Callable[[str], None] = lambda _words: None,
    ) -> AsyncGenerator[Done, None]:
        """Change it."""
        calls = self.registry.provision_registry(
            choice,
            password=password,
            secrets=secrets,
            accepted_licence=accepted_licence,
            only=only,
            told=told,
        )
        async with aclosing(calls):
            async for done in calls:
                yield done
