"""The one door, onto the journals and run processes of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from wizard.clock import Clock
from wizard.discovery.facts import HostFacts
from wizard.errand.errand import PAYLOAD, Errand
from wizard.errors import InputError, RunError
from wizard.fleet import migration as migration_file
from wizard.fleet.host import Host
from wizard.fleet.policy import Migration, RolloutPolicy
from wizard.fleet.secret_reference import (
    ReferenceKind,
    known_secrets,
    parse_reference,
    secret_references,
)
from wizard.fleet.ssh_lookup import ssh_hosts, ssh_lookup
from wizard.journal.events import Event, EventKind, Order, RunResult
from wizard.journal.store import Draft
from wizard.planning.fleet import plan_fleet
from wizard.planning.image_names import ImageChange, images_to_change
from wizard.planning.matrix import Row, compatibility
from wizard.planning.plan import Plan
from wizard.run.ending import Ending
from wizard.run.findings import findings
from wizard.run.found import Discovery, UnknownHostKey
from wizard.run.known_runtimes import known_runtimes
from wizard.run.login import read_login
from wizard.run.logout import ENDS_AT_LOGOUT, AtLogout, at_logout
from wizard.run.operator import operator_name
from wizard.run.orders import order_draft
from wizard.run.past import summaries, view_of
from wizard.run.places import approved_keys, registry_changes, run_folder
from wizard.run.reader import read_view, watch
from wizard.run.reduce import RunReducer
from wizard.run.registry_calls import RegistryCalls, target_references
from wizard.run.registry_changes import ChangeRecord
from wizard.run.spawn import Spawner
from wizard.run.spec import RunSpec, read_spec
from wizard.run.starting import discovery_spec, errand_spec, rollback_spec, rollout_spec
from wizard.run.states import RunState
from wizard.run.summary import RunSummary
from wizard.run.view import RunView
from wizard.secret import Secret, Secrets
from wizard.ssh.ssh_config import SSHConfig
from wizard.target import Target
from wizard.wording import _

if TYPE_CHECKING:
    import httpx


class LocalService(RegistryCalls):
    """Fits `wizard.service.MigrationService`.

    Args:
        state_dir: holds `runs/`, the approved host keys and what was changed at registries.
        environ: of the operator; run processes inherit it.
        home: the operator's home directory, for ssh_config.
        transport: where requests to the target go; None for the network.
    """

    def __init__(
        self,
        *,
        state_dir: Path,
        environ: Mapping[str, str],
        home: Path,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        record = ChangeRecord(registry_changes(state_dir), by=operator_name(environ), clock=clock)
        super().__init__(environ=environ, clock=clock, transport=transport, record=record)
        self._state_dir = state_dir
        self._home = home
        self._folder = run_folder(state_dir, clock)
        self._lookup = ssh_lookup(home)
        self._spawner = Spawner(
            self._folder,
            state_dir,
            environ,
            in_scope=lambda: self._at_logout() is AtLogout.LIVES_ON_IN_A_SCOPE,
        )

    def load_migration(self, path: Path) -> Migration:
        """Read and check `migration.yaml`, hosts of ssh_config resolved."""
        self._base = path.parent
        return migration_file.load(path, lookup=self._lookup)

    def save_migration(self, migration: Migration, path: Path) -> None:
        """Write `migration.yaml` atomically; secrets stay references."""
        migration_file.save(migration, path, lookup=self._lookup)

    def ssh_aliases(self) -> tuple[str, ...]:
        """Return concrete host aliases of the operator's ~/.ssh/config."""
        return SSHConfig.read(self._home / ".ssh" / "config", home=self._home).aliases

    def ssh_hosts(self, aliases: Sequence[str]) -> tuple[Host, ...]:
        """Return a host for each alias with what the operator's ~/.ssh/config says of it."""
        return ssh_hosts(aliases, lookup=self._lookup, home=self._home)

    async def start_discovery(
        self,
        migration: Migration,
        *,
        secrets: Secrets,
        target: Target | None = None,
        hosts: Sequence[str] = (),
    ) -> str:
        """Start a discovery run of all (or the named) hosts and return its id."""
        return await self._start(
            discovery_spec(
                self._new_run(), self._operator(), migration, target=target, hosts=hosts
            ),
            secrets,
        )

    def discovery(self, run: str) -> Discovery:
        """Return what the discovery run has found so far."""
        with closing(self._folder.open(run)) as journal:
            return findings(journal, run)

    def approve_host_keys(self, keys: Sequence[UnknownHostKey]) -> None:
        """Remember keys that the operator compared and approved, changed ones among them."""
        # SSH takes longer to load than all the rest, and only this and the runs themselves use it.
        from wizard.ssh.failures import OfferedKey  # noqa: PLC0415  # as said above
        from wizard.ssh.known_hosts import approve  # noqa: PLC0415  # as said above

        for key in keys:
            offered = OfferedKey(
                name=key.address,
                port=key.port,
                fingerprint=key.fingerprint,
                public_key=key.public_key,
                known_fingerprint=key.changed_from,
            )
            approve(approved_keys(self._state_dir), offered, replace=key.changed_from)

    def plan(self, migration: Migration, facts: Sequence[HostFacts], target: Target) -> Plan:
        """Compute the plan; hosts without facts are blocked in it."""
        read = {one.host for one in facts}
        return plan_fleet(
            facts,
            target,
            migration.policy,
            known_runtimes(),
            labels={host.name: host.labels for host in migration.fleet.hosts},
            unreachable={
                host.name: _("there are no facts of it")
                for host in migration.fleet.hosts
                if host.name not in read
            },
        )

    def matrix(
        self, migration: Migration, facts: Sequence[HostFacts], target: Target
    ) -> tuple[Row, ...]:
        """Ask the plans for each addressing."""
        return compatibility(facts, target, migration.policy, known_runtimes())

    def images_to_change(
        self, facts: Sequence[HostFacts], target: Target
    ) -> tuple[ImageChange, ...]:
        """Ask the plans which images they leave."""
        return images_to_change(facts, target, known_runtimes())

    async def start_rollout(
        self,
        migration: Migration,
        plan: Plan,
        *,
        secrets: Secrets,
        approved_hash: str,
        unattended: bool = False,
    ) -> str:
        """Start a rollout run of exactly the plan with that hash and return its id."""
        spec = rollout_spec(
            self._new_run(),
            self._operator(),
            migration,
            plan,
            approved_hash=approved_hash,
            unattended=unattended,
        )
        return await self._start(spec, secrets)

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
        """Start a rollback of run `of` (whole, one wave, or hosts) and return its id."""
        view = None
        if self._folder.has(of):
            if self._folder.is_running(of):
                raise RunError(
                    _("run {run} is still at work").format(run=of),
                    state=_("It goes on undisturbed."),
                    todo=_("Give it the order to roll back, or to stop first."),
                )
            view = view_of(self._folder, of)
        spec = rollback_spec(
            self._new_run(),
            self._operator(),
            migration,
            of,
            view=view,
            hosts=hosts,
            wave=wave,
            force=force,
            policy=policy,
        )
        return await self._start(spec, secrets)

    async def start_errand(
        self,
        migration: Migration,
        errand: Errand,
        *,
        secrets: Secrets,
        payload: Secret | None = None,
    ) -> str:
        """Start a run that carries out an errand on one host and return its id."""
        spec = errand_spec(self._new_run(), self._operator(), migration, errand)
        return await self._start(spec, {**secrets, PAYLOAD: payload} if payload else secrets)

    def logout_warning(self) -> str:
        """Return what a logout would do to a run that is started now, empty if nothing."""
        return _(ENDS_AT_LOGOUT) if self._at_logout() is AtLogout.ENDS else ""

    async def resume(self, run: str, *, secrets: Secrets) -> None:
        """Start a process that goes on with an orphaned run from the hosts' truth."""
        view = read_view(self._folder, run)
        if view.state is RunState.ENDED:
            raise RunError(
                _("run {run} has ended: there is nothing to resume").format(run=run),
                todo=_("Look at it with `pilotage show`."),
            )
        if self._folder.is_running(run):
            raise RunError(
                _("run {run} has a living process").format(run=run),
                state=_("It goes on undisturbed."),
                todo=_("Attach to it with `pilotage watch`."),
            )
        at_work = [
            one.run for one in self.runs() if one.of == run and self._folder.is_running(one.run)
        ]
        if at_work:
            raise RunError(
                _("run {run} is being rolled back by {rollbacks}").format(
                    run=run, rollbacks=", ".join(at_work)
                ),
                state=_("That goes on undisturbed."),
                todo=_("Wait for its end, or give it the order to stop."),
            )
        with closing(self._folder.open(run)) as journal:
            spec = read_spec(journal)
        secrets = self._with_references(spec.migration, secrets)
        await self._spawner.start(run, secrets=secrets, without=_secret_variables(spec.migration))

    def order(self, run: str, order: Order, *, hosts: Sequence[str] = ()) -> None:
        """Leave an order in the journal; the run process takes or refuses it."""
        state = read_view(self._folder, run).state
        if state is RunState.ENDED:
            raise RunError(_("run {run} has ended and takes no orders").format(run=run))
        if state is RunState.ORPHANED:
            raise RunError(
                _("run {run} has lost its process and takes no orders").format(run=run),
                state=_("Hosts that were not confirmed revert by themselves."),
                todo=_("Go on with it first: `pilotage resume {run}`.").format(run=run),
            )
        with closing(self._folder.open(run)) as journal:
            journal.append(order_draft(order, hosts=tuple(hosts), by=self._operator()))

    def view(self, run: str) -> RunView:
        """Return the run as its journal tells it now, and later rollbacks' journals."""
        return view_of(self._folder, run)

    def watch(self, run: str, *, hertz: float = 5.0) -> AsyncIterator[RunView]:
        """Yield the view each time the journal grows, until the run has ended."""
        return watch(self._folder, run, clock=self._clock, hertz=hertz)

    def events(self, run: str, *, after: int = 0) -> tuple[Event, ...]:
        """Return the journal's events after sequence number `after`."""
        with closing(self._folder.open(run)) as journal:
            return journal.tail(after)

    def runs(self) -> tuple[RunSummary, ...]:
        """Return all known runs, newest first."""
        return summaries(self._folder)

    def plan_of(self, run: str) -> Plan | None:
        """Return the plan of a rollout run, None for other kinds."""
        with closing(self._folder.open(run)) as journal:
            return read_spec(journal).plan

    async def _start(self, spec: RunSpec, secrets: Secrets) -> str:
        """Create the journal and start the process; a run that never began is ended as failed."""
        secrets = self._with_references(spec.migration, secrets)
        without = _secret_variables(spec.migration)
        await asyncio.to_thread(
            self._folder.create, spec.run, documents=spec.documents(), first=spec.first_events()
        )
        try:
            await self._spawner.start(spec.run, secrets=secrets, without=without)
        except RunError as error:
            if not self._folder.is_running(spec.run):
                await asyncio.to_thread(self._end_unbegun, spec.run, str(error))
            raise
        return spec.run

    def _with_references(self, migration: Migration, given: Secrets) -> Secrets:
        """Return the given secrets and those that the migration refers to."""
        return {**known_secrets(migration, self._environ, self._base), **given}

    def _end_unbegun(self, run: str, reason: str) -> None:
        ending = Ending(result=RunResult.FAILED, reason=reason)
        with closing(self._folder.open(run)) as journal:
            if not journal.of_kind(EventKind.RUN_ENDED):
                data = ending.data(RunReducer(run))
                journal.append(Draft(kind=EventKind.RUN_ENDED, data=data))

    def _at_logout(self) -> AtLogout:
        return at_logout(read_login(self._environ))

    def _new_run(self) -> str:
        """Return a name that sorts by time and is unique on every host of the fleet."""
        now = datetime.fromtimestamp(self._clock.now(), tz=UTC)
        return f"{now:%Y%m%d-%H%M%S}-{token_hex(3)}"

    def _operator(self) -> str:
        return operator_name(self._environ)


def _secret_variables(migration: Migration) -> list[str]:
    """Return the environment variables that hold secrets: they are not handed down."""
    texts = [text for _key, text in secret_references(migration)]
    if migration.target is not None:
        texts += target_references(migration.target)
    names = []
    for text in texts:
        try:
            reference = parse_reference(text)
        except ValueError as error:
            raise InputError(
                _("the reference of a secret is wrong: {reason}").format(reason=error)
            ) from error
        if reference.kind is ReferenceKind.ENVIRONMENT:
            names.append(reference.name)
    return names
