"""Provisioning: the plan as a difference, one confirmation, progress, and what was read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from enum import Enum
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.worker import Worker, WorkerState

from screens.dialogs.dialog import Dialog
from screens.glyphs import Glyph, draw
from screens.provision_lines import (
    CHANGING,
    counts_words,
    done_words,
    finding_lines,
    next_subject,
    progress_words,
)
from screens.provisioning import Provisioning
from screens.widgets.action_button import ActionButton
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line, plain
from screens.widgets.words_box import WordsBox
from wizard.errors import PilotageError
from wizard.secret import Secret
from wizard.service import Action, Finding, ProvisioningPlan, SubjectName
from wizard.wording import _, ngettext

_AROUND: Final = 12
"""Rows of the dialog beside its list, and of the step behind it."""


class _Stage(Enum):
    LOOKING = "looking"
    PLANNED = "planned"
    WORKING = "working"
    ENDED = "ended"


class ProvisionDialog(Dialog[bool]):
    """Close with whether anything was changed.

    Args:
        provisioning: of the target.
        remember: is told each secret that the product tells once, so that no report shows it.
        mends: do only what these subjects mend; empty for all that is wanted.
    """

    is_wide = True

    def __init__(
        self,
        provisioning: Provisioning,
        *,
        remember: Callable[[str, Secret], None],
        mends: Sequence[SubjectName] = (),
    ) -> None:
        super().__init__()
        self.title_words = _("Mend it") if mends else _("Set up what is wanted")
        self._provisioning = provisioning
        self._remember = remember
        self._mends = mends
        self._stage = _Stage.LOOKING
        self._findings: tuple[Finding, ...] = ()
        self._done: list[str] = []
        self._is_stopping = False
        self.failure: PilotageError | None = None

    def compose_body(self) -> ComposeResult:
        """Show what is going on, the plan, and two buttons, the harmless one first."""
        yield WordsBox(plain(_("The registry is being looked at."), "muted"), id="told")
        yield LineView(id="provision")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton("", id="yes", danger=True, disabled=True)

    def on_mount(self) -> None:
        """Look what is to be done."""
        self.query_one("#no").focus()
        self.run_worker(self._guarded_look(), exit_on_error=False)

    # Looking

    async def _guarded_look(self) -> None:
        try:
            plan = await self._provisioning.plan()
            plan = await self._with_licence(plan)
            self._findings = plan.mending(self._mends) if self._mends else plan.findings
            self._show_plan(plan)
        except PilotageError as error:
            self._fail(error)

    async def _with_licence(self, plan: ProvisioningPlan) -> ProvisioningPlan:
        """Show the licence where it stands in the way; only the operator accepts it."""
        in_the_way = plan.mending(self._mends) if self._mends else plan.findings
        is_asked = any(one.action is Action.BY_HAND for one in in_the_way)
        if not plan.licence or not is_asked or self._provisioning.accepted:
            return plan
        from screens.dialogs.licence import LicenceDialog  # noqa: PLC0415  # of one product only

        if not await self.app.push_screen_wait(LicenceDialog(plan.licence)):
            return plan
        self._provisioning.accepted = plan.licence
        return await self._provisioning.plan()

    def _show_plan(self, plan: ProvisioningPlan) -> None:
        todo = [one for one in self._findings if one.action in CHANGING]
        if not todo:
            words = counts_words(self._findings)
            if self._mends and not self._findings:
                words = _("What is wanted of it mends that not: it is left to you, as was said.")
            self._end(plain(words, "" if self._findings or self._mends else "ok"))
            return
        self._stage = _Stage.PLANNED
        product = " ".join(part for part in (plan.kind.value, plan.version) if part)
        told = [plain(f"{plan.url}  {product}  {counts_words(self._findings)}", "muted")]
        if by := self._provisioning.cut():
            words = _("Provisioning by {by} was cut; this goes on with it.")
            told.append(plain(words.format(by=by), "warn"))
        if any(one.tells_once for one in todo):
            told.append(plain(_("New secrets will be shown here once; keep them then."), "warn"))
        self.query_one("#told", WordsBox).show(*told)
        verb = ngettext("Do {count} change", "Do {count} changes", len(todo))
        yes = self.query_one("#yes", ActionButton)
        yes.label = verb.format(count=len(todo))
        yes.disabled = False
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
            self.query_one("#no", ActionButton).label = _("Stop")
            self.query_one("#no").focus()
            self.run_worker(self._guarded_work(), exit_on_error=False)

    async def _guarded_work(self) -> None:
        try:
            await self._work()
        except PilotageError as error:
            before = _("{count} done before it failed; a second pass goes on.")
            self._fail(error, plain(before.format(count=len(self._done)), "muted"))

    async def _work(self) -> None:
        only = [one.subject for one in self._findings] if self._mends else None
        self._tell_next()
        left: list[Finding] = []
        async with aclosing(self._provisioning.carry_out(only, self._tell)) as calls:
            async for done in calls:
                finding = done.finding
                if done.shown_once:
                    await self._show_once(*done.shown_once)
                if finding.action in CHANGING:
                    self._done.append(finding.subject)
                    self._tell_next()
                elif finding.action is Action.BY_HAND:
                    left.append(finding)
                if self._is_stopping:
                    self._end(
                        plain(_("Stopped. {done}").format(done=done_words(len(self._done))), "warn")
                    )
                    return
        self._add_left(left)
        lines = [plain(f"{draw(Glyph.DONE)} {done_words(len(self._done))}", "ok")]
        if left:
            told = _("{count} left to you, above: BY HAND.").format(count=len(left))
            lines.append(plain(told, "warn"))
        self._end(*lines)

    async def _show_once(self, name: str, secret: Secret) -> None:
        """Show a secret before anything else can fail: nobody tells it again."""
        from screens.dialogs.shown_once import ShownOnceDialog  # noqa: PLC0415  # when there is one

        self._remember(name, secret)
        await self.app.push_screen_wait(ShownOnceDialog(name, secret))

    def _add_left(self, left: Sequence[Finding]) -> None:
        """Show what only the attempt told that a person has to do."""
        known = {one.subject: one for one in left}
        self._findings = tuple(known.get(one.subject, one) for one in self._findings)

    # Showing

    def _tell_next(self) -> None:
        self._tell(progress_words(self._findings, self._done))

    def _tell(self, words: str) -> None:
        if self._stage is _Stage.WORKING and not self._is_stopping:
            self.query_one("#told", WordsBox).show(((f"{draw(Glyph.BUSY)} ", "live"), (words, "")))
            self._draw()

    def _fail(self, error: PilotageError, *lines: Line) -> None:
        self.failure = error
        told = " ".join(part for part in (error.what, error.state, error.todo) if part)
        self._end(plain(f"{draw(Glyph.BAD)} {told}", "bad"), *lines)

    def _end(self, *lines: Line) -> None:
        self._stage = _Stage.ENDED
        self.query_one("#told", WordsBox).show(*lines)
        no = self.query_one("#no", ActionButton)
        no.label = _("Close")
        self.query_one("#yes", ActionButton).display = False
        no.focus()
        self._draw()

    def on_resize(self) -> None:
        """Wrap to another width."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        view = self.query_one("#provision", LineView)
        width = (view.size.width or self.size.width * 9 // 10) - 1
        is_working = self._stage is _Stage.WORKING
        doing = next_subject(self._findings, self._done) if is_working else ""
        lines, here = finding_lines(self._findings, width, done=self._done, doing=doing)
        view.styles.height = min(len(lines), max(4, self.size.height - _AROUND))
        view.show(lines, keep_place=True)
        if is_working:
            view.scroll_to(y=max(0, here - 1), animate=False)

    def action_cancel(self) -> None:
        """Close; while something is done, stop after the subject that is under way."""
        if self._stage is _Stage.WORKING:
            self._is_stopping = True
            self.query_one("#told", WordsBox).show(
                plain(_("Stopping when what is under way is done and read back."), "warn")
            )
            return
        self.dismiss(bool(self._done))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell of a mistake of ours; what was done stays done."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            words = _("a mistake of ours ended it: {name}")
            name = type(event.worker.error).__name__
            self._end(plain(f"{draw(Glyph.BAD)} {words.format(name=name)}", "bad"))
