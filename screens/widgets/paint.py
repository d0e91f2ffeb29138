"""Coloured text as values, and the one place where it becomes what the terminal gets.

Every widget of ours draws through `strip_of` or `content_of`, and both clean the text: no
name, answer or file of a host can reach the terminal as a control sequence or as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.content import Content
from textual.strip import Strip

from screens.glyphs import Glyph, draw
from wizard.wording import safe_text

Piece: TypeAlias = tuple[str, str]
"""Text and its tone: empty, or one of `TONES`."""
Line: TypeAlias = tuple[Piece, ...]

TONES: Final[dict[str, str]] = {
    "ok": "$ok",
    "warn": "$warn",
    "bad": "$bad",
    "live": "$live",
    "muted": "$muted",
    "rule": "$rule",
    "strong": "bold",
    "title": "bold $live",
    "danger": "bold $bad",
    "added": "$ok",
    "removed": "$bad",
}
_BOLD: Final = frozenset({"strong", "title", "danger"})
_COLOURS: Final = {
    "ok": "ok",
    "warn": "warn",
    "bad": "bad",
    "live": "live",
    "muted": "muted",
    "rule": "rule",
    "title": "live",
    "danger": "bad",
    "added": "ok",
    "removed": "bad",
}
CURSOR: Final = "cursor"
BLURRED: Final = "blurred"
_WIDEST: Final = 1000


def tone_styles(app: App[Any]) -> dict[str, Style]:
    """Return the styles of all tones and of the cursor's line, as the theme has them.

    Component classes of CSS would do the same; each costs its share of the first paint.
    """
    variables = app.theme_variables
    styles = {
        tone: Style(
            color=Color.parse(variables[_COLOURS[tone]]).rich_color if tone in _COLOURS else None,
            bold=tone in _BOLD or None,
        )
        for tone in TONES
    }
    if app.native_ansi_color or app.no_color:
        return styles | {CURSOR: Style(reverse=True), BLURRED: Style(bold=True)}
    lit = Color.parse(variables["lit"]).rich_color
    panel = Color.parse(variables["panel"]).rich_color
    text = Color.parse(variables["lit-text"]).rich_color
    return styles | {CURSOR: Style(color=text, bgcolor=lit), BLURRED: Style(bgcolor=panel)}


def plain(text: str, tone: str = "") -> Line:
    """Return a line of one piece."""
    return ((text, tone),)


def text_of(line: Line) -> str:
    """Return a line's text without its tones."""
    return "".join(text for text, _tone in line)


def strip_of(line: Line, width: int, styles: Mapping[str, Style], lit: Style | None) -> Strip:
    """Return the line cut and padded to `width` cells; `lit` lies over a line under the cursor."""
    segments = []
    left = width
    for text, tone in line:
        if left <= 0:
            break
        clean = safe_text(text, limit=_WIDEST)
        size = cell_len(clean)
        if size > left:
            clean, size = set_cell_size(clean, left - 1) + draw(Glyph.ELLIPSIS), left
        style = styles.get(tone)
        segments.append(Segment(clean, lit + style if style and lit else lit or style))
        left -= size
    if left > 0:
        segments.append(Segment(" " * left, lit))
    return Strip(segments, width)


def content_of(lines: Iterable[Line]) -> Content:
    """Return lines as content that Textual wraps; no markup is read in them."""
    parts: list[Content | tuple[str, str]] = []
    for number, line in enumerate(lines):
        if number:
            parts.append(Content("\n"))
        parts += [
            (safe_text(text), TONES[tone]) if tone else Content(safe_text(text))
            for text, tone in line
        ]
    return Content.assemble(*parts)


def fitted(text: str, width: int) -> str:
    """Return `text` as exactly `width` cells, cut with an ellipsis or padded."""
    clean = safe_text(text, limit=_WIDEST)
    size = len(clean) if clean.isascii() else cell_len(clean)
    if size <= width:
        return clean + " " * (width - size)
    if width < 1:
        return ""
    return set_cell_size(clean, width - 1) + draw(Glyph.ELLIPSIS)


def widest(texts: Sequence[str], *, at_most: int) -> int:
    """Return the cells that the widest text needs, at most so many."""
    return min(at_most, max((cell_len(text) for text in texts), default=0))
