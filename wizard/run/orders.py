"""The orders that operators leave in the journal: each is accepted or refused, once."""

from __future__ import annotations

from contextlib import closing

from wizard.journal.events import EventKind, Order
from wizard.journal.folder import RunFolder
from wizard.journal.store import Draft
from wizard.run.recorder import Recorder
from wizard.run.reduce import GivenOrder
from wizard.wording import _


class OrderDesk:
    """Answers each order in the order of the journal; the accepted one becomes `standing`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._state = recorder.state

    async def run(self) -> None:
        """Answer orders until cancelled."""
        while True:
            await self._recorder.wait_until(lambda: bool(self._state.pending))
            given = next(iter(self._state.pending.values()))
            why = self._why_not(given)
            await self._recorder.record(
                Draft(
                    kind=EventKind.ORDER_TAKEN,
                    data={"seq": given.seq, "accepted": not why, "why": why},
                )
            )

    def _why_not(self, given: GivenOrder) -> str:
        unknown = [host for host in given.hosts if host not in self._state.rows]
        if unknown:
            return _("not a host of this run: {hosts}").format(hosts=", ".join(unknown))
        choices = self._state.choices
        if given.order in choices:
            return ""
        standing = self._state.standing
        if standing is not None:
            return _("“{order}” of {by} is being obeyed").format(
                order=standing.order.value, by=standing.by
            )
        possible = ", ".join(order.value for order in choices) or _("none")
        return _("“{order}” makes no sense now; what does: {possible}").format(
            order=given.order.value, possible=possible
        )


class StopSignals:
    """Leaves the orders that signals to the run's process stand for."""

    def __init__(self, folder: RunFolder, run: str) -> None:
        self._folder = folder
        self._run = run
        self._order = Order.STOP

    def take(self, by: str) -> None:
        """Order to stop, and from the second signal on to stop now; `by` names the signal."""
        with closing(self._folder.open(self._run)) as journal:
            journal.append(order_draft(self._order, hosts=(), by=by))
        self._order = Order.STOP_NOW


def order_draft(order: Order, *, hosts: tuple[str, ...], by: str) -> Draft:
    """Return the event that leaves an order in a journal."""
    return Draft(
        kind=EventKind.ORDER_GIVEN, data={"order": order.value, "hosts": list(hosts), "by": by}
    )
