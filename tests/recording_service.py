"""What every in-memory `MigrationService` of the tests has in common: it remembers its calls.

A service that plays runs says what a call begins, and how runs are looked at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wizard.discovery.facts import HostFacts
from wizard.errand.errand import Errand
from wizard.errors import RunError
from wizard.fleet.policy import Migration, RolloutPolicy, TargetChoice
from wizard.journal.events import Order
from wizard.planning.image_names import ImageChange, images_to_change
from wizard.planning.matrix import Row, compatibility
from wizard.planning.plan import Plan
from wizard.run.registry_answers import RegistryAnswers
from wizard.runtimes import RUNTIMES
from wizard.secret import Secret
from wizard.service import (
    Done,
    Examination,
    ProvisioningPlan,
    RegistryChange,
    RegistryPass,
    Secrets,
    TargetReport,
    UnknownHostKey,
)
from wizard.target import Target, TargetKind


@dataclass(kw_only=True)
class RecordingService(RegistryAnswers, ABC):
    """The changing half of the door.

    Attributes:
        failure: raised by the next call, once.
        warning: what a logout would do.
        aliases: of ssh_config.
        examination: what looking at any registry tells.
        provisioning: what provisioning any registry would do.
        provisioned: what it does.
        renewed: the new secret of any robot.
        changed: what was changed at registries earlier.
        passed: passes of provisioning that were earlier.
        calls: names and arguments of the changing calls, in order.
    """

    failure: Exception | None = None
    warning: str = ""
    aliases: tuple[str, ...] = ()
    examination: Examination = field(
        default_factory=lambda: Examination(url="https://registry.test", kind=TargetKind.PLAIN)
    )
    provisioning: ProvisioningPlan = field(
        default_factory=lambda: ProvisioningPlan(
            url="https://registry.test", kind=TargetKind.HARBOR
        )
    )
    provisioned: tuple[Done, ...] = ()
    renewed: Secret = field(default_factory=lambda: Secret("renewed-secret"))
    changed: tuple[RegistryChange, ...] = ()
    passed: tuple[RegistryPass, ...] = ()
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def ssh_aliases(self) -> tuple[str, ...]:
        """Return the aliases it was given."""
        return self.aliases

    async def start_discovery(
        self,
        migration: Migration,
        *,
        secrets: Secrets,
        target: Target | None = None,
        hosts: Sequence[str] = (),
    ) -> str:
        """Begin a discovery."""
        arguments = {"fleet": migration.fleet, "target": target, "hosts": tuple(hosts)}
        self.note("start_discovery", **arguments, secrets=dict(secrets))
        return self.begin_discovery(migration, tuple(hosts), secrets)

    def approve_host_keys(self, keys: Sequence[UnknownHostKey]) -> None:
        """Remember keys."""
        self.note("approve_host_keys", keys=tuple(keys))

    async def probe_target(self, choice: TargetChoice, *, password: Secret | None) -> TargetReport:
        """Report on a target."""
        self.note("probe_target", choice=choice, password=password)
        return self.report_on(choice)

    async def examine_registry(
        self, choice: TargetChoice, *, password: Secret | None, with_upload: bool = True
    ) -> Examination:
        """Tell what it was given."""
        self.note("examine_registry", choice=choice, password=password, with_upload=with_upload)
        return self.examination

    async def plan_provisioning(
        self,
        choice: TargetChoice,
        *,
        password: Secret | None,
        secrets: Secrets,
        accepted_licence: str = "",
    ) -> ProvisioningPlan:
        """Tell what it was given."""
        self.note(
            "plan_provisioning",
            choice=choice,
            password=password,
            secrets=dict(secrets),
            accepted_licence=accepted_licence,
        )
        return self.provisioning

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
        """Do what it was given."""
        self.note(
            "provision_registry",
            choice=choice,
            secrets=dict(secrets),
            accepted_licence=accepted_licence,
            only=() if only is None else tuple(only),
        )
        for done in self.provisioned:
            yield done
        self.fail_if_told()

    async def renew_robot(
        self, choice: TargetChoice, *, password: Secret | None, robot: str, project: str
    ) -> tuple[str, Secret]:
        """Tell the secret that it was given."""
        self.note("renew_robot", password=password, robot=robot, project=project)
        self.fail_if_told()
        return f"robot${robot}", self.renewed

    def registry_changes(self) -> tuple[RegistryChange, ...]:
        """Tell what it was given."""
        return self.changed

    def registry_passes(self) -> tuple[RegistryPass, ...]:
        """Tell what it was given."""
        return self.passed

    def matrix(
        self, migration: Migration, facts: Sequence[HostFacts], target: Target
    ) -> tuple[Row, ...]:
        """Ask the real plans: there is nothing to script in what is pure."""
        self.calls.append(("matrix", {"target": target, "policy": migration.policy}))
        return compatibility(facts, target, migration.policy, RUNTIMES)

    def images_to_change(
        self, facts: Sequence[HostFacts], target: Target
    ) -> tuple[ImageChange, ...]:
        """Ask the real plans, as above."""
        return images_to_change(facts, target, RUNTIMES)

    async def start_rollout(
        self,
        migration: Migration,
        plan: Plan,
        *,
        secrets: Secrets,
        approved_hash: str,
        unattended: bool = False,
    ) -> str:
        """Begin a rollout."""
        arguments = {"policy": migration.policy, "hash": approved_hash, "unattended": unattended}
        self.note("start_rollout", **arguments, secrets=dict(secrets))
        return self.begin_rollout(plan)

    async def start_rollback(
        self,
        migration: Migration,
        of: str,
        *,
        secrets: Secrets,
        hosts: Sequence[str] = (),
        wave: int | None = None,
        force: Sequence[tuple[str, str]] = (),
        policy: RolloutPolicy | None = None,
    ) -> str:
        """Begin a rollback."""
        scope = {"of": of, "hosts": tuple(hosts), "wave": wave, "force": tuple(force)}
        self.note(
            "start_rollback", **scope, policy=policy, secrets=dict(secrets), migration=migration
        )
        return self.begin_rollback(migration, of, tuple(hosts))

    async def start_errand(
        self,
        migration: Migration,
        errand: Errand,
        *,
        secrets: Secrets,
        payload: Secret | None = None,
    ) -> str:
        """Begin an errand."""
        self.note("start_errand", errand=errand, secrets=dict(secrets), payload=payload)
        return self.begin_errand(errand)

    def begin_errand(self, errand: Errand) -> str:
        """Return the name of a new errand's run; raises RunError where none is scripted."""
        raise RunError(f"nobody carries out {errand.name.value} here")

    def logout_warning(self) -> str:
        """Return the warning it was given."""
        return self.warning

    async def resume(self, run: str, *, secrets: Secrets) -> None:
        """Remember that the run was resumed."""
        self.note("resume", run=run, secrets=dict(secrets))

    def order(self, run: str, order: Order, *, hosts: Sequence[str] = ()) -> None:
        """Remember the order."""
        self.note("order", run=run, order=order, hosts=tuple(hosts))

    @abstractmethod
    def begin_discovery(
        self, migration: Migration, hosts: tuple[str, ...], secrets: Secrets
    ) -> str:
        """Return the name of a new discovery."""

    @abstractmethod
    def report_on(self, choice: TargetChoice) -> TargetReport:
        """Return a report, or raise."""

    @abstractmethod
    def begin_rollout(self, plan: Plan) -> str:
        """Return the name of a new rollout."""

    @abstractmethod
    def begin_rollback(self, migration: Migration, of: str, hosts: tuple[str, ...]) -> str:
        """Return the name of a new rollback."""

    def called(self, name: str) -> list[Mapping[str, Any]]:
        """Return the arguments of all calls of that name."""
        return [arguments for called, arguments in self.calls if called == name]

    def note(self, name: str, **arguments: Any) -> None:
        """Remember a call, or raise the failure instead."""
        self.fail_if_told()
        self.calls.append((name, arguments))

    def fail_if_told(self) -> None:
        """Raise the failure, once."""
        if self.failure:
            failure, self.failure = self.failure, None
            raise failure
