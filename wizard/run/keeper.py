"""Keeping what is armed alive, and finding out what became of hosts that went silent.

Leases are renewed when a third of them is over. A host that was lost is asked for its state,
with growing pauses, until its deadline has passed: by then it has reverted by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from wizard.clock import Clock
from wizard.run.acting import HostActor
from wizard.run.row import HostRow
from wizard.run.states import HostState
from wizard.transaction.answers import Answer, LedgerState, Verb

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 15.0
_GRACE: Final = 30.0
"""Seconds after its deadline in which a host takes itself back."""
_AT_ONCE: Final = 64


class LeaseKeeper:
    """Runs beside a rollout or a rollback; it alone renews and asks lost hosts.

    Attributes:
        let_go_at: on the monotonic clock; from then on nothing is renewed, so that hosts
            nobody decides about revert by themselves. None means never.
        renewing: False while everything armed is being taken back anyway.
    """

    def __init__(self, actor: HostActor) -> None:
        self.let_go_at: float | None = None
        self.renewing = True
        self._actor = actor
        self._state = actor.tools.recorder.state
        self._clock: Clock = actor.tools.clock
        self._lease = actor.tools.lease
        self._attending: set[str] = set()
        self._pauses: dict[str, float] = {}
        self._next: dict[str, float] = {}
        self._given_up: set[str] = set()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Attend to hosts until cancelled."""
        pause = min(1.0, self._lease / 12)
        async with asyncio.TaskGroup() as group:
            while True:
                for row in self._due():
                    self._attending.add(row.name)
                    group.create_task(self._attend(row))
                await self._clock.sleep(pause)

    def has_settled(self, hosts: Iterable[str]) -> bool:
        """Tell whether none of the hosts is lost, save those that never answered in time."""
        rows = self._state.rows
        return not any(
            rows[host].state is HostState.LOST and host not in self._given_up for host in hosts
        )

    async def settle(self, hosts: Iterable[str]) -> None:
        """Wait until `has_settled`; bounded by the hosts' deadlines, and by the order to hurry."""
        names = tuple(hosts)
        await self._actor.tools.recorder.wait_until(
            lambda: self.has_settled(names) or self._state.is_hurried
        )

    def forgive(self, hosts: Iterable[str]) -> None:
        """Ask hosts again that were given up, because the operator wants to."""
        for host in hosts:
            self._given_up.discard(host)
            self._next.pop(host, None)

    def _due(self) -> list[HostRow]:
        rows = self._state.hosts_in(HostState.ARMED, HostState.LOST)
        now = self._clock.monotonic()
        return [
            row
            for row in rows
            if row.name not in self._attending
            and (
                self._lost_is_due(row, now)
                if row.state is HostState.LOST
                else self._armed_is_due(row, now)
            )
        ]

    def _armed_is_due(self, row: HostRow, now: float) -> bool:
        if self._renews(row):
            asked_at = self._actor.leased_at.get(row.name)
            return asked_at is None or now - asked_at >= self._lease / 3
        return self._is_overdue(row)

    def _is_overdue(self, row: HostRow) -> bool:
        return row.deadline is not None and self._clock.now() > row.deadline + _GRACE / 2

    def _renews(self, row: HostRow) -> bool:
        waits = self.let_go_at is None or self._clock.monotonic() < self.let_go_at
        return self.renewing and waits and not row.skipped

    def _lost_is_due(self, row: HostRow, now: float) -> bool:
        return row.name not in self._given_up and now >= self._next.get(row.name, 0.0)

    async def _attend(self, row: HostRow) -> None:
        try:
            async with self._turns:
                if row.state is HostState.LOST:
                    await self._ask_lost(row)
                elif row.state is HostState.ARMED and self._renews(row):
                    await self._actor.send(row.name, Verb.RENEW)
                elif row.state is HostState.ARMED and self._is_overdue(row):
                    await self._actor.send(row.name, Verb.STATUS)
        finally:
            self._attending.discard(row.name)

    async def _ask_lost(self, row: HostRow) -> None:
        answer = await self._actor.send(row.name, Verb.STATUS)
        if answer is not None and row.state is HostState.LOST:
            await self._mend(row, answer)
        if row.state is not HostState.LOST:
            self._pauses.pop(row.name, None)
            return
        pause = self._pauses.get(row.name, _FIRST_PAUSE)
        self._pauses[row.name] = min(pause * 2, _LONGEST_PAUSE)
        self._next[row.name] = self._clock.monotonic() + pause
        deadline = row.since + self._lease if row.deadline is None else row.deadline
        if self._clock.now() > deadline + _GRACE:
            self._given_up.add(row.name)
            self._actor.tools.recorder.wake()

    async def _mend(self, row: HostRow, answer: Answer) -> None:
        """Finish what was cut off: take back a half-made change, undo what was to be undone."""
        if answer.holder_run == answer.run:
            return
        if row.doing is Verb.APPLY and answer.state is LedgerState.ARMED and not answer.proven:
            await self._actor.send(row.name, Verb.REVERT)
        elif row.doing in {Verb.REVERT, Verb.UNDO} and answer.state in {
            LedgerState.ARMED,
            LedgerState.CONFIRMED,
        }:
            await self._actor.send(row.name, row.doing)
