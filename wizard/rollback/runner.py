"""A rollback: hosts are undone wave by wave, the last changed first; failures stop nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wizard.fleet.policy import RolloutPolicy
from wizard.journal.events import EventKind, Order, RunResult
from wizard.journal.store import Draft
from wizard.rollback.taking_back import take_back_all
from wizard.run.acting import HostActor
from wizard.run.choices import BETWEEN_WAVES, PAUSED, choices_now
from wizard.run.doubts import settle_doubts
from wizard.run.each import each
from wizard.run.ending import Ending
from wizard.run.hosts import Unreached
from wizard.run.keeper import LeaseKeeper
from wizard.run.reduce import GivenOrder
from wizard.run.states import HostState
from wizard.wording import _

_AS_BEFORE: Final = frozenset({HostState.ROLLED_BACK, HostState.UNCHANGED})


class RollbackRunner:
    """Drives a rollback run; the hosts' ledgers are all it needs.

    Args:
        actor: its `ledger_run` is the run that is undone.
        keeper: is running beside this and asks lost hosts.
        policy: its concurrency counts, and `ask_between_waves`: step by step.
        is_journaled: its waves are those of the run; else only the ledgers tell which hosts must
            wait for each other.
    """

    def __init__(
        self, actor: HostActor, keeper: LeaseKeeper, policy: RolloutPolicy, *, is_journaled: bool
    ) -> None:
        self._actor = actor
        self._keeper = keeper
        self._policy = policy
        self._is_journaled = is_journaled
        self._recorder = actor.tools.recorder
        self._state = actor.tools.recorder.state

    async def run(self) -> Ending:
        """Go on until every host was tried, and tell how it ended."""
        await settle_doubts(self._actor)
        while True:
            ending = await self._next_step()
            if ending is not None:
                return ending

    async def _next_step(self) -> Ending | None:
        given = self._state.standing
        if given is not None:
            return await self._obey(given)
        if self._state.waiting_for:
            await self._recorder.wait_until(self._is_ordered)
            return None
        index = next((wave.index for wave in self._state.waves if not wave.ended), None)
        if index is None:
            return await self._end()
        await self._take_back(index)
        return None

    async def _take_back(self, index: int) -> None:
        wave = self._state.waves[index]
        if not wave.started:
            await self._recorder.record(
                Draft(kind=EventKind.WAVE_STARTED, wave=index, data={"hosts": list(wave.hosts)})
            )
        await take_back_all(
            self._actor,
            self._keeper,
            wave.hosts,
            at_once=self._policy.concurrency,
            goes_on=lambda: not self._is_ordered(),
            alone={} if self._is_journaled else await self._told_apart(wave.hosts),
        )
        if self._is_ordered():
            return
        drafts = [Draft(kind=EventKind.WAVE_ENDED, wave=index)]
        if self._policy.ask_between_waves and index < len(self._state.waves) - 1:
            drafts.append(self._waiting(BETWEEN_WAVES))
        await self._recorder.record(*drafts)

    async def _obey(self, given: GivenOrder) -> Ending | None:
        if given.order in {Order.STOP, Order.STOP_NOW}:
            return Ending(result=RunResult.STOPPED, reason=_("stopped by {by}").format(by=given.by))
        if given.order is Order.PAUSE:
            await self._recorder.record(self._waiting(PAUSED))
        else:
            data = {"by": given.by, "order": given.order.value, "hosts": []}
            await self._recorder.record(Draft(kind=EventKind.WENT_ON, data=data))
        return None

    async def _end(self) -> Ending:
        left = [row.name for row in self._state.rows.values() if row.state not in _AS_BEFORE]
        if left:
            reason = _("not rolled back: {hosts}").format(hosts=", ".join(left))
            return Ending(result=RunResult.FAILED, reason=reason)
        if not self._state.count_in(HostState.ROLLED_BACK):
            return await self._nothing_found()
        return Ending(result=RunResult.COMPLETED)

    async def _told_apart(self, hosts: Sequence[str]) -> dict[str, str]:
        """Return what the ledgers of the run say of hosts that are changed one at a time."""
        told: dict[str, str] = {}

        async def ask(host: str) -> None:
            try:
                ledgers = await self._actor.tools.actions.ledgers(host)
            except Unreached:
                return
            run = self._actor.tools.ledger_run
            told[host] = next((ledger.alone for ledger in ledgers if ledger.run == run), "")

        await each(hosts, ask, at_once=self._policy.concurrency)
        return told

    async def _nothing_found(self) -> Ending:
        """Tell which runs the hosts do know, for somebody who has only their ledgers."""
        known: set[str] = set()
        for host in self._state.rows:
            try:
                known |= {ledger.run for ledger in await self._actor.tools.actions.ledgers(host)}
            except Unreached:
                continue
        reason = _("no host has a ledger of run {run}; they know: {known}").format(
            run=self._actor.tools.ledger_run, known=", ".join(sorted(known)) or _("none")
        )
        return Ending(result=RunResult.FAILED, reason=reason)

    def _is_ordered(self) -> bool:
        return self._state.standing is not None

    def _waiting(self, for_what: str) -> Draft:
        choices = choices_now(self._state.kind, waiting_for=for_what, standing=None, changed=False)
        data = {"for_what": for_what, "choices": [order.value for order in choices]}
        return Draft(kind=EventKind.WAITING, data=data)
