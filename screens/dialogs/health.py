"""How the registry is, looked at again and again: what is wrong, what mends it, what moves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Final, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerState

from screens.dialogs.dialog import Dialog
from screens.finding_words import finding_detail, finding_line, keyed, reading_line
from screens.glyphs import Glyph, draw
from screens.widgets.line_view import LineList, LineView
from screens.widgets.paint import Line, plain
from screens.widgets.words_box import WordsBox
from wizard.clock import Clock
from wizard.errors import PilotageError
from wizard.service import Examination, Measure, Observation, SubjectName
from wizard.wording import _, mark

EVERY: Final = 10.0
"""Seconds between two looks: often enough to see a queue move, too seldom to be a load."""

_KEPT: Final = 360
_WATCHING: Final = "watching"
Mend = Callable[[Sequence[SubjectName]], Awaitable[None]]


class Look(Protocol):
    """Look at the registry; the first time an upload is tried too."""

    async def __call__(self, *, is_first: bool) -> Examination:
        """Return what was seen; raises PilotageError."""
        ...


class FindingList(LineList[str]):
    """What was seen, one line each; Enter looks closer, or shows what mends it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", mark("Mend or read"), id="mend", key_display="Enter")
    ]
    HELP = mark(
        "Worst first. What has a ▸ Pilotage can mend: Enter shows the planned change and asks."
        " Of the rest Enter shows the words to do it by hand."
    )


class HealthDialog(Dialog[None]):
    """Show what is seen of the registry as long as it is open.

    Args:
        look: at the registry.
        mend: shows what these subjects of provisioning would mend, and does it if that is meant.
        clock: waits between two looks.

    Attributes:
        found: what the last look saw.
    """

    is_wide = True
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012  # as Textual has it

    def __init__(self, look: Look, mend: Mend, clock: Clock) -> None:
        super().__init__()
        self.title_words = _("How the registry is")
        self._look = look
        self._mend = mend
        self._clock = clock
        self._past: dict[Measure, list[float]] = {}
        self.found: Examination | None = None
        self._shown: dict[str, Observation] = {}

    def compose_body(self) -> ComposeResult:
        """Show when it was looked at, what is measured, what was seen, and one of it closer."""
        yield WordsBox(plain(_("The registry is being looked at."), "muted"), id="looked")
        yield LineView(id="readings")
        yield FindingList(id="findings")
        yield LineView(id="detail")

    def on_mount(self) -> None:
        """Begin to look."""
        self.query_one("#readings").can_focus = False
        self.query_one("#findings").focus()
        self._watch()

    def _watch(self) -> None:
        self.run_worker(self._keep_looking(), group=_WATCHING, exclusive=True, exit_on_error=False)

    async def _keep_looking(self) -> None:
        while True:
            try:
                found = await self._look(is_first=self.found is None)
            except PilotageError as error:
                self._say(plain(f"{draw(Glyph.BAD)} {error.what}  {error.todo}", "bad"))
            else:
                self._keep(found)
                if found.is_login_refused:
                    # Each further try is a failed login, and those lock users out.
                    return
            await self._clock.sleep(EVERY)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell that nobody looks any more: what is on the screen would pass for news."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            words = _("a mistake of ours ended the watching: {name}").format(
                name=type(event.worker.error).__name__
            )
            self._say(plain(f"{draw(Glyph.BAD)} {words}", "bad"))

    def _say(self, line: Line) -> None:
        self.query_one("#looked", WordsBox).show(line)

    def _keep(self, found: Examination) -> None:
        for reading in found.readings:
            past = self._past.setdefault(reading.measure, [])
            past.append(reading.value)
            del past[:-_KEPT]
        self.found = found
        self._shown = keyed(found.observations)
        product = " ".join(
            part for part in (found.kind.value, found.version, found.edition) if part
        )
        looked = _("{url}  {product}  looked at every {seconds} s")
        if found.is_login_refused:
            looked = _("{url}  {product}  looked at once: failed logins lock users out")
        words = looked.format(url=found.url, product=product, seconds=round(EVERY))
        self._say(plain(words, "muted"))
        # The first look may be over before there is a width to wrap to.
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Wrap to another width."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self.found is None:
            return
        self.query_one("#readings", LineView).show(
            [reading_line(one, self._past[one.measure]) for one in self.found.readings]
        )
        rows = [(key, finding_line(one)) for key, one in self._shown.items()]
        self.query_one("#findings", FindingList).show_keyed(rows)
        self._draw_detail()

    def on_line_list_moved(self) -> None:
        """Show the words of what is under the cursor."""
        self._draw_detail()

    def _draw_detail(self) -> None:
        view = self.query_one("#detail", LineView)
        one = self._shown.get(self.query_one("#findings", FindingList).key or "")
        view.show(list(finding_detail(one, view.size.width - 1)) if one else [])

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Mend it where we can, else show its words whole."""
        one = self._shown.get(event.list.key or "")
        if one is None:
            return
        if one.fixed_by:
            self.run_worker(self._mend_and_look(one), group="mend", exit_on_error=False)
            return
        from screens.dialogs.reading import ReadingDialog  # noqa: PLC0415  # when asked for

        width = min(100, self.size.width * 9 // 10 - 4)
        title = _("By hand") if one.todo else _("What was seen")
        self.app.push_screen(ReadingDialog(title, list(finding_detail(one, width))))

    async def _mend_and_look(self, one: Observation) -> None:
        await self._mend(one.fixed_by)
        self._watch()
