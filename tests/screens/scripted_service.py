"""A `MigrationService` that plays what a test wrote down, for the screens alone.

It keeps the promises of the protocol: views come in the order of their `seq`, a watch ends
with the run, orders are remembered, unknown runs are an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wizard.discovery.facts import HostFacts
from wizard.errors import PilotageError, RunError
from wizard.fleet.host import Fleet, Host
from wizard.fleet.policy import Migration, RolloutPolicy, TargetChoice
from wizard.journal.events import Event, Order
from wizard.planning.plan import Plan
from wizard.run.states import RunState
from wizard.run.view import RunView
from wizard.secret import Secret
from wizard.service import Discovery, RunSummary, Secrets, TargetReport, UnknownHostKey
from wizard.target import Target

Planner = Callable[[Migration, Sequence[HostFacts], Target], Plan]


class ScriptedService:
    """Play scripted discoveries, target reports, plans and runs.

    Attributes:
        saved: what was saved, by path; `load_migration` reads it.
        discoveries: what the next discovery runs find, in order; the last one is repeated.
        reels: views of runs; `show` adds one, watches follow.
        orders: what was ordered, as (run, order, hosts).
        calls: names and arguments of the changing calls, in order.
    """

    def __init__(self) -> None:
        self.saved: dict[Path, Migration] = {}
        self.aliases: tuple[str, ...] = ()
        self.discoveries: list[Discovery] = []
        self.discovery_views: list[RunView] = []
        self.reports: list[TargetReport | PilotageError] = []
        self.planner: Planner | None = None
        self.reels: dict[str, list[RunView]] = {}
        self.plans: dict[str, Plan] = {}
        self.summaries: list[RunSummary] = []
        self.orders: list[tuple[str, Order, tuple[str, ...]]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.approved: list[UnknownHostKey] = []
        self.failure: PilotageError | None = None
        self.warning = ""
        self._found: dict[str, Discovery] = {}
        self._grown = asyncio.Event()

    def show(self, view: RunView) -> None:
        """Let the run's journal grow to this view."""
        self.reels.setdefault(view.run, []).append(view)
        self._grown.set()
        self._grown = asyncio.Event()

    def load_migration(self, path: Path) -> Migration:
        """Return what was saved there."""
        self._fail_if_told()
        if path not in self.saved:
            raise PilotageError("is not there", file=str(path), todo="Name another file.")
        return self.saved[path]

    def save_migration(self, migration: Migration, path: Path) -> None:
        """Remember the migration."""
        self.saved[path] = migration
        path.write_text("saved\n", encoding="utf-8")

    def ssh_aliases(self) -> tuple[str, ...]:
        """Return the scripted aliases."""
        return self.aliases

    def ssh_hosts(self, aliases: Sequence[str]) -> tuple[Host, ...]:
        """Return a host that ssh_config gave a port, for each alias."""
        return tuple(
            Host(name=alias, address=f"{alias}.example.net", port=2222, alias=alias)
            for alias in aliases
        )

    async def start_discovery(
        self,
        migration: Migration,
        *,
        secrets: Secrets,
        target: Target | None = None,
        hosts: Sequence[str] = (),
    ) -> str:
        """Start a run that finds the next scripted discovery."""
        self._fail_if_told()
        number = len(self._found)
        found = self.discoveries[min(number, len(self.discoveries) - 1)]
        run = f"{found.run}-{number}"
        self._found[run] = found
        self._note(
            "start_discovery",
            fleet=migration.fleet,
            secrets=dict(secrets),
            target=target,
            hosts=tuple(hosts),
        )
        for view in self.discovery_views:
            self.show(_renamed(view, run))
        return run

    def discovery(self, run: str) -> Discovery:
        """Return what that run found."""
        return self._found[run]

    def approve_host_keys(self, keys: Sequence[UnknownHostKey]) -> None:
        """Remember approved keys."""
        self.approved += keys

    async def probe_target(self, choice: TargetChoice, *, password: Secret | None) -> TargetReport:
        """Return the next scripted report, or raise it."""
        self._note("probe_target", choice=choice, password=password)
        report = self.reports.pop(0) if len(self.reports) > 1 else self.reports[0]
        if isinstance(report, PilotageError):
            raise report
        return report

    def plan(self, migration: Migration, facts: Sequence[HostFacts], target: Target) -> Plan:
        """Compute the plan with the scripted planner."""
        self._fail_if_told()
        if self.planner is None:
            raise PilotageError("no planner was scripted")
        return self.planner(migration, facts, target)

    async def start_rollout(
        self,
        migration: Migration,
        plan: Plan,
        *,
        secrets: Secrets,
        approved_hash: str,
        unattended: bool = False,
    ) -> str:
        """Start the run `rollout-1`."""
        self._note(
            "start_rollout", policy=migration.policy, hash=approved_hash, secrets=dict(secrets)
        )
        self.plans["rollout-1"] = plan
        return "rollout-1"

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
        """Start the run `rollback-<n>`."""
        number = 1 + sum(name == "start_rollback" for name, _arguments in self.calls)
        self._note(
            "start_rollback",
            of=of,
            hosts=tuple(hosts),
            wave=wave,
            force=tuple(force),
            policy=policy,
            secrets=dict(secrets),
            migration=migration,
        )
        return f"rollback-{number}"

    def logout_warning(self) -> str:
        """Return what was scripted."""
        return self.warning

    async def resume(self, run: str, *, secrets: Secrets) -> None:
        """Remember that the run was resumed."""
        self._note("resume", run=run, secrets=dict(secrets))

    def order(self, run: str, order: Order, *, hosts: Sequence[str] = ()) -> None:
        """Remember the order."""
        self._fail_if_told()
        self.orders.append((run, order, tuple(hosts)))

    def view(self, run: str) -> RunView:
        """Return the newest view."""
        if run not in self.reels:
            raise RunError(f"there is no run {run}")
        return self.reels[run][-1]

    async def watch(
        self, run: str, *, hertz: float = 5.0
    ) -> AsyncIterator[RunView]:  # it plays at once
        """Yield every view of the reel, waiting for more until the run has ended."""
        at = 0
        while True:
            grown = self._grown
            reel = self.reels.get(run, [])
            while at < len(reel):
                view = reel[at]
                at += 1
                yield view
                if view.state is RunState.ENDED:
                    return
            await grown.wait()

    def events(self, run: str, *, after: int = 0) -> tuple[Event, ...]:
        """Return the events of the newest view."""
        return tuple(event for event in self.view(run).recent if event.seq > after)

    def runs(self) -> tuple[RunSummary, ...]:
        """Return the scripted runs."""
        return tuple(self.summaries)

    def plan_of(self, run: str) -> Plan | None:
        """Return the plan that the run was started with."""
        return self.plans.get(run)

    def called(self, name: str) -> list[Mapping[str, Any]]:
        """Return the arguments of all calls of that name."""
        return [arguments for called, arguments in self.calls if called == name]

    def _note(self, name: str, **arguments: Any) -> None:
        self._fail_if_told()
        self.calls.append((name, arguments))

    def _fail_if_told(self) -> None:
        if self.failure:
            failure, self.failure = self.failure, None
            raise failure


def _renamed(view: RunView, run: str) -> RunView:
    return replace(view, run=run)


def empty_migration() -> Migration:
    """Return a migration without hosts."""
    return Migration(fleet=Fleet(hosts=()))
