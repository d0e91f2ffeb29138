"""Step 4: the rollout as it goes: how many, how fast, what failed, what now."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer

from screens.context import Context
from screens.following import RunFollower
from screens.session import Step
from screens.steps.step_screen import StepScreen
from screens.styles import style_path
from screens.widgets.fleet_table import FleetTable
from screens.widgets.run_panel import RunPanel
from wizard.journal.events import Order
from wizard.run.states import RunState
from wizard.run.view import RunView
from wizard.wording import _, mark


class RollOutScreen(StepScreen):
    """Follow the rollout, answer its gates, pause and stop it."""

    CSS_PATH = style_path("roll_out")
    step = Step.ROLL_OUT
    headline = mark("Rollout")
    why = mark("It runs in a process of its own: leaving this screen never stops it.")
    HELP = mark(
        "p pauses, g goes on, s stops, d opens the gate's question again. Enter on a host in"
        " trouble shows what happened, its state now, and what to do. F9 rolls back."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "order('pause')", mark("Pause"), id="pause"),
        Binding("g", "order('go_on')", mark("Go on"), id="go_on"),
        Binding("s", "order('stop')", mark("Stop"), id="stop"),
        Binding("d", "decide", mark("Decide"), id="decide"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._follower = RunFollower(self, self._keep)
        self._ticking: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """Show the run."""
        yield RunPanel()

    def on_mount(self) -> None:
        """Put the cursor into the table."""
        self.query_one(FleetTable).focus()

    def enter(self) -> None:
        """Follow the session's rollout."""
        if self.session.rollout:
            self._follower.follow(self.session.rollout)

    def _keep(self, view: RunView) -> None:
        self.session.rollout = view
        self._tick_while(view.state is RunState.SOAKING)

    def _tick_while(self, is_soaking: bool) -> None:  # noqa: FBT001  # one plain fact
        """Count down once a second while soaking; a still screen costs nothing."""
        if is_soaking and self._ticking is None:
            self._ticking = self.set_interval(1.0, self._tick)
        elif not is_soaking and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    def _tick(self) -> None:
        self.query_one(RunPanel).tick(self.context.clock.now())

    def next_words(self) -> str:
        """Say that all is well, or where the way back is."""
        if self.context.drill:
            return _("F10: Roll back, if you need it · q ends the drill")
        if self.context.is_practice or (self.session.rollout and self.session.rollout.ended_at):
            return _("F10: Roll back, if you need it")
        return _("F10: Roll back, if you need it · q leaves, the run goes on")

    # Orders

    def _choices(self) -> tuple[Order, ...]:
        return self.session.rollout.choices if self.session.rollout else ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only orders that make sense now."""
        if action == "order":
            return Order(str(parameters[0])) in self._choices()
        if action == "decide":
            is_waiting = self.session.rollout and self.session.rollout.state is RunState.WAITING
            return bool(is_waiting and self._choices())
        return super().check_action(action, parameters)

    def action_order(self, order: str) -> None:
        """Give the order."""
        self._follower.want(Order(order))

    def action_decide(self) -> None:
        """Open the gate's question."""
        self._follower.ask_gate()

    def on_run_panel_order_wanted(self, event: RunPanel.OrderWanted) -> None:
        """Give the order of a button."""
        self._follower.want(event.order)

    def on_fleet_table_chosen(self, event: FleetTable.Chosen) -> None:
        """Show a host's trouble or its facts."""
        from screens.looking import look_at_host  # noqa: PLC0415  # when asked for

        look_at_host(self, self.session, event.host)

    def on_fleet_table_filter_wanted(self, event: FleetTable.FilterWanted) -> None:
        """Ask for the filter text."""
        from screens.looking import ask_filter  # noqa: PLC0415  # when asked for

        ask_filter(self, event.table)
