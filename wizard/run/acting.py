"""One remote action on one host: intent in the journal, the action, its outcome in the journal."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wizard.clock import Clock
from wizard.journal.events import EventKind, RunKind
from wizard.journal.store import Draft
from wizard.jsonform import to_data
from wizard.planning.plan import HostPlan
from wizard.run.hosts import HostActions, Unreached
from wizard.run.recorder import Recorder
from wizard.run.row import HostRow
from wizard.run.states import HostState
from wizard.transaction.answers import Answer, Outcome, Verb

_S = HostState
_IN_DOUBT: Final = frozenset(
    {_S.APPLYING, _S.ARMED, _S.CONFIRMING, _S.REVERTING, _S.LOST, _S.UNDOING}
)
_SENDABLE_FROM: Final[Mapping[Verb, frozenset[HostState]]] = {
    Verb.APPLY: frozenset(
        {
            _S.WAITING,
            _S.APPLYING,
            _S.UNCHANGED,
            _S.REVERTED,
            _S.UNREACHABLE,
            _S.LOST,
            _S.REFUSED,
            _S.REVERT_FAILED,
            _S.CONFLICT,
            _S.ROLLED_BACK,
        }
    ),
    Verb.CHECK: frozenset({_S.ARMED}),
    Verb.CONFIRM: frozenset({_S.ARMED}),
    Verb.RENEW: frozenset({_S.ARMED}),
    Verb.REVERT: frozenset({_S.ARMED, _S.REVERTING, _S.LOST}),
    Verb.UNDO: frozenset(HostState) - {_S.READING, _S.READ, _S.ROLLED_BACK},
    Verb.STATUS: _IN_DOUBT | {_S.CONFIRMED},
}
"""A host may have moved on while its turn came: then the verb is not sent any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a run works with.

    Attributes:
        ledger_run: the run whose ledgers are meant: the run itself, or that which is undone.
        lease: seconds a host waits for confirmation.
        plan_of: the plan of a host by its name.
        force: paths to overwrite by host, in a rollback.
    """

    recorder: Recorder
    actions: HostActions
    clock: Clock
    ledger_run: str
    lease: float
    plan_of: Callable[[str], HostPlan]
    force: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class HostActor:
    """Sends verbs to hosts, one at a time per host, and journals what became of them."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.leased_at: dict[str, float] = {}
        """When its lease began, on the monotonic clock, by host; absent where that is not known."""
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(self, host: str, verb: Verb) -> Answer | None:
        """Send `verb` unless the host has moved on; return its answer, None without one."""
        row = self.tools.recorder.state.rows[host]
        async with self._one_at_a_time[host]:
            before = row.state
            if before not in _SENDABLE_FROM[verb]:
                return None
            await self._record(EventKind.INTENT, row, {"verb": verb.value})
            asked_at = self.tools.clock.monotonic()
            try:
                answer = await self._call(row, verb)()
            except Unreached as gone:
                await self._record(
                    EventKind.FAILED_TO_REACH, row, self._failure(gone, verb, before)
                )
                return None
            self._note_lease(host, answer, asked_at)
            await self._record(
                EventKind.OUTCOME, row, {"verb": verb.value, "answer": to_data(answer)}
            )
            return answer

    def _note_lease(self, host: str, answer: Answer, asked_at: float) -> None:
        if answer.outcome in {Outcome.APPLIED, Outcome.RENEWED}:
            self.leased_at[host] = asked_at
        elif answer.verb is Verb.RENEW:
            self.leased_at[host] = asked_at - self.tools.lease / 4
        elif answer.outcome is not Outcome.HOLDS:
            self.leased_at.pop(host, None)

    def _call(self, row: HostRow, verb: Verb) -> Callable[[], Awaitable[Answer]]:
        tools = self.tools
        if verb is Verb.APPLY:
            plan = tools.plan_of(row.name)
            return lambda: tools.actions.apply(plan, run=tools.ledger_run, lease=tools.lease)
        return lambda: tools.actions.ask(
            row.name,
            verb,
            run=tools.ledger_run,
            lease=tools.lease,
            force=tools.force.get(row.name, ()),
        )

    def _failure(self, gone: Unreached, verb: Verb, before: HostState) -> dict[str, Any]:
        confirmed_here = (
            before is HostState.CONFIRMED and self.tools.recorder.state.kind is RunKind.ROLLOUT
        )
        sent = gone.sent and verb is not Verb.STATUS
        data: dict[str, Any] = {
            "failure": gone.failure,
            "what": gone.what,
            "todo": gone.todo,
            "after_change": sent or confirmed_here or before in _IN_DOUBT,
        }
        if sent and verb in {Verb.APPLY, Verb.RENEW}:
            data["deadline"] = self.tools.lease
        return data

    async def _record(self, kind: EventKind, row: HostRow, data: dict[str, Any]) -> None:
        await self.tools.recorder.record(Draft(kind=kind, host=row.name, wave=row.wave, data=data))
