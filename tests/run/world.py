"""A small world to run in: simulated hosts, a real journal, virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.run.simulated_hosts import SimulatedHost, SimulatedHosts
from tests.run.virtual_time import VirtualClock, run_virtually
from wizard.fleet.host import Fleet, Host
from wizard.fleet.policy import Migration, RolloutPolicy
from wizard.journal.events import Event, EventKind, Order, RunKind
from wizard.journal.folder import RunFolder
from wizard.journal.store import Journal
from wizard.planning.plan import FileChange, FilePurpose, HostPlan, Plan, Runtime, RuntimePlan
from wizard.planning.plan import Verdict as PlanVerdict
from wizard.run.ending import Ending
from wizard.run.engine import Engine
from wizard.run.orders import order_draft
from wizard.run.reduce import RunReducer
from wizard.run.spec import RunSpec
from wizard.run.view import RunView
from wizard.target import Target

RUN = "run-1"
POLICY = RolloutPolicy(soak=10.0, lease=120.0, concurrency=4)
Script = Callable[["World"], Coroutine[Any, Any, None]]


def host_plan(name: str) -> HostPlan:
    """Return a plan that changes one file."""
    runtime = RuntimePlan(
        runtime=Runtime.DOCKER, flavour="docker 28.5 overlay2", verdict=PlanVerdict.CHANGE
    )
    change = FileChange(
        path="/etc/docker/daemon.json",
        real_path="/etc/docker/daemon.json",
        purpose=FilePurpose.CONFIG,
        before=None,
        after="{}\n",
    )
    return HostPlan(host=name, runtimes=(runtime,), changes=(change,))


@dataclass
class World:
    """Hosts and journals that outlive the engines that work on them."""

    folder: RunFolder
    hosts: SimulatedHosts
    spec: RunSpec
    clock: VirtualClock

    @classmethod
    def of(
        cls,
        root: Path,
        *waves: tuple[str, ...],
        policy: RolloutPolicy = POLICY,
        unattended: bool = False,
    ) -> World:
        """Return a world with a rollout in those waves, its journal created."""
        names = tuple(name for wave in waves for name in wave)
        fleet = Fleet(hosts=tuple(Host(name=name, address=name) for name in names))
        plan = Plan(
            target=Target(url="https://registry.example"),
            hosts=tuple(host_plan(name) for name in names),
            waves=waves,
        )
        spec = RunSpec(
            run=RUN,
            kind=RunKind.ROLLOUT,
            operator="anna@desk",
            migration=Migration(fleet=fleet),
            hosts=names,
            waves=waves,
            plan=plan,
            policy=policy,
            unattended=unattended,
        )
        clock = VirtualClock()
        world = cls(
            folder=RunFolder(root / "runs", clock),
            hosts=SimulatedHosts(*(SimulatedHost(name=name) for name in names)),
            spec=spec,
            clock=clock,
        )
        world.create()
        return world

    def create(self) -> None:
        """Create the journal of the current spec."""
        self.folder.create(
            self.spec.run, documents=self.spec.documents(), first=self.spec.first_events()
        )

    def rollback(self, *waves: tuple[str, ...], run: str = "run-2", **changes: object) -> None:
        """Make the current run a rollback of the first one."""
        self.spec = replace(
            self.spec,
            run=run,
            kind=RunKind.ROLLBACK,
            of=RUN,
            plan=None,
            waves=waves,
            hosts=tuple(name for wave in waves for name in wave),
            **changes,  # type: ignore[arg-type]  # names of RunSpec's fields
        )
        self.create()

    async def go(self, *scripts: Script, journal: Journal | None = None) -> Ending:
        """Run the engine over the journal, with operators at work beside it."""
        journal = journal or self.folder.open(self.spec.run)
        engine = Engine(
            spec=self.spec, journal=journal, actions=self.hosts, clock=self.clock, patience=300.0
        )
        operators = [asyncio.ensure_future(script(self)) for script in scripts]
        try:
            return await engine.run()
        finally:
            for operator in operators:
                operator.cancel()
            await asyncio.gather(*operators, return_exceptions=True)

    def run(self, *scripts: Script) -> Ending:
        """Run the engine in virtual time."""
        return run_virtually(self.go(*scripts))

    def order(self, order: Order, *hosts: str, by: str = "anna@desk") -> None:
        """Leave an order the way another process does."""
        journal = self.folder.open(self.spec.run)
        journal.append(order_draft(order, hosts=hosts, by=by))
        journal.close()

    def events(self, *kinds: EventKind) -> tuple[Event, ...]:
        """Return the journal's events, of those kinds if any are named."""
        journal = self.folder.open(self.spec.run)
        events = journal.tail()
        journal.close()
        return tuple(event for event in events if not kinds or event.kind in kinds)

    def view(self) -> RunView:
        """Return the run as its journal tells it."""
        reducer = RunReducer(self.spec.run)
        reducer.feed_all(self.events())
        return reducer.view()

    def states(self) -> dict[str, str]:
        """Return the state of each host by its name."""
        return {host.name: host.state.value for host in self.view().hosts}

    def contents(self) -> dict[str, str]:
        """Return what each host's file holds."""
        return {name: host.content for name, host in self.hosts.hosts.items()}

    async def when(self, condition: Callable[[RunView], bool]) -> RunView:
        """Wait until the journal's view fulfils `condition`."""
        await self.until(lambda: condition(self.view()), pause=0.5)
        return self.view()

    async def until(self, condition: Callable[[], bool], *, pause: float = 0.02) -> None:
        """Let virtual time pass until `condition` holds."""
        while not condition():
            await self.clock.sleep(pause)
