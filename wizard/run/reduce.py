"""The state of a run from its journal: pure, incremental, one event at a time.

Both sides use it: the run's own process decides by it, and the screens show it. So what people
see is what the run acts on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from wizard.errors import JournalError
from wizard.journal.events import Event, EventKind, Order, RunKind, RunResult
from wizard.run.choices import choices_now
from wizard.run.row import HostRow
from wizard.run.states import CHANGED, Fault, HostState, RunState
from wizard.run.view import Counters, RunView, WaveView
from wizard.wording import _

_RECENT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenOrder:
    """An order as it stands in the journal."""

    seq: int
    order: Order
    hosts: tuple[str, ...]
    by: str


class WaveProgress:
    """One wave while the journal is read."""

    __slots__ = ("ended", "gate", "hosts", "index", "reasons", "started")

    def __init__(self, index: int, hosts: tuple[str, ...]) -> None:
        self.index = index
        self.hosts = hosts
        self.started = False
        self.ended = False
        self.gate = ""
        self.reasons: tuple[str, ...] = ()


class RunReducer:
    """Feed it every event of one journal in order; ask it anything at any time.

    Raises JournalError on a gap in the numbering, and on a transition that cannot be.
    """

    def __init__(self, run: str) -> None:
        self.run = run
        self.kind = RunKind.DISCOVERY
        self.seq = 0
        self.state = RunState.CREATED
        self.operator = ""
        self.of = ""
        self.plan_hash = ""
        self.started_at = 0.0
        self.ended_at: float | None = None
        self.result: RunResult | None = None
        self.rows: dict[str, HostRow] = {}
        self.waves: list[WaveProgress] = []
        self.current_wave: int | None = None
        self.waiting_for = ""
        self.soak_until: float | None = None
        self.standing: GivenOrder | None = None
        self.pending: dict[int, GivenOrder] = {}
        self._recent: deque[Event] = deque(maxlen=_RECENT)
        self._in_state: dict[HostState, dict[str, None]] = {state: {} for state in HostState}
        self._with_fault: dict[Fault, dict[str, None]] = {fault: {} for fault in Fault}
        self._by_kind: dict[EventKind, Callable[[Event], None]] = {
            EventKind.RUN_CREATED: self._created,
            EventKind.PROCESS_STARTED: self._process_started,
            EventKind.PROCESS_ENDED: _nothing,
            EventKind.HOST_READ: self._of_host,
            EventKind.WAVE_STARTED: self._wave_started,
            EventKind.INTENT: self._of_host,
            EventKind.OUTCOME: self._of_host,
            EventKind.FAILED_TO_REACH: self._of_host,
            EventKind.ERRAND_SENT: self._of_host,
            EventKind.ERRAND_TOLD: self._of_host,
            EventKind.ERRAND_ENDED: self._of_host,
            EventKind.HOST_SKIPPED: self._of_host,
            EventKind.SOAK_STARTED: self._soak_started,
            EventKind.GATE: self._gate,
            EventKind.WAVE_ENDED: self._wave_ended,
            EventKind.WAITING: self._waiting,
            EventKind.WENT_ON: self._went_on,
            EventKind.ORDER_GIVEN: self._order_given,
            EventKind.ORDER_TAKEN: self._order_taken,
            EventKind.RUN_ENDED: self._ended,
        }

    def feed(self, event: Event) -> None:
        """Take in the next event."""
        if event.seq != self.seq + 1:
            raise JournalError(
                _("event {seq} follows event {last}").format(seq=event.seq, last=self.seq),
                todo=_("Restore the journal from a backup."),
            )
        try:
            self._by_kind[event.kind](event)
        except (LookupError, TypeError, ValueError) as error:
            raise JournalError(
                _("event {seq} ({kind}) makes no sense: {error!r}").format(
                    seq=event.seq, kind=event.kind.value, error=error
                ),
                todo=_("Restore the journal from a backup."),
            ) from error
        self.seq = event.seq
        self._recent.append(event)

    def feed_all(self, events: Iterable[Event]) -> None:
        """Take in several events."""
        for event in events:
            self.feed(event)

    def hosts_in(self, *states: HostState) -> tuple[HostRow, ...]:
        """Return the hosts in any of those states."""
        return tuple(self.rows[name] for state in states for name in self._in_state[state])

    def count_in(self, state: HostState) -> int:
        """Return how many hosts are in that state."""
        return len(self._in_state[state])

    def at_fault(self, fault: Fault) -> tuple[HostRow, ...]:
        """Return the hosts that this is held against at the gate, skipped ones left out."""
        rows = (self.rows[name] for name in self._with_fault[fault])
        return tuple(row for row in rows if not row.skipped)

    def of_wave(self, index: int) -> tuple[HostRow, ...]:
        """Return the hosts of a wave in its order."""
        return tuple(self.rows[name] for name in self.waves[index].hosts)

    @property
    def counters(self) -> Counters:
        """Return the three counters of the gate, over the whole run."""
        return Counters(
            failed_after_change=len(self._with_fault[Fault.FAILED_AFTER_CHANGE]),
            unreachable_before_change=len(self._with_fault[Fault.UNREACHABLE]),
            lost_after_change=len(self._with_fault[Fault.LOST]),
        )

    @property
    def changed(self) -> bool:
        """Tell whether at least one host is changed and not taken back, or may be."""
        return any(self._in_state[state] for state in CHANGED)

    @property
    def is_hurried(self) -> bool:
        """Tell whether the operator wants the end without any more waiting."""
        return self.standing is not None and self.standing.order is Order.STOP_NOW

    @property
    def choices(self) -> tuple[Order, ...]:
        """Return the orders that make sense now."""
        if self.state is RunState.ENDED:
            return ()
        return choices_now(
            self.kind,
            waiting_for=self.waiting_for,
            standing=self.standing.order if self.standing else None,
            changed=self.changed,
        )

    def view(self, *, running: bool = True) -> RunView:
        """Return the run as people see it; `running` says whether a process runs it."""
        state = self.state
        if not running and state not in {RunState.ENDED, RunState.CREATED}:
            state = RunState.ORPHANED
        return RunView(
            run=self.run,
            kind=self.kind,
            state=state,
            operator=self.operator,
            started_at=self.started_at,
            ended_at=self.ended_at,
            result=self.result,
            seq=self.seq,
            of=self.of,
            plan_hash=self.plan_hash,
            hosts=tuple(row.view() for row in self.rows.values()),
            waves=tuple(self._wave_view(wave) for wave in self.waves),
            current_wave=self.current_wave,
            counters=self.counters,
            waiting_for=self.waiting_for,
            choices=self.choices if state is not RunState.ORPHANED else (),
            soak_until=self.soak_until,
            changed=self.changed,
            recent=tuple(self._recent),
        )

    def _wave_view(self, wave: WaveProgress) -> WaveView:
        counts: dict[HostState, int] = {}
        for name in wave.hosts:
            state = self.rows[name].state
            counts[state] = counts.get(state, 0) + 1
        return WaveView(
            index=wave.index,
            hosts=wave.hosts,
            counts=tuple((state, counts[state]) for state in HostState if state in counts),
            started=wave.started,
            gate=wave.gate,
            reasons=wave.reasons,
        )

    def _created(self, event: Event) -> None:
        data = event.data
        self.kind = RunKind(data["kind"])
        self.operator = data["operator"]
        self.of = data["of"]
        self.plan_hash = data["plan_hash"]
        self.started_at = event.at
        self.waves = [
            WaveProgress(index, tuple(hosts)) for index, hosts in enumerate(data["waves"])
        ]
        wave_of = {host: wave.index for wave in self.waves for host in wave.hosts}
        ledgers = frozenset(data.get("ledgers", ()))
        self.rows = {
            name: HostRow(name, wave_of.get(name), has_ledger=name in ledgers)
            for name in data["hosts"]
        }
        self._in_state[HostState.WAITING] = dict.fromkeys(self.rows)
        self._with_fault[Fault.NONE] = dict.fromkeys(self.rows)

    def _process_started(self, _event: Event) -> None:
        self.state = RunState.WAITING if self.waiting_for else RunState.RUNNING

    def _of_host(self, event: Event) -> None:
        row = self.rows[event.host or ""]
        before, fault = row.state, row.fault
        match event.kind:
            case EventKind.INTENT:
                row.intend(self.kind, event)
            case EventKind.OUTCOME:
                row.answer(self.kind, event)
            case EventKind.HOST_READ:
                row.read(event)
            case EventKind.HOST_SKIPPED:
                row.skip(event)
            case EventKind.ERRAND_SENT:
                row.send(event)
            case EventKind.ERRAND_TOLD:
                row.errand_told(event)
            case EventKind.ERRAND_ENDED:
                row.errand_ended(event)
            case _:
                row.not_reached(event)
        if row.state is not before:
            del self._in_state[before][row.name]
            self._in_state[row.state][row.name] = None
        if row.fault is not fault:
            del self._with_fault[fault][row.name]
            self._with_fault[row.fault][row.name] = None

    def _wave_started(self, event: Event) -> None:
        index = event.wave or 0
        self.waves[index].started = True
        self.current_wave = index

    def _soak_started(self, event: Event) -> None:
        self.state = RunState.SOAKING
        self.soak_until = event.at + event.data["seconds"]

    def _gate(self, event: Event) -> None:
        wave = self.waves[event.wave or 0]
        wave.gate = event.data["verdict"]
        wave.reasons = tuple(event.data["reasons"])
        self.state, self.soak_until = RunState.RUNNING, None

    def _wave_ended(self, event: Event) -> None:
        self.waves[event.wave or 0].ended = True

    def _waiting(self, event: Event) -> None:
        self.state, self.soak_until = RunState.WAITING, None
        self.waiting_for = event.data["for_what"]
        self.standing = None

    def _went_on(self, event: Event) -> None:
        self.state, self.soak_until = RunState.RUNNING, None
        self.waiting_for, self.standing = "", None
        if event.wave is None:
            return
        wave = self.waves[event.wave]
        for name in event.data["hosts"]:
            row = self.rows[name]
            del self._with_fault[row.fault][name]
            row.want_again()
            self._with_fault[row.fault][name] = None
        decided_by_person = event.data["order"] in {Order.RETRY.value, Order.SKIP.value}
        if event.data["hosts"] or decided_by_person:
            wave.gate, wave.reasons = "", ()
            wave.ended = wave.ended and not event.data["hosts"]

    def _order_given(self, event: Event) -> None:
        data = event.data
        self.pending[event.seq] = GivenOrder(
            seq=event.seq, order=Order(data["order"]), hosts=tuple(data["hosts"]), by=data["by"]
        )

    def _order_taken(self, event: Event) -> None:
        given = self.pending.pop(event.data["seq"])
        if event.data["accepted"]:
            self.standing = given

    def _ended(self, event: Event) -> None:
        self.state = RunState.ENDED
        self.ended_at = event.at
        self.result = RunResult(event.data["result"])
        self.waiting_for, self.soak_until = "", None
        self.standing = None


def _nothing(_event: Event) -> None:
    """Take in what changes nothing that people see besides the log itself."""
