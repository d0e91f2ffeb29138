"""A run at one glance: how many, how fast, what failed, what now."""

from __future__ import annotations

from collections import Counter
from time import monotonic
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer

from screens.widgets.action_button import ActionButton
from screens.widgets.event_log import EventLog
from screens.widgets.fleet_table import FleetTable
from screens.widgets.paint import Line, Piece
from screens.widgets.wave_strip import WaveStrip
from screens.widgets.words_box import WordsBox
from screens.words import (
    BUSY,
    ORDER_SHORT,
    RESULT_WORDS,
    RUN_WORDS,
    TROUBLED,
    duration,
    grouped,
)
from wizard.journal.events import Order, RunKind
from wizard.run.states import HostState, RunState
from wizard.run.view import RunView
from wizard.wording import _

_DANGEROUS: Final = frozenset(
    {Order.STOP, Order.STOP_NOW, Order.ROLL_BACK_WAVE, Order.ROLL_BACK_ALL}
)
_DONE: Final = frozenset({HostState.CONFIRMED, HostState.ROLLED_BACK, HostState.UNCHANGED})
RESUME: Final = "resume"
_SUMMARY_AFTER: Final = 0.95
"""A little less than four views at 4 Hz: the summary is then painted together with rows."""


class RunPanel(Vertical):
    """Show a `RunView`: state, counts, waves, counters, hosts, events, and the orders."""

    DEFAULT_CSS = """
    RunPanel {
        height: 1fr;
        & #state { height: 1; }
        & #counters { height: 1; }
        & FleetTable { height: 1fr; min-height: 3; margin: 1 0 0 0; }
        & EventLog { height: 25%; min-height: 3; max-height: 10; margin: 1 0 0 0; }
        & .orders { height: 1; }
        & .orders ActionButton { margin: 0 1 0 0; padding: 0; }
    }
    """

    class OrderWanted(Message):
        """The operator pressed an order; `order` is None for going on with an orphaned run."""

        def __init__(self, order: Order | None) -> None:
            super().__init__()
            self.order = order

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.view: RunView | None = None
        self._timer: Timer | None = None
        self._summed_at = 0.0

    def compose(self) -> ComposeResult:
        """Lay out from the whole to the single host to the single event."""
        yield WordsBox(id="state")
        yield WaveStrip()
        yield WordsBox(id="counters")
        yield FleetTable()
        yield EventLog()
        with Horizontal(classes="orders"):
            for order in Order:
                yield ActionButton(
                    _(ORDER_SHORT[order]),
                    id=f"order-{order.value}",
                    danger=order in _DANGEROUS,
                )
            yield ActionButton(_("Go on from the hosts' truth"), id=f"order-{RESUME}")

    def on_mount(self) -> None:
        """Offer no order before a run is seen."""
        self._offer(())

    def show(self, view: RunView, *, now: float) -> None:
        """Show the run as it is; `now` is the epoch second for countdowns.

        Rows are brought up to date at once, the summary once a second unless what it asks
        of the operator changed: nobody reads counts faster, and a slow line carries them all.
        """
        before = self.view
        if before and before.run != view.run:
            self.query_one(EventLog).forget()
            self.query_one(FleetTable).replace_hosts(())
        self.view = view
        table = self.query_one(FleetTable)
        table.kind = view.kind
        table.update_hosts(view.hosts)
        is_due = monotonic() - self._summed_at >= _SUMMARY_AFTER
        if before is None or is_due or _asks(before) != _asks(view):
            self._show_summary(now)
        elif self._timer is None:
            # The last view of a burst has no other after it that would bring the summary along.
            self._timer = self.set_timer(2 * _SUMMARY_AFTER, lambda: self._show_summary(now))

    def _show_summary(self, now: float) -> None:
        view = self.view
        self._summed_at = monotonic()
        if self._timer:
            self._timer.stop()
            self._timer = None
        if view is None:
            return
        self.tick(now)
        self.query_one(WaveStrip).show(view.waves, view.current_wave, view.kind)
        self.query_one("#counters", WordsBox).show(_counters(view))
        self.query_one(EventLog).take(view.recent, view.kind)
        self._offer(view.choices)

    def tick(self, now: float) -> None:
        """Bring the countdown up to date."""
        if self.view:
            self.query_one("#state", WordsBox).show(state_line(self.view, now))

    def _offer(self, choices: tuple[Order, ...]) -> None:
        for order in Order:
            self.query_one(f"#order-{order.value}").display = order in choices
        is_orphan = self.view is not None and self.view.state is RunState.ORPHANED
        self.query_one(f"#order-{RESUME}").display = is_orphan

    def on_action_button_pressed(self, event: ActionButton.Pressed) -> None:
        """Pass an order up."""
        event.stop()
        value = (event.button.id or "").removeprefix("order-")
        self.post_message(self.OrderWanted(None if value == RESUME else Order(value)))


