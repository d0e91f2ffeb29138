"""Signs that stand before words; each has an ASCII form for terminals without them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Glyph(Enum):
    """A sign as Unicode (in DejaVu Sans Mono and Terminus) and as ASCII, both one cell wide."""

    DONE = ("✓", "+")
    BAD = ("✗", "x")
    HERE = ("▸", ">")
    OPEN = ("○", "o")
    STALE = ("↻", "~")
    BUSY = ("◐", "*")
    ARMED = ("◆", "A")
    SAME = ("=", "=")
    BACK = ("↶", "<")
    LOST = ("?", "?")
    CONFLICT = ("≠", "!")
    PICKED = ("•", "*")
    TICKED = ("x", "x")
    DOT = ("·", "-")
    FULL = ("█", "#")
    EMPTY = ("░", ".")
    RULE = ("│", "|")
    DASH = ("─", "-")
    ELLIPSIS = ("…", "~")


_plain = False


def choose_glyphs(environ: Mapping[str, str]) -> None:
    """Use ASCII on the Linux console and wherever PILOTAGE_ASCII is set."""
    global _plain  # noqa: PLW0603  # one terminal per process, looked at once at start
    _plain = bool(environ.get("PILOTAGE_ASCII")) or environ.get("TERM") == "linux"


def draw(glyph: Glyph) -> str:
    """Return the sign in the form this terminal can show."""
    return glyph.value[1 if _plain else 0]


def is_plain() -> bool:
    """Tell whether this terminal gets ASCII only."""
    return _plain
