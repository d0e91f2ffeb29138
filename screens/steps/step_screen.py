"""What the five steps share: frame, keys, and how work in the background reports trouble."""

from __future__ import annotations

import os
from collections.abc import Coroutine
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from screens.context import Context
from screens.keys import STEP_KEYS
from screens.session import STEP_NAMES, Step
from screens.widgets.chrome import KeyLine, StatusLine, StepRail, TitleBar
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from wizard.errors import PilotageError
from wizard.wording import _

_MULTIPLEXERS: Final = (("TMUX", "tmux"), ("STY", "screen"))


class StepScreen(Screen[None]):
    """One step of the wizard; a subclass fills the body and says when Next is off.

    Attributes:
        headline, why: title and one sentence on why this step is there.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*STEP_KEYS]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012  # as Textual has it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012  # as Textual has it
    step: ClassVar[Step]
    headline: ClassVar[str]
    why: ClassVar[str]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.session = context.session
        self.service = context.service

    def fit(self, size: Size) -> None:
        """Take the classes of a terminal of that size before the first paint needs them."""
        for breakpoints, cells in (
            (self.HORIZONTAL_BREAKPOINTS, size.width),
            (self.VERTICAL_BREAKPOINTS, size.height),
        ):
            for least, name in breakpoints:
                if cells >= least:
                    self.remove_class(*(other for _least, other in breakpoints), update=False)
                    self.add_class(name, update=False)

    def compose(self) -> ComposeResult:
        """Lay out the frame around the body."""
        yield TitleBar(self.step)
        if self.context.drill:
            from screens.widgets.drill_strip import DrillStrip  # noqa: PLC0415  # in drills only

            yield DrillStrip(self.context.drill, self.context.clock)
        with Horizontal(id="middle"):
            yield StepRail(self.step)
            with Vertical(id="page"):
                yield WordsBox(plain(_(self.headline), "strong"), id="headline")
                yield WordsBox(plain(_(self.why), "muted"), id="why")
                with Vertical(id="body"):
                    yield from self.compose_body()
        yield StatusLine()
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """Return the step's own part."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Bring the frame up to date, and let the step look at what changed."""
        self.enter()
        self.refresh_frame()

    def enter(self) -> None:
        """Look at the answers as they are now; called each time the step is shown."""

    def reason_next_is_off(self) -> str:
        """Return why Next is off, or nothing if it is on."""
        following = _following(self.step)
        return self.session.reason_closed(following) if following else _("this is the last step")

    def next_words(self) -> str:
        """Return what Next does."""
        following = _following(self.step)
        return _("F10: {step}").format(step=_(STEP_NAMES[following])) if following else ""

    def go_next(self) -> None:
        """Do what Next does; called only when it is on."""
        following = _following(self.step)
        if following:
            self.context.go(following)

    def refresh_frame(self) -> None:
        """Bring rail, reason line, title and keys up to date."""
        if not self.is_mounted:
            return
        self.query_one(StepRail).show(self.session)
        reason = self.reason_next_is_off()
        status = self.query_one(StatusLine)
        if reason:
            status.say_closed(reason)
        else:
            status.say_open(self.next_words())
        self.query_one(TitleBar).show_right(self._right_words())
        self.refresh_bindings()

    def _right_words(self) -> str:
        parts = [_("practice fleet")] if self.context.is_practice else []
        parts += [self.session.path.name]
        parts += [word for name, word in _MULTIPLEXERS if os.environ.get(name)]
        return " · ".join(parts)

    # Keys

    def action_go_next(self) -> None:
        """Go on, or say why not."""
        reason = self.reason_next_is_off()
        if reason:
            self.app.notify(_("Next is off: {reason}").format(reason=reason))
        else:
            self.go_next()

    def action_go_back(self) -> None:
        """Go back one step; answers stay."""
        if self.step.value > 1:
            self.context.go(Step(self.step.value - 1))
        else:
            self.app.notify(_("This is the first step. q quits; answers are saved."))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        """Hide Roll back until something can be rolled back, and Next on the last step."""
        if action == "go_next":
            return _following(self.step) is not None
        if action == "roll_back":
            is_elsewhere = self.step is not Step.ROLL_BACK
            return is_elsewhere and not self.session.reason_closed(Step.ROLL_BACK)
        return True

    def action_roll_back(self) -> None:
        """Go to Roll back from wherever this is."""
        self.context.go(Step.ROLL_BACK)

    def action_help(self) -> None:
        """Explain what is focused and all keys."""
        from screens.dialogs.help import HelpDialog  # noqa: PLC0415  # loaded when first asked for

        goal = self.context.drill.goal if self.context.drill else ""
        self.app.push_screen(HelpDialog.of(self, goal=goal))

    def action_quit_dialog(self) -> None:
        """Ask whether to leave, saying what goes on."""
        from screens.dialogs.leave import (  # noqa: PLC0415  # loaded when asked for
            EndDrillDialog,
            LeaveDialog,
        )

        dialog = (
            EndDrillDialog()
            if self.context.drill
            else LeaveDialog(self.session, is_practice=self.context.is_practice)
        )
        self.app.push_screen(dialog, self._leave)

    def _leave(self, leaves: bool | None) -> None:  # noqa: FBT001  # a dialog's result
        if leaves:
            self.app.exit(return_code=0)

    def action_copy(self) -> None:
        """Copy what the focused part shows."""
        from screens.copying import copy_focused  # noqa: PLC0415  # loaded when first asked for

        self.start(copy_focused(self), group="copy")

    def action_change_look(self) -> None:
        """Use the next theme."""
        from screens.look import ORDER  # noqa: PLC0415  # loaded when first asked for

        now = self.app.theme
        index = ORDER.index(now) if now in ORDER else -1
        self.app.theme = ORDER[(index + 1) % len(ORDER)]

    # Work in the background

    def start(self, work: Coroutine[Any, Any, None], *, group: str) -> Worker[None]:
        """Do `work` in the background; what it raises is shown as an error card."""
        return self.run_worker(
            self._guarded(work), group=group, exclusive=True, exit_on_error=False
        )

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except PilotageError as error:
            from screens.dialogs.error_card import ErrorCard  # noqa: PLC0415  # in trouble only

            await self.app.push_screen_wait(ErrorCard.of_error(error))
        finally:
            self.refresh_frame()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Report a fault of ours without ending the wizard."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        from screens.crash_report import report_text, write_report  # noqa: PLC0415  # in trouble
        from screens.dialogs.error_card import ErrorCard  # noqa: PLC0415  # same

        text = report_text(error, secrets=tuple(self.session.secrets.values()))
        report = write_report(text, self.context.state_folder(), moment=self.context.clock.now())
        self.app.push_screen(ErrorCard.of_fault(type(error).__name__, report))


def _following(step: Step) -> Step | None:
    return None if step is Step.ROLL_BACK else Step(step.value + 1)
