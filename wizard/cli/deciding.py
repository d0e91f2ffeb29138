"""What to tell a run that waits at a gate: asked on a terminal, chosen beforehand without one."""

from __future__ import annotations

from enum import Enum
from typing import Final

from wizard.cli.following import Decide
from wizard.cli.questions import choose
from wizard.cli.run_text import trouble_lines
from wizard.cli.state_words import order_name
from wizard.cli.surroundings import Session
from wizard.journal.events import Order
from wizard.run.choices import BETWEEN_WAVES
from wizard.run.view import RunView
from wizard.wording import _

_WAIT: Final = "wait"


class FailedGate(Enum):
    """What an unattended command does when a gate failed."""

    WAIT = "wait"
    STOP = "stop"
    ROLL_BACK_WAVE = "roll-back-wave"
    ROLL_BACK_ALL = "roll-back-all"


_ORDER_OF: Final = {
    FailedGate.WAIT: None,
    FailedGate.STOP: Order.STOP,
    FailedGate.ROLL_BACK_WAVE: Order.ROLL_BACK_WAVE,
    FailedGate.ROLL_BACK_ALL: Order.ROLL_BACK_ALL,
}


def decide_at_gates(session: Session, on_failed_gate: FailedGate) -> Decide:
    """Return who answers a waiting run: the operator, or `--yes` with `on_failed_gate`.

    Unattended, a run that asks between waves goes on; one whose gate failed gets the order that
    was chosen beforehand, once. Without `--yes` and without a terminal it is left waiting.
    """
    given: list[Order] = []

    def decide(view: RunView) -> Order | None:
        if session.surroundings.is_interactive and not session.yes:
            return _asked(session, view)
        if view.waiting_for == BETWEEN_WAVES:
            return Order.GO_ON if session.yes else None
        order = _ORDER_OF[on_failed_gate]
        if order is None or order in given or order not in view.choices:
            return None
        given.append(order)
        return order

    return decide


def _asked(session: Session, view: RunView) -> Order | None:
    say = session.output.say
    for host in view.hosts:
        if host.trouble and host.wave == view.current_wave:
            for line in trouble_lines(host.trouble):
                say(line)
            say("")
    reasons = [reason for wave in view.waves[-1:] for reason in wave.reasons]
    if view.current_wave is not None:
        reasons = list(view.waves[view.current_wave].reasons)
    for reason in reasons:
        say(_("gate: {reason}").format(reason=reason))
    names = [order_name(choice) for choice in view.choices]
    answer = choose(
        session,
        _("The run waits. What now? (wait leaves it waiting)"),
        [*names, _WAIT],
        default=_WAIT,
    )
    return None if answer == _WAIT else Order(answer.replace("-", "_"))
