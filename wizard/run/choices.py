"""Which orders make sense at a moment; pure."""

from __future__ import annotations

from typing import Final

from wizard.journal.events import Order, RunKind

PAUSED: Final = "pause"
BETWEEN_WAVES: Final = "gate"
FAILED_GATE: Final = "choice"
"""What a run can be waiting for, as in the event WAITING."""

_BACK: Final = (Order.ROLL_BACK_WAVE, Order.ROLL_BACK_ALL)


def choices_now(
    kind: RunKind, *, waiting_for: str, standing: Order | None, changed: bool
) -> tuple[Order, ...]:
    """Return the orders that a run would accept now.

    Args:
        kind: of the run.
        waiting_for: one of the three above, or empty while it works.
        standing: the accepted order that it has not finished obeying.
        changed: whether any host is changed, so that there is something to roll back.
    """
    if kind in {RunKind.DISCOVERY, RunKind.ERRAND}:
        return () if standing else (Order.STOP,)
    back = _BACK if changed and kind is RunKind.ROLLOUT else ()
    match standing:
        case None:
            return (*_unhindered(kind, waiting_for), *back)
        case Order.PAUSE:
            return (Order.GO_ON, Order.STOP, *back)
        case Order.STOP:
            return (Order.STOP_NOW, *back[1:])
        case Order.STOP_NOW:
            return back[1:]
        case _:
            return ()


def _unhindered(kind: RunKind, waiting_for: str) -> tuple[Order, ...]:
    match waiting_for:
        case "":
            return (Order.PAUSE, Order.STOP)
        case "choice" if kind is RunKind.ROLLOUT:
            return (Order.RETRY, Order.SKIP, Order.STOP)
        case _:
            return (Order.GO_ON, Order.STOP)
