"""The only door: everything that the screens and the command line can ask for.

Nothing here talks SSH. Discovery, rollout and rollback are runs in processes of their own;
this side creates them, tails their journals and leaves orders in them.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from wizard.clock import SystemClock
from wizard.discovery.facts import HostFacts
from wizard.errand.errand import Errand, ErrandAnswer, ErrandName, ErrandStep
from wizard.fleet.host import Host
from wizard.fleet.policy import Migration, RolloutPolicy, TargetChoice
from wizard.installation_service import InstallationService
from wizard.journal.events import Event, Order
from wizard.planning.image_names import ImageChange
from wizard.planning.matrix import Row
from wizard.planning.plan import Plan
from wizard.registries.choice.answers import (
    NEED_WORDS,
    PRODUCT_WORDS,
    VERDICT_WORDS,
    Answer,
    Candidate,
    Comparison,
    Need,
    Product,
    Usage,
    Verdict,
    unmet,
)
from wizard.registries.choice.comparison import ranked
from wizard.registries.choice.leads import answer_words, lead_to, limits_of
from wizard.registries.doctor.observation import (
    Examination,
    Measure,
    Observation,
    Reading,
    Severity,
    worst,
)
from wizard.registries.installing.backup import BackupSettings, Server
from wizard.registries.installing.certificate import CertificateWish, NewCertificate
from wizard.registries.installing.install import Installation
from wizard.registries.installing.machine import Preflight
from wizard.registries.installing.nexus import Licence, NexusInstallation
from wizard.registries.installing.nexus_backup import NexusBackup
from wizard.registries.installing.settings import (
    Database,
    HarborSettings,
    HTTPProxy,
    S3Storage,
    TLSFiles,
    Trivy,
    new_password,
)
from wizard.registries.provisioning import (
    Action,
    Difference,
    Done,
    Finding,
    ProvisioningPlan,
)
from wizard.registries.pull_secret import PullSecret
from wizard.registries.subject_name import SubjectName
from wizard.run.found import Discovery, MissingSecret, UnknownHostKey
from wizard.run.registry_changes import ChangeOutcome, RegistryChange
from wizard.run.registry_passes import PassResult, RegistryPass, cut_passes
from wizard.run.summary import RunSummary
from wizard.run.view import RunView
from wizard.secret import Secret, SecretKind, Secrets
from wizard.target import Target, TargetReport

__all__ = [
    "NEED_WORDS",
    "PRODUCT_WORDS",
    "VERDICT_WORDS",
    "Action",
    "Answer",
    "BackupSettings",
    "Candidate",
    "CertificateWish",
    "ChangeOutcome",
    "Comparison",
    "Database",
    "Difference",
    "Discovery",
    "Done",
    "Errand",
    "ErrandAnswer",
    "ErrandName",
    "ErrandStep",
    "Examination",
    "Finding",
    "HTTPProxy",
    "HarborSettings",
    "Installation",
    "Licence",
    "Measure",
    "MigrationService",
    "MissingSecret",
    "Need",
    "NewCertificate",
    "NexusBackup",
    "NexusInstallation",
    "Observation",
    "PassResult",
    "Preflight",
    "Product",
    "ProvisioningPlan",
    "PullSecret",
    "Reading",
    "RegistryChange",
    "RegistryPass",
    "RunSummary",
    "S3Storage",
    "SecretKind",
    "Secrets",
    "Server",
    "Severity",
    "SubjectName",
    "TLSFiles",
    "TargetReport",
    "Trivy",
    "UnknownHostKey",
    "Usage",
    "Verdict",
    "answer_words",
    "cut_passes",
    "lead_to",
    "limits_of",
    "new_password",
    "open_service",
    "ranked",
    "unmet",
    "worst",
]


class MigrationService(InstallationService, Protocol):
    """What the wizard can do; every method raises `wizard.errors.PilotageError`."""

    def load_migration(self, path: Path) -> Migration:
        """Read and check `migration.yaml`, hosts of ssh_config resolved."""
        ...

    def save_migration(self, migration: Migration, path: Path) -> None:
        """Write `migration.yaml` atomically; secrets stay references."""
        ...

    def ssh_aliases(self) -> tuple[str, ...]:
        """Return concrete host aliases of the operator's ~/.ssh/config."""
        ...

    def ssh_hosts(self, aliases: Sequence[str]) -> tuple[Host, ...]:
        """Return a host for each alias with what the operator's ~/.ssh/config says of it."""
        ...

    async def start_discovery(
        self,
        migration: Migration,
        *,
        secrets: Secrets,
        target: Target | None = None,
        hosts: Sequence[str] = (),
    ) -> str:
        """Start a discovery run of all (or the named) hosts and return its id."""
        ...

    def discovery(self, run: str) -> Discovery:
        """Return what the discovery run has found so far."""
        ...

    def approve_host_keys(self, keys: Sequence[UnknownHostKey]) -> None:
        """Remember keys that the operator compared and approved."""
        ...

    async def probe_target(self, choice: TargetChoice, *, password: Secret | None) -> TargetReport:
        """Find out the target's addressing and its canary, pushing one if none is named."""
        ...

    async def examine_registry(
        self, choice: TargetChoice, *, password: Secret | None, with_upload: bool = True
    ) -> Examination:
        """Look at the chosen registry from end to end; nothing of it is changed.

        With a login an upload is tried and given up again, unless told otherwise.
        """
        ...

    async def plan_provisioning(
        self,
        choice: TargetChoice,
        *,
        password: Secret | None,
        secrets: Secrets,
        accepted_licence: str = "",
    ) -> ProvisioningPlan:
        """Return what provisioning the chosen target would do, changing nothing.

        `secrets` are by the keys of `wizard.fleet.provision_choice.provision_secrets`; those that
        nobody needs to be asked for may be left out. `accepted_licence` are the words that were
        shown to the operator, who accepted them.
        """
        ...

    def provision_registry(
        self,
        choice: TargetChoice,
        *,
        password: Secret | None,
        secrets: Secrets,
        accepted_licence: str = "",
        only: Collection[str] | None = None,
        told: Callable[[str], None] = ...,
    ) -> AsyncGenerator[Done, None]:
        """Bring the target to what is wanted and yield each subject when it is done.

        `only` names subjects as the plan does; None for all. `told` is given how far a
        subject is that takes long, as images that are copied. What was done stays when it fails or
        is left; the next pass goes on there.
        """
        ...

    async def renew_robot(
        self, choice: TargetChoice, *, password: Secret | None, robot: str, project: str
    ) -> tuple[str, Secret]:
        """Give a robot of a Harbor a new secret; return its whole name and that secret.

        `robot` is its name without the prefix, `project` empty for one of the system. The old
        secret ends at once.
        """
        ...

    def registry_changes(self) -> tuple[RegistryChange, ...]:
        """Return what was changed at registries from this machine, newest first.

        One whose end nobody noted is among them: the next pass reads what became of it.
        """
        ...

    def registry_passes(self) -> tuple[RegistryPass, ...]:
        """Return the passes of provisioning that changed something, newest first.

        One that was cut is gone on with by the next over the same registry.
        """
        ...

    def plan(self, migration: Migration, facts: Sequence[HostFacts], target: Target) -> Plan:
        """Compute the plan; pure."""
        ...

    def matrix(
        self, migration: Migration, facts: Sequence[HostFacts], target: Target
    ) -> tuple[Row, ...]:
        """Tell what each addressing of the target would cost each host; pure."""
        ...

    def compare_registries(
        self,
        migration: Migration,
        facts: Sequence[HostFacts],
        *,
        needs: Collection[Need] = (),
        usage: Usage | None = None,
    ) -> Comparison:
        """Compare the registries that could be chosen, for this fleet and these needs; pure."""
        ...

    def images_to_change(
        self, facts: Sequence[HostFacts], target: Target
    ) -> tuple[ImageChange, ...]:
        """List images that no setting leads to the target, with their names there; pure."""
        ...

    def pull_secret_manifests(self, wanted: PullSecret, password: Secret) -> Secret:
        """Return pull secrets of Kubernetes as YAML, which is secret itself; pure."""
        ...

    async def start_rollout(
        self,
        migration: Migration,
        plan: Plan,
        *,
        secrets: Secrets,
        approved_hash: str,
        unattended: bool = False,
    ) -> str:
        """Start a rollout run of exactly the plan with that hash and return its id.

        Unattended, a gate that is not ok ends the run as failed: its wave is taken back, earlier
        waves are kept.
        """
        ...

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
        """Start a rollback of run `of` (whole, one wave, or hosts) and return its id.

        `force` names (host, path) pairs whose foreign edits are to be overwritten. Works
        without the journal of `of`, with only the hosts' ledgers.
        """
        ...

    async def start_errand(
        self,
        migration: Migration,
        errand: Errand,
        *,
        secrets: Secrets,
        payload: Secret | None = None,
    ) -> str:
        """Start a run that carries out an errand on one host and return its id.

        `payload` is secret: it goes to the run's process and from there to the host.
        """
        ...

    def logout_warning(self) -> str:
        """Return what a logout would do to a run that is started now, empty if nothing."""
        ...

    async def resume(self, run: str, *, secrets: Secrets) -> None:
        """Start a process that goes on with an orphaned run from the hosts' truth."""
        ...

    def order(self, run: str, order: Order, *, hosts: Sequence[str] = ()) -> None:
        """Leave an order in the journal; the run process takes or refuses it."""
        ...

    def view(self, run: str) -> RunView:
        """Return the run as its journal tells it now."""
        ...

    def watch(self, run: str, *, hertz: float = 5.0) -> AsyncIterator[RunView]:
        """Yield the view each time the journal grows, until the run has ended."""
        ...

    def events(self, run: str, *, after: int = 0) -> tuple[Event, ...]:
        """Return the journal's events after sequence number `after`."""
        ...

    def runs(self) -> tuple[RunSummary, ...]:
        """Return all known runs, newest first."""
        ...

    def plan_of(self, run: str) -> Plan | None:
        """Return the plan of a rollout run, None for other kinds."""
        ...


def open_service(
    *,
    state_dir: Path | None = None,
    environ: Mapping[str, str] | None = None,
    home: Path | None = None,
) -> MigrationService:
    """Return the service on this machine's state, `$XDG_STATE_HOME/pilotage` by default.

    `environ` and `home` are those of the operator, if that is not whoever runs this process: run
    processes inherit that environment and nothing else.
    """
    # It loads SSH, HTTP and SQLite, which whoever only names values of the door need not wait for.
    from wizard.run.local_service import LocalService  # noqa: PLC0415  # as said above
    from wizard.run.places import default_state_dir  # noqa: PLC0415  # as said above

    return LocalService(
        state_dir=state_dir or default_state_dir(),
        environ=os.environ if environ is None else environ,
        home=Path.home() if home is None else home,
        clock=SystemClock(),
    )
