"""An installation: what stands against it, one confirmation, what the host told, what is next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.worker import Worker, WorkerState

from screens.dialogs.dialog import Dialog
from screens.errands import ErrandSender
from screens.glyphs import Glyph, draw
from screens.install_lines import installed_lines, plan_lines, preflight_lines, step_lines
from screens.installing import Installed, Installing
from screens.widgets.action_button import ActionButton
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line, plain
from screens.widgets.words_box import WordsBox
from screens.words import duration
from wizard.errors import PilotageError
from wizard.journal.events import EventKind
from wizard.run.view import RunView
from wizard.secret import Secret
from wizard.service import Errand, ErrandAnswer, ErrandStep, Preflight
from wizard.wording import _

_AROUND: Final = 13
"""Rows of the dialog beside its list, and of the step behind it."""


class _Stage(Enum):
    LOOKING = "looking"
    PLANNED = "planned"
    WORKING = "working"
    ENDED = "ended"


class InstallDialog(Dialog[Installed]):
    """Close with what came of it, None where nothing did; fits `screens.installing.Hands`.

    Args:
        installing: the product, with all that was asked.
        sender: of errands.
        shown: is told when a new password was shown to a person.
    """

    is_wide = True

    def __init__(
        self,
        installing: Installing,
        sender: ErrandSender,
        *,
        shown: Callable[[], None],
    ) -> None:
        super().__init__()
        self.title_words = installing.title
        self._installing = installing
        self._sender = sender
        self._shown = shown
        self._stage = _Stage.LOOKING
        self._preflight: Preflight | None = None
        self._answers: list[ErrandAnswer] = []
        self._installed: Installed | None = None
        self._doing = ""
        self._run = ""
        self._since = 0.0
        self._told: tuple[Mapping[str, Any], ...] = ()

    def compose_body(self) -> ComposeResult:
        """Show what is going on, the plan, and two buttons, the harmless one first."""
        yield WordsBox(plain(_("The host is being looked at."), "muted"), id="told")
        yield LineView(id="steps")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton(_("Install it"), id="yes", danger=True, disabled=True)

    def on_mount(self) -> None:
        """Look at the host; nothing of it is changed."""
        self.query_one("#no").focus()
        self.set_interval(1.0, self._tell)
        self.run_worker(self._guarded(self._look), exit_on_error=False)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except PilotageError as error:
            others = (plain(part) for part in (error.state, error.todo) if part)
            self._end(plain(f"{draw(Glyph.BAD)} {error.what}", "bad"), *others)

    async def _look(self) -> None:
        answer = await self.send(_("The host is being looked at"), self._installing.look())
        self._answers.clear()
        self._preflight = self._installing.judged(answer)
        if self._preflight.is_blocked:
            words = _("It cannot be installed there as it is; nothing was changed.")
            self._end(plain(f"{draw(Glyph.BAD)} {words}", "bad"))
            return
        self._stage = _Stage.PLANNED
        self.query_one("#told", WordsBox).show(
            plain(_("This would be done. What is done already stays as it is."), "muted")
        )
        self.query_one("#yes", ActionButton).disabled = False
        self._draw()

    # Doing

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.action_cancel()

    @on(ActionButton.Pressed, "#yes")
    def _yes(self) -> None:
        if self._stage is _Stage.PLANNED:
            self._stage = _Stage.WORKING
            self.query_one("#yes", ActionButton).display = False
            self.query_one("#no", ActionButton).label = _("Leave it to its run")
            self.query_one("#no").focus()
            self._draw()
            self.run_worker(self._guarded(self._work), exit_on_error=False)

    async def _work(self) -> None:
        self._installed = await self._installing.carry_out(self)
        sign, tone = (Glyph.DONE, "ok") if self._installed.is_ready else (Glyph.CONFLICT, "warn")
        self._end(plain(f"{draw(sign)} {self._installed.told}", tone))

    async def send(
        self, words: str, errand: Errand, *, payload: Secret | None = None
    ) -> ErrandAnswer:
        """Have an errand carried out, and say so meanwhile; raises PilotageError."""
        self._doing, self._since = words, self._sender.context.clock.now()

        try:
            answer = await self._sender.send(
                errand, screen=self, payload=payload, told=self._follow
            )
        finally:
            self._doing = self._run = ""
        self._told = ()
        self._answers.append(answer)
        self._draw()
        return answer

    def _follow(self, view: RunView) -> None:
        """Show what the host told since, while its errand goes on."""
        self._run = view.run
        told = tuple(event.data for event in view.recent if event.kind is EventKind.ERRAND_TOLD)
        if self._stage is _Stage.WORKING and told != self._told:
            self._told = told
            self._draw()
        self._tell()

    async def accepts(self, licence: str) -> bool:
        """Show the licence; only the operator accepts it."""
        from screens.dialogs.licence import LicenceDialog  # noqa: PLC0415  # of one product only

        is_accepted = await self.app.push_screen_wait(LicenceDialog(licence))
        return is_accepted is True

    async def show_once(self, name: str, secret: Secret) -> None:
        """Show a secret before it is used: so no cut can lose it."""
        from screens.dialogs.shown_once import ShownOnceDialog  # noqa: PLC0415  # when there is one

        await self.app.push_screen_wait(ShownOnceDialog(name, secret))
        self._shown()

    # Showing

    def _tell(self) -> None:
        if not self._doing or not self._run:
            return
        passed = duration(self._sender.context.clock.now() - self._since)
        words = _("{doing}, by run {run}: {passed}")
        told = words.format(doing=self._doing, run=self._run, passed=passed)
        self.query_one("#told", WordsBox).show(((f"{draw(Glyph.BUSY)} ", "live"), (told, "")))

    def _end(self, *lines: Line) -> None:
        self._stage = _Stage.ENDED
        told = self.query_one("#told", WordsBox)
        told.show(*lines)
        told.refresh(layout=True)
        no = self.query_one("#no", ActionButton)
        no.label = _("Close")
        self.query_one("#yes", ActionButton).display = False
        no.focus()
        self._draw()

    def on_resize(self) -> None:
        """Wrap to another width."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        view = self.query_one("#steps", LineView)
        width = (view.size.width or self.size.width * 9 // 10) - 1
        lines = self._lines(width)
        view.styles.height = max(1, min(len(lines), self.size.height - _AROUND))
        view.show(lines, keep_place=True)

    def _lines(self, width: int) -> Sequence[Line]:
        lines: list[Line] = []
        if self._installed:
            lines += installed_lines(self._installed, width)
        if not self._answers and not self._told and self._preflight:
            lines += preflight_lines(self._preflight, width)
            if not self._preflight.is_blocked:
                lines += plan_lines(self._installing.plan(), width)
        for answer in self._answers:
            lines += step_lines(answer.steps, width)
        told = (ErrandStep(subject=one["subject"], result=one["result"]) for one in self._told)
        lines += step_lines(tuple(told), width)
        return lines

    def action_cancel(self) -> None:
        """Close; what the host was sent goes on in a run of its own."""
        if self._stage is _Stage.WORKING and self._run:
            words = _("Run {run} goes on by itself. Install it again to go on after it.")
            self.app.notify(words.format(run=self._run))
        self.dismiss(self._installed)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell of a mistake of ours; what was done stays done."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            words = _("a mistake of ours ended it: {name}")
            name = type(event.worker.error).__name__
            self._end(plain(f"{draw(Glyph.BAD)} {words.format(name=name)}", "bad"))
