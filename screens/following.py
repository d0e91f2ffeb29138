"""Following a run on a step: its views, its orders, its gate; for rollouts and rollbacks."""

from __future__ import annotations

from collections.abc import Callable

from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.gate import GateDialog
from screens.steps.step_screen import StepScreen
from screens.widgets.run_panel import RunPanel
from screens.words import ORDER_VERBS, hosts_counted
from wizard.journal.events import Order
from wizard.run.states import RunState
from wizard.run.view import RunView
from wizard.wording import _, mark

_HERTZ = 4.0
_ASKED_FIRST = {
    Order.STOP: mark("No further host is changed. What is armed is settled by its gate."),
    Order.STOP_NOW: mark("The soak is cut short. What is not confirmed is taken back."),
    Order.ROLL_BACK_WAVE: mark("Every host of this wave goes back to what it was."),
    Order.ROLL_BACK_ALL: mark("Every host of this run goes back to what it was."),
}
_GATES = frozenset({"gate", "choice"})


class RunFollower:
    """Show a run in a panel as its journal grows, and pass orders on.

    Args:
        screen: the step that the panel is on.
        keep: stores the newest view in the session.
    """

    def __init__(self, screen: StepScreen, keep: Callable[[RunView], None]) -> None:
        self._screen = screen
        self._keep = keep
        self._run = ""
        self._asked_at = -1
        self._frame: tuple[object, ...] = ()

    def follow(self, view: RunView) -> None:
        """Show `view`, and all later ones of its run until it has ended."""
        self._show(view)
        if view.ended_at is None and self._run != view.run:
            self._run = view.run
            self._screen.start(self._follow(view.run), group="follow")

    async def _follow(self, run: str) -> None:
        try:
            async for view in self._screen.service.watch(run, hertz=_HERTZ):
                self._show(view)
        finally:
            self._run = ""

    def _show(self, view: RunView) -> None:
        self._keep(view)
        panel = self._screen.query_one(RunPanel)
        panel.show(view, now=self._screen.context.clock.now())
        if self._frame != (frame := (view.state, view.choices, view.changed, view.ended_at)):
            self._frame = frame
            self._screen.refresh_frame()
        wants_answer = view.state is RunState.WAITING and view.waiting_for in _GATES
        if wants_answer and view.choices and self._asked_at != self._question(view):
            self._asked_at = self._question(view)
            if self._screen.is_current:
                self.ask_gate()

    @staticmethod
    def _question(view: RunView) -> int:
        """Return what stays the same while the same question is open."""
        return hash((view.run, view.current_wave, view.waiting_for, view.choices))

    def ask_gate(self) -> None:
        """Show the gate's question."""
        view = self._screen.query_one(RunPanel).view
        if view and view.choices:
            self._screen.app.push_screen(GateDialog(view), self._answer)

    def _answer(self, order: Order | None) -> None:
        if order:
            self.want(order)

    def want(self, order: Order | None) -> None:
        """Give an order, asking first when it is a dangerous one; None resumes an orphan."""
        self._screen.start(self._give(order), group="order")

    async def _give(self, order: Order | None) -> None:
        screen = self._screen
        view = screen.query_one(RunPanel).view
        if view is None:
            return
        if order is None:
            await screen.service.resume(view.run, secrets=screen.session.secrets)
            return
        verb = _(ORDER_VERBS[order])
        if order in _ASKED_FIRST:
            which = _("Run {run}, {hosts}").format(
                run=view.run, hosts=hosts_counted(len(view.hosts))
            )
            dialog = ConfirmDialog(f"{verb}?", [_(_ASKED_FIRST[order]), which], verb=verb)
            if not await screen.app.push_screen_wait(dialog):
                return
        screen.service.order(view.run, order)
        screen.app.notify(_("Told the run: {order}").format(order=verb))
