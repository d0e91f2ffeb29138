"""A rollout: wave after wave, a gate after each, and obeying the operator in between.

Everything is decided from the journal's state, so a new process goes on where another was
killed: `run` first asks every host in doubt for its ledger, then does what is left to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from wizard.fleet.policy import RolloutPolicy
from wizard.journal.events import EventKind, Order, RunResult
from wizard.journal.store import Draft
from wizard.rollback.taking_back import take_back_changed
from wizard.rollout.gate import Decision, Gate
from wizard.rollout.wave import WaveWork
from wizard.run.acting import HostActor
from wizard.run.choices import BETWEEN_WAVES, FAILED_GATE, PAUSED, choices_now
from wizard.run.doubts import settle_doubts
from wizard.run.ending import Ending, left_changed
from wizard.run.keeper import LeaseKeeper
from wizard.run.reduce import GivenOrder
from wizard.run.row import HostRow
from wizard.run.states import Fault, HostState
from wizard.wording import _

PATIENCE: Final = 1800.0
"""Seconds for which armed hosts are kept while an operator is waited for; then they revert."""
_ENDS: Final = frozenset({Order.STOP, Order.STOP_NOW, Order.ROLL_BACK_WAVE, Order.ROLL_BACK_ALL})
_KEPT: Final = frozenset({HostState.ARMED, HostState.CONFIRMING, HostState.CONFIRMED})
_TAKEN_BACK: Final = frozenset({HostState.REVERTED, HostState.ROLLED_BACK, HostState.UNCHANGED})


class RolloutRunner:
    """Drives a rollout whose reducer already knows the journal.

    Args:
        actor: sends verbs and journals them.
        keeper: is running beside this.
        policy: of the approved plan's migration.
        unattended: nobody answers: a gate that is not ok ends the run as failed, with its wave
            taken back and earlier waves kept.
    """

    def __init__(
        self,
        actor: HostActor,
        keeper: LeaseKeeper,
        policy: RolloutPolicy,
        *,
        unattended: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        self._actor = actor
        self._keeper = keeper
        self._policy = policy
        self._unattended = unattended
        self._patience = patience
        self._recorder = actor.tools.recorder
        self._state = actor.tools.recorder.state
        self._work = WaveWork(actor, keeper, policy)

    async def run(self) -> Ending:
        """Go on until the rollout has ended, and tell how."""
        settled = await settle_doubts(self._actor)
        if settled.expired and not self._state.waiting_for and self._state.standing is None:
            await self._go_on("resume", list(settled.expired), by=_("resume"))
        ending = await self._stop_for(settled.taken_back) if settled.taken_back else None
        while ending is None:
            ending = await self._next_step()
        return ending

    async def _next_step(self) -> Ending | None:
        given = self._state.standing
        if given is not None:
            return await self._obey(given)
        if self._state.waiting_for:
            await self._wait_for_operator()
            return None
        index = next((wave.index for wave in self._state.waves if not wave.ended), None)
        if index is None:
            return Ending(result=RunResult.COMPLETED)
        return await self._advance(index)

    async def _advance(self, index: int) -> Ending | None:
        """Do what is next for the wave; returns early as soon as an order stands."""
        wave = self._state.waves[index]
        if not wave.started:
            await self._note(EventKind.WAVE_STARTED, index, hosts=list(wave.hosts))
        if wave.gate != Gate.OK.value:
            await self._work.apply(index)
            if not self._work.is_ordered():
                await self._work.soak(index, until=self._work.is_ordered)
            if not self._work.is_ordered():
                await self._work.look_again(index, until=self._work.is_ordered)
            if self._work.is_ordered():
                return None
            decision = self._work.verdict(index)
            await self._recorder.record(_gate(index, decision))
            if decision.verdict is not Gate.OK:
                return await self._stop_at_gate(index)
        await self._work.confirm(index)
        decision = self._work.verdict(index)
        unconfirmed = self._work.unconfirmed(index)
        if unconfirmed:
            reason = _("not confirmed: {hosts}").format(hosts=", ".join(unconfirmed))
            decision = Decision(verdict=Gate.INCONCLUSIVE, reasons=(*decision.reasons, reason))
        if decision.verdict is Gate.OK:
            await self._end_wave(index)
            return None
        await self._recorder.record(_gate(index, decision))
        return await self._stop_at_gate(index)

    async def _stop_for(self, taken_back: Iterable[str]) -> Ending | None:
        """Change nothing more of one's own accord where somebody took hosts back on purpose.

        An order to end the run still stands; one that would have gone on was given before.
        """
        standing = self._state.standing
        if standing is not None and standing.order in _ENDS:
            return None
        index = self._state.current_wave or 0
        reason = _("taken back on purpose: {hosts}").format(hosts=", ".join(taken_back))
        await self._recorder.record(
            _gate(index, Decision(verdict=Gate.INCONCLUSIVE, reasons=(reason,)))
        )
        return await self._stop_at_gate(index)

    async def _stop_at_gate(self, index: int) -> Ending | None:
        """Wait for the operator from now on, or give up where there is none."""
        if self._unattended:
            return await self._give_up(index)
        await self._recorder.record(self._waiting(FAILED_GATE))
        return None

    async def _end_wave(self, index: int) -> None:
        drafts = [Draft(kind=EventKind.WAVE_ENDED, wave=index)]
        is_last = index == len(self._state.waves) - 1
        if self._policy.ask_between_waves and not is_last and not self._unattended:
            drafts.append(self._waiting(BETWEEN_WAVES))
        await self._recorder.record(*drafts)
        for host in self._state.waves[index].hosts:
            await self._actor.tools.actions.let_go(host)

    async def _wait_for_operator(self) -> None:
        self._keeper.let_go_at = self._actor.tools.clock.monotonic() + self._patience
        await self._recorder.wait_until(self._work.is_ordered)
        self._keeper.let_go_at = None

    async def _give_up(self, index: int) -> Ending:
        reasons = "; ".join(self._state.waves[index].reasons)
        if self._state.waves[index].ended:
            return Ending(
                result=RunResult.FAILED,
                reason=_("{reasons}; the run ended there, waves that had ended are kept").format(
                    reasons=reasons
                ),
            )
        await self._take_back(index)
        return Ending(
            result=RunResult.FAILED,
            reason=_(
                "the gate of wave {wave} did not open ({reasons}); this wave was taken back, "
                "earlier waves are kept"
            ).format(wave=index + 1, reasons=reasons),
        )

    async def _obey(self, given: GivenOrder) -> Ending | None:
        index = self._state.current_wave or 0
        match given.order:
            case Order.PAUSE:
                await self._recorder.record(self._waiting(PAUSED))
            case Order.GO_ON:
                hosts = [row.name for row in self._state.of_wave(index) if _expired(row)]
                await self._go_on(given.order.value, hosts, by=given.by)
            case Order.RETRY:
                await self._retry(index, given)
            case Order.SKIP:
                await self._skip(index, given)
            case Order.ROLL_BACK_WAVE:
                await self._take_back(index)
                await self._recorder.record(self._waiting(FAILED_GATE))
            case Order.ROLL_BACK_ALL:
                return await self._roll_back_all(given)
            case Order.STOP | Order.STOP_NOW:
                return await self._stop(index, given)
        return None

    async def _retry(self, index: int, given: GivenOrder) -> None:
        hosts = [
            row.name
            for row in self._named(index, given.hosts)
            if row.state not in _KEPT and (not row.skipped or row.name in given.hosts)
        ]
        self._keeper.forgive(hosts)
        await self._go_on(given.order.value, hosts, by=given.by)

    async def _skip(self, index: int, given: GivenOrder) -> None:
        reason = _("skipped by {by}").format(by=given.by)
        skipped = [
            Draft(kind=EventKind.HOST_SKIPPED, host=row.name, wave=index, data={"reason": reason})
            for row in self._named(index, given.hosts)
            if row.state not in _KEPT | {HostState.WAITING} and not row.skipped
        ]
        await self._recorder.record(*skipped, _went_on(given.order.value, [], given.by, index))

    async def _stop(self, index: int, given: GivenOrder) -> Ending:
        """End the wave that is under way: confirm it if its gate is ok, else take it back.

        Overruled, its soak ends at once; a gate without a whole soak is inconclusive.
        """
        reason = _("stopped by {by}").format(by=given.by)
        if not any(row.state in _KEPT | {HostState.LOST} for row in self._open_rows(index)):
            return Ending(result=RunResult.STOPPED, reason=reason)
        if not self._state.waves[index].gate:
            await self._work.soak(index, until=self._is_overruled)
            await self._work.look_again(index, until=self._is_overruled)
            decision = self._work.verdict(index, started_only=True)
            if self._is_overruled():
                cut = _("the soak was cut short")
                closed = decision.reasons if decision.verdict is Gate.FAILED else ()
                decision = Decision(verdict=Gate.INCONCLUSIVE, reasons=(*closed, cut))
            await self._recorder.record(_gate(index, decision))
        if self._state.waves[index].gate == Gate.OK.value:
            await self._work.confirm(index)
        await self._take_back(index, only_unconfirmed=True)
        overruling = self._state.standing
        if overruling is not None and overruling.order is Order.ROLL_BACK_ALL:
            return await self._roll_back_all(overruling)
        left = [row.name for row in self._open_rows(index) if row.state is HostState.LOST]
        if left:
            reason += _("; out of reach, reverting by themselves: {hosts}").format(
                hosts=", ".join(left)
            )
        return Ending(result=RunResult.STOPPED, reason=reason)

    def _is_overruled(self) -> bool:
        standing = self._state.standing
        overruling = {Order.ROLL_BACK_ALL, Order.STOP_NOW}
        return standing is not None and standing.order in overruling

    async def _roll_back_all(self, given: GivenOrder) -> Ending:
        for wave in reversed(self._state.waves):
            if wave.started:
                await self._take_back(wave.index)
        left = left_changed(self._state)
        if left:
            reason = _("{count} of the hosts could not be taken back: {hosts}").format(
                count=len(left), hosts=", ".join(left)
            )
            return Ending(result=RunResult.FAILED, reason=reason)
        reason = _("rolled back by {by}").format(by=given.by)
        return Ending(result=RunResult.ROLLED_BACK, reason=reason)

    async def _take_back(self, index: int, *, only_unconfirmed: bool = False) -> None:
        rows = self._open_rows(index) if only_unconfirmed else self._state.of_wave(index)
        hosts = [
            row.name for row in rows if not (only_unconfirmed and row.state is HostState.CONFIRMED)
        ]
        await take_back_changed(self._actor, self._keeper, hosts, at_once=self._policy.concurrency)

    async def _go_on(self, order: str, hosts: list[str], *, by: str) -> None:
        index = self._state.current_wave
        await self._recorder.record(_went_on(order, hosts, by, index))

    def _named(self, index: int, hosts: Iterable[str]) -> list[HostRow]:
        names = set(hosts)
        return [row for row in self._state.of_wave(index) if not names or row.name in names]

    def _open_rows(self, index: int) -> tuple[HostRow, ...]:
        wave = self._state.waves[index]
        return () if wave.ended or not wave.started else self._state.of_wave(index)

    async def _note(self, kind: EventKind, index: int, **data: object) -> None:
        await self._recorder.record(Draft(kind=kind, wave=index, data=data))

    def _waiting(self, for_what: str) -> Draft:
        choices = choices_now(
            self._state.kind,
            waiting_for=for_what,
            standing=None,
            changed=self._state.changed,
        )
        return Draft(
            kind=EventKind.WAITING,
            wave=self._state.current_wave,
            data={"for_what": for_what, "choices": [order.value for order in choices]},
        )


def _expired(row: HostRow) -> bool:
    """Tell whether a host is as before only because nobody confirmed it in time."""
    blameless = row.fault is Fault.NONE and not row.skipped
    return blameless and row.state in _TAKEN_BACK and bool(row.attempts)


def _gate(index: int, decision: Decision) -> Draft:
    data = {"verdict": decision.verdict.value, "reasons": list(decision.reasons)}
    return Draft(kind=EventKind.GATE, wave=index, data=data)


def _went_on(order: str, hosts: list[str], by: str, index: int | None) -> Draft:
    data = {"by": by, "order": order, "hosts": hosts}
    return Draft(kind=EventKind.WENT_ON, wave=index, data=data)
