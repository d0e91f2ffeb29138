"""Tables aligned by terminal cells, not by characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from wizard.wording import safe_text

_GAP: Final = "  "
_WIDE: Final = frozenset({"W", "F"})
_CELL_LIMIT: Final = 200


def cell_width(text: str) -> int:
    """Return how many terminal cells `text` takes: two for wide characters, none for marks."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return lines of aligned columns; columns that are empty in every row are left out.

    Cells are foreign text: each is made safe here.
    """
    cells = [[safe_text(cell, limit=_CELL_LIMIT) for cell in row] for row in rows]
    shown = [index for index in range(len(head)) if any(row[index] for row in cells)]
    lines = [[head[index] for index in shown], *([row[index] for index in shown] for row in cells)]
    widths = [max(cell_width(line[column]) for line in lines) for column in range(len(shown))]
    return [
        _GAP.join(
            cell + " " * (width - cell_width(cell))
            for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]


def pairs(items: Sequence[tuple[str, object]]) -> list[str]:
    """Return `name  value` lines with the values aligned, empty values left out."""
    shown = [(name, safe_text(value)) for name, value in items if value not in ("", None)]
    width = max((cell_width(name) for name, _value in shown), default=0)
    return [f"{name}{' ' * (width - cell_width(name))}{_GAP}{value}" for name, value in shown]


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
