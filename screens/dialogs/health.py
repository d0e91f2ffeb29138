"""How the registry is, looked at again and again: what is wrong, and what moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from textual.app import ComposeResult
from textual.worker import Worker, WorkerState

from screens.dialogs.dialog import Dialog
from screens.glyphs import Glyph, draw
from screens.sparkline import sparkline
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line, fitted, plain
from screens.widgets.words_box import WordsBox
from screens.words import grouped
from screens.wrapping import wrapped
from wizard.clock import Clock
from wizard.errors import PilotageError
from wizard.service import Examination, Measure, Observation, Reading, Severity
from wizard.wording import _, mark

EVERY: Final = 10.0
"""Seconds between two looks: often enough to see a queue move, too seldom to be a load."""

_KEPT: Final = 360
_SPARKS: Final = 16
_NAME_WIDTH: Final = 18
_VALUE_WIDTH: Final = 10
_GIB: Final = 1 << 30
_SIGNS: Final[Mapping[Severity, tuple[Glyph, str]]] = {
    Severity.WELL: (Glyph.DONE, "ok"),
    Severity.NOTE: (Glyph.DOT, "muted"),
    Severity.TROUBLE: (Glyph.CONFLICT, "warn"),
    Severity.BROKEN: (Glyph.BAD, "bad"),
    Severity.UNKNOWN: (Glyph.LOST, "muted"),
}
_NAMES: Final[Mapping[Measure, str]] = {
    Measure.ANSWER: mark("time to answer"),
    Measure.FREE: mark("free on its disk"),
    Measure.QUEUE: mark("jobs waiting"),
    Measure.USED: mark("bytes of images"),
    Measure.REQUESTS: mark("requests in 24 h"),
    Measure.COMPONENTS: mark("components"),
}


class Look(Protocol):
    """Look at the registry; the first time an upload is tried too."""

    async def __call__(self, *, is_first: bool) -> Examination:
        """Return what was seen; raises PilotageError."""
        ...


class HealthDialog(Dialog[None]):
    """Show what is seen of the registry as long as it is open."""

    is_wide = True

    def __init__(self, look: Look, clock: Clock) -> None:
        super().__init__()
        self.title_words = _("How the registry is")
        self._look = look
        self._clock = clock
        self._past: dict[Measure, list[float]] = {}
        self._found: Examination | None = None

    def compose_body(self) -> ComposeResult:
        """Show when it was looked at, and what was seen."""
        yield WordsBox(plain(_("The registry is being looked at."), "muted"), id="looked")
        yield LineView(id="health")

    def on_mount(self) -> None:
        """Begin to look."""
        self.query_one("#health", LineView).focus()
        self.run_worker(self._keep_looking(), exit_on_error=False)

    async def _keep_looking(self) -> None:
        is_first = True
        while True:
            try:
                found = await self._look(is_first=is_first)
            except PilotageError as error:
                self._say(plain(f"{draw(Glyph.BAD)} {error.what}  {error.todo}", "bad"))
            else:
                self._keep(found)
                is_first = False
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
        self._found = found
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
        if self._found is None:
            return
        view = self.query_one("#health", LineView)
        lines = [self._reading_line(reading) for reading in self._found.readings]
        for one in self._found.observations:
            lines += _observation_lines(one, view.size.width)
        view.show(lines, keep_place=True)

    def _reading_line(self, reading: Reading) -> Line:
        value = _value_words(reading.measure, reading.value)
        is_over = reading.limit is not None and _is_over(reading)
        tone = "warn" if is_over else "strong"
        limit = ""
        if reading.limit is not None:
            words = _("  at least {bound}") if _is_floor(reading) else _("  at most {bound}")
            limit = words.format(bound=_value_words(reading.measure, reading.limit))
        return (
            (fitted(_(_NAMES[reading.measure]), _NAME_WIDTH), "muted"),
            (fitted(value, _VALUE_WIDTH), tone),
            (fitted(sparkline(self._past[reading.measure], _SPARKS), _SPARKS), "live"),
            (f"  {draw(Glyph.CONFLICT)}" if is_over else "", "warn"),
            (limit, "muted"),
        )


def _is_floor(reading: Reading) -> bool:
    return reading.measure is Measure.FREE


def _is_over(reading: Reading) -> bool:
    limit = reading.limit or 0.0
    return reading.value < limit if _is_floor(reading) else reading.value > limit


def _value_words(measure: Measure, value: float) -> str:
    match measure:
        case Measure.ANSWER:
            return _("{milliseconds} ms").format(milliseconds=grouped(round(value * 1000)))
        case Measure.FREE | Measure.USED:
            return _("{gibibytes} GiB").format(gibibytes=grouped(round(value / _GIB)))
        case _:
            return grouped(round(value))


def _observation_lines(one: Observation, width: int) -> list[Line]:
    glyph, tone = _SIGNS[one.severity]
    source = f" [{one.source}]" if one.source else ""
    first, *rest = wrapped(f"{one.found}{source}", width - 2) or [""]
    lines: list[Line] = [((f"{draw(glyph)} ", tone), (first, tone if tone != "ok" else ""))]
    lines += [plain(f"  {words}", tone if tone != "ok" else "") for words in rest]
    if one.todo:
        lines += [plain(f"    {words}", "strong") for words in wrapped(one.todo, width - 4)]
    return lines
