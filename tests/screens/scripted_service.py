"""A `MigrationService` that plays what a test wrote down, for the screens alone.

It keeps the promises of the protocol: views come in the order of their `seq`, a watch ends
with the run, orders are remembered, unknown runs are an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.recording_service import RecordingService
from wizard.discovery.facts import HostFacts
from wizard.errors import PilotageError, RunError
from wizard.fleet.host import Fleet, Host
from wizard.fleet.policy import Migration, TargetChoice
from wizard.journal.events import Event, Order
from wizard.planning.plan import Plan
from wizard.run.states import RunState
from wizard.run.view import RunView
from wizard.service import Discovery, RunSummary, Secrets, TargetReport, UnknownHostKey
from wizard.target import Target

Planner = Callable[[Migration, Sequence[HostFacts], Target], Plan]


@dataclass(kw_only=True)
class ScriptedService(RecordingService):
    """Play scripted discoveries, target reports, plans and runs.

    Attributes:
        saved: what was saved, by path; `load_migration` reads it.
        discoveries: what the next discovery runs find, in order; the last one is repeated.
        reels: views of runs; `show` adds one, watches follow.
    """

    saved: dict[Path, Migration] = field(default_factory=dict)
    discoveries: list[Discovery] = field(default_factory=list)
    discovery_views: list[RunView] = field(default_factory=list)
    reports: list[TargetReport | PilotageError] = field(default_factory=list)
    planner: Planner | None = None
    reels: dict[str, list[RunView]] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    summaries: list[RunSummary] = field(default_factory=list)
    _found: dict[str, Discovery] = field(default_factory=dict)
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def orders(self) -> list[tuple[str, Order, tuple[str, ...]]]:
        """Return what was ordered, as (run, order, hosts)."""
        return [(asked["run"], asked["order"], asked["hosts"]) for asked in self.called("order")]

    @property
    def approved(self) -> list[UnknownHostKey]:
        """Return the keys that were approved."""
        return [key for asked in self.called("approve_host_keys") for key in asked["keys"]]

    def show(self, view: RunView) -> None:
        """Let the run's journal grow to this view."""
        self.reels.setdefault(view.run, []).append(view)
        self._grown.set()
        self._grown = asyncio.Event()

    def load_migration(self, path: Path) -> Migration:
        """Return what was saved there."""
        self.fail_if_told()
        if path not in self.saved:
            raise PilotageError("is not there", file=str(path), todo="Name another file.")
        return self.saved[path]

    def save_migration(self, migration: Migration, path: Path) -> None:
        """Remember the migration."""
        self.saved[path] = migration
        path.write_text("saved\n", encoding="utf-8")

    def ssh_hosts(self, aliases: Sequence[str]) -> tuple[Host, ...]:
        """Return a host that ssh_config gave a port, for each alias."""
        return tuple(
            Host(name=alias, address=f"{alias}.example.net", port=2222, alias=alias)
            for alias in aliases
        )

    def begin_discovery(
        self, migration: Migration, hosts: tuple[str, ...], secrets: Secrets
    ) -> str:
        """Begin a run that finds the next scripted discovery."""
        number = len(self._found)
        found = self.discoveries[min(number, len(self.discoveries) - 1)]
        run = f"{found.run}-{number}"
        self._found[run] = found
        for view in self.discovery_views:
            self.show(_renamed(view, run))
        return run

    def discovery(self, run: str) -> Discovery:
        """Return what that run found."""
        return self._found[run]

    def report_on(self, choice: TargetChoice) -> TargetReport:
        """Return the next scripted report, or raise it."""
        report = self.reports.pop(0) if len(self.reports) > 1 else self.reports[0]
        if isinstance(report, PilotageError):
            raise report
        return report

    def plan(self, migration: Migration, facts: Sequence[HostFacts], target: Target) -> Plan:
        """Compute the plan with the scripted planner."""
        self.fail_if_told()
        if self.planner is None:
            raise PilotageError("no planner was scripted")
        return self.planner(migration, facts, target)

    def begin_rollout(self, plan: Plan) -> str:
        """Begin the run `rollout-1`."""
        self.plans["rollout-1"] = plan
        return "rollout-1"

    def begin_rollback(self, migration: Migration, of: str, hosts: tuple[str, ...]) -> str:
        """Begin the run `rollback-<n>`."""
        return f"rollback-{len(self.called('start_rollback'))}"

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


def _renamed(view: RunView, run: str) -> RunView:
    return replace(view, run=run)


def empty_migration() -> Migration:
    """Return a migration without hosts."""
    return Migration(fleet=Fleet(hosts=()))