def _asks(view: RunView) -> tuple[object, ...]:
    """Return what an operator must see at once when it changes."""
    gates = tuple(wave.gate for wave in view.waves)
    return (
        view.run,
        view.state,
        view.result,
        view.choices,
        view.current_wave,
        gates,
        view.counters,
        view.changed,
    )


def _counts(view: RunView) -> dict[HostState, int]:
    """Return hosts by state; of a run with waves those in them, which have counted them already.

    Others have nothing to do, or are blocked: they are part of no work.
    """
    if not view.waves:
        return dict(Counter(host.state for host in view.hosts))
    counts: dict[HostState, int] = {}
    for wave in view.waves:
        for state, count in wave.counts:
            counts[state] = counts.get(state, 0) + count
    return counts


def state_line(view: RunView, now: float) -> Line:
    """Return how a run goes, and how many of the hosts that take part are done."""
    counts = _counts(view)
    done = sum(counts.get(state, 0) for state in _DONE)
    every = sum(counts.values())
    busy = sum(counts.get(state, 0) for state in (*BUSY, HostState.ARMED))
    troubled = sum(counts.get(state, 0) for state in TROUBLED)
    words = _(RESULT_WORDS[view.result]) if view.result else _(RUN_WORDS[view.state])
    tone = {RunState.WAITING: "warn", RunState.ORPHANED: "danger"}.get(view.state, "live")
    pieces: list[Piece] = [
        (f"{words}  ", "strong" if view.result else tone),
        (
            _("{done}/{all} done").format(done=grouped(done), all=grouped(every)),
            "strong",
        ),
        (" · ", "muted"),
        (_("{count} in work").format(count=grouped(busy)), "live" if busy else "muted"),
        (" · ", "muted"),
        (_("{count} in trouble").format(count=grouped(troubled)), "bad" if troubled else "muted"),
    ]
    if view.soak_until is not None and view.state is RunState.SOAKING:
        left = duration(max(0.0, view.soak_until - now))
        pieces.append((" · " + _("gate in {left}").format(left=left), "warn"))
    if view.last_words:
        pieces.append((" · " + " ".join(view.last_words.split()), "danger"))
    if view.current_wave is not None and not view.result:
        first = 1 if view.kind is RunKind.ROLLBACK else 0
        number, last = view.current_wave + first, len(view.waves) - 1 + first
        where = _("canary wave")
        if number:
            where = _("wave {number} of {last}").format(number=number, last=last)
        pieces.append((f" · {where}", "muted"))
    return tuple(pieces)


def _counters(view: RunView) -> Line:
    counted = view.counters
    parts = (
        (_("failed after change"), counted.failed_after_change),
        (_("unreachable before"), counted.unreachable_before_change),
        (_("lost after change"), counted.lost_after_change),
    )
    pieces: list[Piece] = []
    for words, count in parts:
        pieces += [(f"{words} ", "muted"), (grouped(count), "bad" if count else ""), ("   ", "")]
    return tuple(pieces)
