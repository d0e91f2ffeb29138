"""Values over time in one line of text, for terminals with and without block characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from screens.glyphs import is_plain

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII: Final = "_.-=+*#@"


def sparkline(values: Sequence[float], width: int) -> str:
    """Return the last `width` values, each as high as it is between their least and greatest.

    Values that are all the same stay at the bottom: nothing moves.
    """
    shown = values[-width:] if width > 0 else ()
    if not shown:
        return ""
    steps = _ASCII if is_plain() else _BLOCKS
    least, greatest = min(shown), max(shown)
    span = greatest - least
    if not span:
        return steps[0] * len(shown)
    top = len(steps) - 1
    return "".join(steps[round((value - least) / span * top)] for value in shown)
