"""The compatibility matrix as lines: counts of each addressing, and whom each of them concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len

from screens.glyphs import Glyph, draw
from screens.widgets.paint import Line, Piece, fitted, plain, text_of, widest
from screens.words import grouped
from wizard.planning.matrix import ADDRESSING_WORDS, COST_WORDS, Cell, Cost, Row
from wizard.planning.plan import Block
from wizard.target import Addressing
from wizard.wording import _

_SIGNS: Final = {
    Cost.TRANSPARENT: ("ok", Glyph.DONE),
    Cost.RELOAD: ("ok", Glyph.DONE),
    Cost.RESTART: ("warn", Glyph.ARMED),
    Cost.NAMES: ("warn", Glyph.STALE),
    Cost.IMPOSSIBLE: ("bad", Glyph.BAD),
}

_COLUMNS: Final = 74
"""Cells of a line's words on a terminal of 80, its cursor and scrollbar left out."""
_Reason = tuple[tuple[Block, ...], tuple[str, ...]]


def matrix_rows(matrix: Sequence[Row]) -> list[tuple[str | None, Line]]:
    """Return a line for each addressing with its counts, keyed by the addressing."""
    if not matrix:
        return []
    title = _("What each addressing of a target costs the hosts")
    width = widest([_(words) for words in ADDRESSING_WORDS.values()], at_most=20) + 2
    rows: list[tuple[str | None, Line]] = [(None, plain(title, "muted"))]
    for addressing, words in ADDRESSING_WORDS.items():
        counted = Counter(cell.cost for _row, cell in _cells(matrix, addressing))
        first, *more = _folded(_counts(counted), _COLUMNS - width)
        rows.append((addressing.value, ((f"  {fitted(_(words), width)}", ""), *first)))
        rows += [(None, ((" " * (width + 2), ""), *pieces)) for pieces in more]
    return rows


def _folded(pieces: Sequence[Piece], columns: int) -> list[list[Piece]]:
    """Return the counts by line, so that none is cut: what is impossible comes last."""
    lines: list[list[Piece]] = [[]]
    for piece in pieces:
        if lines[-1] and cell_len(text_of((*lines[-1], piece)).rstrip()) > columns:
            lines.append([])
        lines[-1].append(piece)
    return lines


def _counts(counted: Counter[Cost]) -> list[Piece]:
    pieces: list[Piece] = []
    for cost, (tone, glyph) in _SIGNS.items():
        if counted[cost]:
            pieces.append((f"{draw(glyph)} {grouped(counted[cost])} {_(COST_WORDS[cost])}  ", tone))
    return pieces


def matrix_reading(matrix: Sequence[Row], key: str) -> tuple[str, list[Line]]:
    """Return title and lines of the hosts under one addressing, by what it costs them."""
    addressing = Addressing(key)
    lines: list[Line] = []
    for cost, (tone, glyph) in _SIGNS.items():
        cells = [(row, cell) for row, cell in _cells(matrix, addressing) if cell.cost is cost]
        if not cells:
            continue
        lines.append(((f"{draw(glyph)} {_(COST_WORDS[cost])}: {grouped(len(cells))}", tone),))
        for (blocks, notes), rows in _by_reason(cells).items():
            lines += [*_reason_lines(blocks, notes), *(_host_line(row) for row in rows)]
        lines.append(plain(""))
    return _("Target {addressing}").format(addressing=_(ADDRESSING_WORDS[addressing])), lines


def _by_reason(cells: Sequence[tuple[Row, Cell]]) -> dict[_Reason, list[Row]]:
    found: dict[_Reason, list[Row]] = {}
    for row, cell in cells:
        reason = (tuple(dict.fromkeys(cell.blocks)), cell.notes)
        found.setdefault(reason, []).append(row)
    return found


def _reason_lines(blocks: Iterable[Block], notes: Iterable[str]) -> list[Line]:
    lines: list[Line] = []
    for block in blocks:
        lines.append(plain(f"  {block.detail}"))
        lines += [plain(f"  {draw(Glyph.DOT)} {way}", "muted") for way in block.ways_out]
    return lines + [plain(f"  {note}", "muted") for note in notes]


def _host_line(row: Row) -> Line:
    return ((f"    {row.host}  ", "strong"), (row.flavour, "muted"))


def _cells(matrix: Sequence[Row], addressing: Addressing) -> list[tuple[Row, Cell]]:
    return [(row, cell) for row in matrix for cell in row.cells if cell.addressing is addressing]
