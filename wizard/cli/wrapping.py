"""Lines that fit a terminal of 80 cells, whatever they are written in."""

from __future__ import annotations

import re
from typing import Final

from wizard.cli.table import cell_width

WIDTH: Final = 80
_INDENT: Final = "    "
_PIECES: Final = re.compile("\\s+|[\u2e80-\uffff]|[^\\s\u2e80-\uffff]+")
"""Words and the spaces between them; a line of Chinese may break at any character."""


def wrapped(lead: str, text: str) -> list[str]:
    """Return lines of at most WIDTH cells, the first begun by `lead`."""
    lines: list[str] = []
    current = lead
    for piece in _PIECES.findall(text):
        if cell_width(current + piece) <= WIDTH:
            current += piece
        else:
            lines.append(current.rstrip())
            current = _INDENT + piece.lstrip()
    return [*lines, current.rstrip()]
