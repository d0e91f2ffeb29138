"""The part of the one door that talks to the target; everything goes through one transport."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.clock import Clock
from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import provision_secrets
from wizard.fleet.proxy_url import resolved_proxy
from wizard.fleet.secret_reference import SecretSource, is_known, nobody_to_ask
from wizard.fleet.whole_file import read_whole
from wizard.registries.doctor.observation import Examination
from wizard.registries.provisioning import Done, ProvisioningPlan
from wizard.run.registry_answers import RegistryAnswers
from wizard.run.registry_changes import ChangeRecord, PassNotes, RegistryChange
from wizard.run.registry_passes import RegistryPass
from wizard.secret import Secret, Secrets
from wizard.target import TargetReport

if TYPE_CHECKING:
    import httpx

    from wizard.registries.product import Asked


class RegistryCalls(RegistryAnswers):
    """Asks the target; modules with HTTP are loaded at the first call.

    Args:
        environ: where references of secrets are looked up.
        transport: where requests go; None for the network, with TLS always verified.
        record: where changes are noted; None for nowhere.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        record: ChangeRecord | None = None,
    ) -> None:
        self._environ = environ
        self._clock = clock
        self._transport = transport
        self._record = record
        self._base = Path()

    async def probe_target(self, choice: TargetChoice, *, password: Secret | None) -> TargetReport:
        """Find out the target's addressing and its canary, pushing one if none is named."""
        # HTTP is next to SSH in what it costs to load.
        from wizard.registries import probing  # noqa: PLC0415  # as said above

        return await probing.probe_target(
            choice,
            ca_pem=_ca_pem(choice),
            password=password or self._known_password(choice),
            clock=self._clock,
            transport=self._transport,
            proxy=self._proxy(choice),
        )

    async def examine_registry(
        self, choice: TargetChoice, *, password: Secret | None, with_upload: bool = True
    ) -> Examination:
        """Look at the chosen registry from end to end; nothing of it is changed.

        With a login an upload is tried and given up again, unless told otherwise.
        """
        from wizard.registries.doctor import examining  # noqa: PLC0415  # as in probe_target

        return await examining.examine(
            choice,
            ca_pem=_ca_pem(choice),
            password=password or self._known_password(choice),
            clock=self._clock,
            with_upload=with_upload,
            transport=self._transport,
            proxy=self._proxy(choice),
        )

    async def plan_provisioning(
        self,
        choice: TargetChoice,
        *,
        password: Secret | None,
        secrets: Secrets,
        accepted_licence: str = "",
    ) -> ProvisioningPlan:
        """Return what provisioning the target would do, changing nothing."""
        from wizard.registries import product  # noqa: PLC0415  # as in probe_target

        return await product.plan_provisioning(
            self._asked(choice, password, secrets, accepted_licence)
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
        """Bring the target to what is wanted, one subject after another."""
        from wizard.registries import product  # noqa: PLC0415  # as in probe_target

        notes = PassNotes(self._record, choice.url)
        asked = self._asked(choice, password, secrets, accepted_licence)
        asked = replace(asked, told=told, begun=notes.begun)
        with notes.passing(), notes.failures():
            async with aclosing(product.provision_product(asked, only=only)) as calls:
                async for done in calls:
                    try:
                        yield done
                    finally:
                        # After it, because a secret in it is told this once.
                        notes.ended(done.finding.action)

    async def renew_robot(
        self, choice: TargetChoice, *, password: Secret | None, robot: str, project: str
    ) -> tuple[str, Secret]:
        """Give a robot of Harbor a new secret; the old one ends at once."""
        from wizard.registries import product  # noqa: PLC0415  # as in probe_target
        from wizard.registries.harbor.wanted import Robot  # noqa: PLC0415  # as in probe_target

        notes = PassNotes(self._record, choice.url)
        asked = replace(self._asked(choice, password, {}, ""), begun=notes.begun)
        wanted = Robot(name=robot, project=project, permissions=())
        with notes.failures():
            told = await product.renew_robot(asked, wanted)
        notes.ended()
        return told

    def registry_changes(self) -> tuple[RegistryChange, ...]:
        """Return what was changed at registries from this machine, newest first."""
        return self._record.changes() if self._record else ()

    def registry_passes(self) -> tuple[RegistryPass, ...]:
        """Return the passes of provisioning from this machine, newest first."""
        return self._record.passes() if self._record else ()

    def _asked(
        self, choice: TargetChoice, password: Secret | None, given: Secrets, accepted: str
    ) -> Asked:
        from wizard.registries.product import Asked  # noqa: PLC0415  # as in probe_target

        source = SecretSource(environ=self._environ, ask=nobody_to_ask, base=self._base)
        references = provision_secrets(choice.provision) if choice.provision else ()
        known = {
            key: source.resolve(text, purpose=key)
            for key, text in references
            if key not in given and is_known(text, self._environ)
        }
        return Asked(
            choice=choice,
            ca_pem=_ca_pem(choice),
            password=password or self._known_password(choice),
            secrets={**known, **given},
            accepted_licence=accepted,
            clock=self._clock,
            transport=self._transport,
            proxy=self._proxy(choice),
        )

    def _proxy(self, choice: TargetChoice) -> Secret | None:
        source = SecretSource(environ=self._environ, ask=nobody_to_ask, base=self._base)
        return resolved_proxy(choice.proxy, source)

    def _known_password(self, choice: TargetChoice) -> Secret | None:
        """Return the password that the choice refers to, if nobody needs to be asked for it."""
        if not choice.password or not is_known(choice.password, self._environ):
            return None
        source = SecretSource(environ=self._environ, ask=nobody_to_ask, base=self._base)
        return source.resolve(choice.password, purpose=choice.username)


def target_references(choice: TargetChoice) -> tuple[str, ...]:
    """Return the references of all secrets that the target takes."""
    own = (choice.password,) if choice.password else ()
    of_product = provision_secrets(choice.provision) if choice.provision else ()
    return (*own, *(reference for _key, reference in of_product))


def _ca_pem(choice: TargetChoice) -> str | None:
    return read_whole(Path(choice.ca_file)) if choice.ca_file else None
