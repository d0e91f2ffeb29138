"""Wrapping text to cells, for lines that are drawn one by one; wide characters count two."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells

from wizard.wording import safe_lines


def wrapped(text: str, width: int) -> list[str]:
    """Return `text` as clean lines of at most `width` cells; its own line breaks stay."""
    lines: list[str] = []
    for line in safe_lines(text):
        lines += _wrapped_line(line, max(8, width))
    return lines


def _wrapped_line(line: str, width: int) -> list[str]:
    lines: list[str] = []
    current = ""
    for word in line.split(" "):
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= width:
            current = joined
            continue
        if current:
            lines.append(current)
        *full, current = chop_cells(word, width) or [""]
        lines += full
    return [*lines, current]
