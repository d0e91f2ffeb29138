"""The director of a demo: watches the journals and plants each fault at its moment."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from wizard.clock import Clock, SystemClock
from wizard.journal.events import Event, EventKind, RunKind
from wizard.practice.demo.faults import Mischief, kill_run
from wizard.practice.demo.incidents import Fault, Moment, Planted, tells_of_a_change
from wizard.practice.demo.scenarios import Scenario
from wizard.practice.fleet import PracticeFleet
from wizard.practice.registry.faults import Tripwire
from wizard.run.states import RunState
from wizard.service import MigrationService

_LOOK: Final = 0.1
"""Seconds between two looks at the journals while nobody wants to be let on to a host."""


class Director:
    """Plants the faults of one scenario in one fleet, each once, in the first rollout.

    Args:
        fleet: runs in this process.
        scenario: what is to go wrong.
        struck: the host of each fault, as `Scenario.struck` chose it.
        service: the door to the journals of the operator.
        mischief: lets the faults happen.

    Attributes:
        planted: the faults whose moment has come and gone, in that order.
    """

    def __init__(
        self,
        fleet: PracticeFleet,
        scenario: Scenario,
        struck: Mapping[Planted, str | None],
        service: MigrationService,
        mischief: Mischief,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.planted: list[Planted] = []
        self._fleet = fleet
        self._scenario = scenario
        self._struck = struck
        self._service = service
        self._mischief = mischief
        self._clock = clock or SystemClock()
        self._run: str | None = None
        self._seen = 0
        self._wanted = asyncio.Event()
        self._next_look = asyncio.Event()

    @property
    def has_planted_all(self) -> bool:
        """Tell whether everything that was to go wrong does, or did."""
        return len(self.planted) == len(self._scenario.faults)

    async def begin(self) -> None:
        """Plant what is wrong from the start."""
        await self._plant(self._due(Moment.AT_START))

    async def run(self) -> None:
        """Watch until every fault is planted; `begin` was called before.

        Until then nobody is let on to a host before the journals were looked at: a run writes what
        it does before it does it, so that no host is ever ahead of the faults.
        """
        if self.has_planted_all:
            return
        self._fleet.turns.first = self.catch_up
        try:
            async with asyncio.TaskGroup() as group:
                while not self.has_planted_all:
                    look, self._next_look = self._next_look, asyncio.Event()
                    self._wanted.clear()
                    try:
                        await self._look(group)
                    finally:
                        look.set()
                    if not self.has_planted_all:
                        await self._rest()
        finally:
            self._fleet.turns.first = None
            self._next_look.set()

    async def catch_up(self) -> None:
        """Return once faults are planted whose moment had come at the time of the call."""
        look = self._next_look
        self._wanted.set()
        await look.wait()

    async def _rest(self) -> None:
        """Return after a while, or as soon as somebody wants to be let on."""
        both = [
            asyncio.ensure_future(self._clock.sleep(_LOOK)),
            asyncio.ensure_future(self._wanted.wait()),
        ]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()

    async def _look(self, group: asyncio.TaskGroup) -> None:
        if self._run is None:
            self._run = await self._first_rollout()
            if self._run is None:
                return
            wires = self._stretch_wires(self._run)
            await self._plant(self._due(Moment.ROLLOUT_STARTED))
            for planted, wire in wires:
                group.create_task(self._await_wave(planted, wire, self._run))
        for event in await asyncio.to_thread(self._service.events, self._run, after=self._seen):
            self._seen = event.seq
            await self._plant(self._due_by(event))

    async def _first_rollout(self) -> str | None:
        runs = await asyncio.to_thread(self._service.runs)
        rollouts = [one.run for one in runs if one.kind is RunKind.ROLLOUT]
        return rollouts[-1] if rollouts else None

    def _stretch_wires(self, run: str) -> list[tuple[Planted, Tripwire]]:
        """Let the target tell when a host of the wave asks it, and hold the request until then.

        Journals alone would tell too late now and then: a host can be done within a look.
        """
        waves = self._service.view(run).waves
        wires = []
        for planted in self._due(Moment.IN_WAVE):
            index = planted.wave or 0
            if index < len(waves):
                wire = Tripwire(clients=frozenset(waves[index].hosts))
                self._fleet.target.faults.tripwire = wire
                self._fleet.prefix_target.faults.tripwire = wire
                wires.append((planted, wire))
        return wires

    async def _await_wave(self, planted: Planted, wire: Tripwire, run: str) -> None:
        await wire.touched.wait()
        try:
            if planted.fault is Fault.RUN_KILLED:
                await self._kill(run)
                self.planted.append(planted)
            else:
                await self._plant([planted])
        finally:
            self._fleet.target.faults.tripwire = None
            self._fleet.prefix_target.faults.tripwire = None
            wire.released.set()

    async def _kill(self, run: str) -> None:
        """Kill the process that runs it; its journal says which one that is.

        Where it has gone already, its number may be somebody else's.
        """
        view = await asyncio.to_thread(self._service.view, run)
        if view.state in {RunState.ENDED, RunState.ORPHANED}:
            return
        events = await asyncio.to_thread(self._service.events, run)
        started = [event for event in events if event.kind is EventKind.PROCESS_STARTED]
        kill_run(int(started[-1].data["pid"]))

    def _due_by(self, event: Event) -> Sequence[Planted]:
        if event.kind is EventKind.RUN_ENDED:
            return self._due(Moment.ROLLOUT_ENDED)
        if tells_of_a_change(event):
            due = self._due(Moment.HOST_CHANGED)
            return [planted for planted in due if self._struck[planted] == event.host]
        return ()

    def _due(self, moment: Moment) -> list[Planted]:
        return [
            planted
            for planted in self._scenario.faults
            if planted.when is moment and planted not in self.planted
        ]

    async def _plant(self, due: Sequence[Planted]) -> None:
        for planted in due:
            await self._mischief.plant(planted.fault, self._struck[planted])
            self.planted.append(planted)


async def direct(
    fleet: PracticeFleet,
    scenario: Scenario,
    struck: Mapping[Planted, str | None],
    service: MigrationService,
    mischief: Mischief,
) -> None:
    """Plant every fault of a scenario at its moment; ends once all are planted."""
    director = Director(fleet, scenario, struck, service, mischief)
    await director.begin()
    await director.run()
