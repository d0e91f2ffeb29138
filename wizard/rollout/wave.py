"""The work on one wave: apply, soak, look again, judge, confirm."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Final

from wizard.fleet.policy import RolloutPolicy
from wizard.journal.events import EventKind
from wizard.journal.store import Draft
from wizard.rollout.gate import Decision, Figures, Gate, judge, may_start
from wizard.run.acting import HostActor
from wizard.run.each import each
from wizard.run.keeper import LeaseKeeper
from wizard.run.row import HostRow
from wizard.run.states import Fault, HostState
from wizard.transaction.answers import Verb

_CONFIRMED: Final = frozenset({HostState.CONFIRMING, HostState.CONFIRMED})
_SECOND_ATTEMPT: Final = 2
_BREATH: Final = 3.0
"""Seconds before unreachable hosts are tried once more."""
_ROUNDS: Final = 3


class WaveWork:
    """What is done with the hosts of a wave; says nothing about which wave comes next."""

    def __init__(self, actor: HostActor, keeper: LeaseKeeper, policy: RolloutPolicy) -> None:
        self._actor = actor
        self._keeper = keeper
        self._policy = policy
        self._recorder = actor.tools.recorder
        self._state = actor.tools.recorder.state

    async def apply(self, index: int) -> None:
        """Change every host of the wave that is to be changed, unreachable ones twice.

        Returns early, with nothing in flight, when an order stands or the breaker is open.
        """
        hosts = self._state.waves[index].hosts
        await self._apply_hosts(
            index,
            (row for row in self._rows(index) if row.state is HostState.WAITING or row.again),
        )
        await self._keeper.settle(hosts)
        second = [row for row in self._rows(index) if _wants_second_attempt(row)]
        if second and not self.is_ordered():
            await self._wait(_BREATH, self.is_ordered)
            await self._apply_hosts(index, second)
            await self._keeper.settle(hosts)

    async def soak(self, index: int, *, until: Callable[[], bool]) -> None:
        """Let the changed hosts work for a while; `until`, or too many failures, end it early."""
        if not any(row.state is HostState.ARMED for row in self._rows(index)):
            return
        seconds = self._policy.soak
        await self._recorder.record(
            Draft(kind=EventKind.SOAK_STARTED, wave=index, data={"seconds": seconds})
        )
        await self._wait(seconds, lambda: until() or self._is_closed(index))
        await self._keeper.settle(self._state.waves[index].hosts)

    async def look_again(self, index: int, *, until: Callable[[], bool]) -> None:
        """Ask what is armed whether it still holds, one exec per host; `until` ends it early.

        A host where it does not hold takes itself back. One that was busy is asked again.
        """
        armed = self.unconfirmed(index)
        for _round in range(_ROUNDS):
            await each(
                armed,
                lambda host: self._actor.send(host, Verb.CHECK),
                at_once=self._policy.concurrency,
                goes_on=lambda: not until(),
            )
            await self._keeper.settle(self._state.waves[index].hosts)
            rows = self._state.rows
            armed = [host for host in self.unconfirmed(index) if not rows[host].holds]
            if not armed or until():
                return

    def verdict(self, index: int, *, started_only: bool = False) -> Decision:
        """Return the verdict on the wave now; `started_only` leaves out untouched hosts."""
        rows = self._rows(index)
        if started_only:
            rows = [row for row in rows if row.state is not HostState.WAITING]
        return judge(figures(rows), self._total(), self._policy, canary=index == 0)

    async def confirm(self, index: int) -> None:
        """Confirm what is armed; hosts that were lost meanwhile are asked and tried again."""
        for _round in range(_ROUNDS):
            armed = self.unconfirmed(index)
            if not armed:
                return
            await each(
                armed,
                lambda host: self._actor.send(host, Verb.CONFIRM),
                at_once=self._policy.concurrency,
            )
            await self._keeper.settle(self._state.waves[index].hosts)

    def unconfirmed(self, index: int) -> list[str]:
        """Return the hosts of the wave that are proven and wait for their confirmation."""
        return [
            row.name
            for row in self._rows(index)
            if row.state is HostState.ARMED and not row.skipped
        ]

    def is_ordered(self) -> bool:
        """Tell whether an accepted order waits to be obeyed."""
        return self._state.standing is not None

    def _rows(self, index: int) -> list[HostRow]:
        return list(self._state.of_wave(index))

    def _total(self) -> Figures:
        state = self._state
        unreachable = state.at_fault(Fault.UNREACHABLE)
        return Figures(
            failed=len(state.at_fault(Fault.FAILED_AFTER_CHANGE)),
            lost=len(state.at_fault(Fault.LOST)),
            unreachable=sum(row.attempts >= _SECOND_ATTEMPT for row in unreachable),
        )

    def _is_closed(self, index: int) -> bool:
        """Tell whether failures alone close the gate already."""
        broken, canary = self._broken(index), index == 0
        decision = judge(broken, self._total(), self._policy, canary=canary)
        return decision.verdict is Gate.FAILED

    def _broken(self, index: int) -> Figures:
        failed = self._state.at_fault(Fault.FAILED_AFTER_CHANGE)
        lost = self._state.at_fault(Fault.LOST)
        return Figures(
            failed=sum(row.wave == index for row in failed),
            lost=sum(row.wave == index for row in lost),
        )

    async def _apply_hosts(self, index: int, rows: Iterable[HostRow]) -> None:
        todo = deque(row.name for row in rows)
        in_flight: set[str] = set()

        async def apply(host: str) -> None:
            await self._actor.send(host, Verb.APPLY)
            in_flight.discard(host)
            self._recorder.wake()

        def may() -> bool:
            return may_start(
                self._broken(index),
                self._total(),
                self._policy,
                canary=index == 0,
                in_flight=len(in_flight),
            )

        async with asyncio.TaskGroup() as group:
            while todo:
                await self._recorder.wait_until(lambda: self.is_ordered() or not in_flight or may())
                if self.is_ordered() or not may():
                    break
                host = todo.popleft()
                in_flight.add(host)
                group.create_task(apply(host))

    async def _wait(self, seconds: float, until: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._recorder.wait_until(until)
        except TimeoutError:
            return


def figures(rows: Iterable[HostRow]) -> Figures:
    """Return the gate's figures of those hosts; skipped ones count nowhere."""
    counts = dict.fromkeys((field.name for field in fields(Figures)), 0)
    for row in rows:
        if not row.skipped:
            counts[_figure(row)] += 1
    return Figures(**counts)


_FIGURES: Final = {
    Fault.FAILED_AFTER_CHANGE: "failed",
    Fault.LOST: "lost",
    Fault.REFUSED: "refused",
    Fault.EDITED: "edited",
    Fault.TAKEN_BACK: "taken_back",
}


def _figure(row: HostRow) -> str:
    match row.fault:
        case Fault.UNREACHABLE:
            return "unreachable" if row.attempts >= _SECOND_ATTEMPT else "untried"
        case Fault.NONE:
            if row.state in _CONFIRMED or (row.state is HostState.ARMED and row.holds):
                return "proven"
            tried = row.state is HostState.UNCHANGED and row.attempts and not row.again
            return "unchanged" if tried else "untried"
        case fault:
            return _FIGURES[fault]


def _wants_second_attempt(row: HostRow) -> bool:
    missed = row.fault is Fault.UNREACHABLE and row.attempts < _SECOND_ATTEMPT
    return missed and not row.skipped
