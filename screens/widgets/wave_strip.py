"""The waves in a strip: name, bar, count and the gate's verdict, by sign and by word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.events import Resize
from textual.widget import Widget

from screens.glyphs import Glyph, draw
from screens.widgets.paint import Line, Piece, content_of, fitted
from screens.words import LOOKS, TROUBLED, grouped, wave_name
from wizard.journal.events import RunKind
from wizard.run.states import HostState
from wizard.run.view import WaveView
from wizard.wording import _

_CELL: Final = 36
_BAR: Final = 8
_MOST_LINES: Final = 3
_SETTLED: Final = frozenset(
    {HostState.CONFIRMED, HostState.UNCHANGED, HostState.ROLLED_BACK, HostState.READ}
)


class WaveStrip(Widget):
    """Show as many waves around the current one as three lines hold."""

    DEFAULT_CSS = "WaveStrip { height: auto; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._waves: tuple[WaveView, ...] = ()
        self._current: int | None = None
        self._kind = RunKind.ROLLOUT
        self._lines: list[Line] = []

    def show(self, waves: Sequence[WaveView], current: int | None, kind: RunKind) -> None:
        """Show the waves of a run of that kind as they are now."""
        if (tuple(waves), current, kind) != (self._waves, self._current, self._kind):
            self._waves, self._current, self._kind = tuple(waves), current, kind
            self._lay_out(self.size.width)

    def on_resize(self, event: Resize) -> None:
        """Lay the waves out anew."""
        self._lay_out(event.size.width)

    def _lay_out(self, width: int) -> None:
        per_line = max(1, width // _CELL)
        room = per_line * _MOST_LINES
        first = 0
        if len(self._waves) > room:
            first = max(0, min((self._current or 0) - 1, len(self._waves) - room))
        cells = [self._cell(wave) for wave in self._waves[first : first + room]]
        lines: list[Line] = [
            tuple(piece for cell in cells[start : start + per_line] for piece in cell)
            for start in range(0, len(cells), per_line)
        ]
        if lines != self._lines:
            if len(lines) != len(self._lines):
                self.styles.height = len(lines)
            self._lines = lines
            self.refresh()

    def render(self) -> Content:
        """Return the strip."""
        return content_of(self._lines)

    def _cell(self, wave: WaveView) -> Line:
        counts = dict(wave.counts)
        total = max(1, len(wave.hosts))
        settled = sum(counts.get(state, 0) for state in _SETTLED)
        troubled = sum(counts.get(state, 0) for state in TROUBLED)
        mark = draw(Glyph.HERE) if wave.index == self._current else " "
        count = f" {grouped(settled)}/{grouped(len(wave.hosts))} "
        sign, tone = _gate(wave)
        used = 1 + 9 + _BAR + len(count)
        return (
            (mark, "live"),
            (
                fitted(wave_name(wave.index, self._kind), 9),
                "strong" if wave.index == self._current else "",
            ),
            *_bar(settled, troubled, total),
            (count, ""),
            (fitted(sign, _CELL - used), tone),
        )


def _bar(settled: int, troubled: int, total: int) -> tuple[Piece, ...]:
    bad = min(_BAR, -(-troubled * _BAR // total))
    done = min(_BAR - bad, settled * _BAR // total)
    rest = _BAR - bad - done
    return (
        (draw(Glyph.FULL) * done, "ok"),
        ("x" * bad, "bad"),
        (draw(Glyph.EMPTY) * rest, "rule"),
    )


def _gate(wave: WaveView) -> Piece:
    troubled = [(state, count) for state, count in wave.counts if state in TROUBLED and count]
    match wave.gate:
        case "ok":
            return (f"{draw(Glyph.DONE)} " + _("proven"), "ok")
        case "failed":
            return (f"{draw(Glyph.BAD)} " + _("gate closed"), "bad")
        case "inconclusive":
            return (f"{draw(Glyph.LOST)} " + _("no verdict"), "warn")
        case _undecided if troubled:
            state, count = troubled[0]
            return (f"{count} {_(LOOKS[state].word)}", LOOKS[state].tone)
        case _undecided if wave.started:
            settled = sum(count for state, count in wave.counts if state in _SETTLED)
            return (_("in work"), "live") if settled < len(wave.hosts) else (_("done"), "ok")
        case _undecided:
            return ("", "")
