"""Lines that scroll, drawn one by one: diffs, facts, logs, and lists with a cursor.

Textual's own lists lay out a widget per line; this one holds any number of lines and draws
only what is seen (facts/tui.md §3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from screens.keys import MOVE_KEYS
from screens.widgets.paint import BLURRED, CURSOR, Line, strip_of, text_of, tone_styles
from wizard.wording import mark

Key = TypeVar("Key")


class LineView(ScrollView, can_focus=True):
    """Show lines of text; the arrow keys scroll them."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVE_KEYS]
    DEFAULT_CSS = """
    LineView { scrollbar-size-vertical: 1; overflow-x: hidden; background: $background; }
    """
    HELP = mark("Arrow keys, Page up/down, Home and End move. Ctrl+C copies all lines.")

    def __init__(self, lines: Sequence[Line] = (), *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.lines: list[Line] = list(lines)
        self._tones: dict[str, Style] = {}
        self.virtual_size = Size(0, len(self.lines))

    def show(self, lines: Sequence[Line], *, keep_place: bool = False) -> None:
        """Replace all lines; scroll to the first one unless the place is to be kept."""
        self.lines = list(lines)
        self.virtual_size = Size(0, len(self.lines))
        if not keep_place:
            self.scroll_to(y=0, animate=False)
        self.refresh()

    def copy_text(self) -> str:
        """Return what Ctrl+C copies."""
        return "\n".join(text_of(line) for line in self.lines)

    def render_line(self, y: int) -> Strip:
        """Return the strip of a visible line."""
        index = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if index >= len(self.lines):
            return Strip.blank(width, self.rich_style)
        strip = strip_of(self.lines[index], width, self.tones(), self.lit(index))
        return strip.apply_style(self.rich_style)

    def lit(self, index: int) -> Style | None:  # noqa: ARG002  # lists have a cursor
        """Return the style that lies over a line, if any."""
        return None

    def tones(self) -> dict[str, Style]:
        """Return the styles of all tones as the theme has them."""
        if not self._tones:
            self._tones = tone_styles(self.app)
        return self._tones

    def notify_style_update(self) -> None:
        """Forget resolved colours when the theme or the focus changes."""
        self._tones.clear()
        super().notify_style_update()

    def grow(self, lines: Sequence[Line]) -> None:
        """Replace all lines by ones that continue them, without laying the screen out anew."""
        fits = len(lines) <= self.size.height
        if fits or not self.show_vertical_scrollbar:
            self.show(lines, keep_place=True)
            return
        self.lines = list(lines)
        self.set_reactive(LineView.virtual_size, Size(0, len(self.lines)))
        self.vertical_scrollbar.window_virtual_size = len(self.lines)
        self.refresh()

    def action_move(self, by: int) -> None:
        """Scroll by one line."""
        self.scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """Scroll by one page."""
        self.scroll_relative(y=by * max(1, self.size.height - 1), animate=False)

    def action_first(self) -> None:
        """Scroll to the first line."""
        self.scroll_to(y=0, animate=False)

    def action_last(self) -> None:
        """Scroll to the last line."""
        self.scroll_to(y=len(self.lines), animate=False)


class LineList(LineView, Generic[Key]):
    """Lines of which those with a key can be chosen; the cursor skips the others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", mark("Look"), id="choose", key_display="Enter")
    ]
    HELP = mark("Arrow keys move, Enter looks closer at the line under the cursor.")

    class Moved(Message):
        """The cursor came to another line."""

        def __init__(self, sender: LineList[Any]) -> None:
            super().__init__()
            self.list: LineList[Any] = sender

        @property
        def control(self) -> Widget:
            """The list, for `@on` selectors."""
            return self.list

    class Chosen(Moved):
        """Enter was pressed on a line."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.keys: list[Key | None] = []
        self.cursor = 0

    def show_keyed(self, rows: Sequence[tuple[Key | None, Line]]) -> None:
        """Replace all lines; the cursor stays on its key where that still exists."""
        kept = self.key
        self.keys = [key for key, _line in rows]
        self.show([line for _key, line in rows], keep_place=True)
        if kept is not None and kept in self.keys:
            self.cursor = self.keys.index(kept)
        else:
            self.cursor = next((i for i, key in enumerate(self.keys) if key is not None), 0)
        self._to_cursor()

    @property
    def key(self) -> Key | None:
        """Return the key under the cursor, None in an empty list."""
        return self.keys[self.cursor] if self.cursor < len(self.keys) else None

    def lit(self, index: int) -> Style | None:
        """Return the cursor's style on its line."""
        if index != self.cursor or self.keys[index] is None:
            return None
        return self.tones()[CURSOR if self.has_focus else BLURRED]

    def action_move(self, by: int) -> None:
        """Move to the next line that can be chosen."""
        index = self.cursor + by
        while 0 <= index < len(self.keys):
            if self.keys[index] is not None:
                self._go(index)
                return
            index += by
        self.scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """Move by one page."""
        self._go_near(self.cursor + by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Move to the first line that can be chosen."""
        self._go_near(0)
        self.scroll_to(y=0, animate=False)

    def action_last(self) -> None:
        """Move to the last line that can be chosen."""
        self._go_near(len(self.keys) - 1)

    def action_choose(self) -> None:
        """Tell that the line under the cursor was chosen."""
        if self.key is not None:
            self.post_message(self.Chosen(self))

    def on_click(self, event: Click) -> None:
        """Move the cursor to the line clicked on; a double click chooses it."""
        index = event.y + self.scroll_offset.y
        if index < len(self.keys) and self.keys[index] is not None:
            self._go(index)
            if event.chain > 1:
                self.action_choose()

    def _go_near(self, index: int) -> None:
        able = [i for i, key in enumerate(self.keys) if key is not None]
        if able:
            self._go(min(able, key=lambda i: abs(i - index)))

    def _go(self, index: int) -> None:
        self.cursor = index
        self._to_cursor()
        self.post_message(self.Moved(self))

    def _to_cursor(self) -> None:
        self.refresh()
        if self.is_attached and self.size.height:
            self.scroll_to_region(
                Region(0, self.cursor, 1, 1), animate=False, force=True, immediate=True
            )
            # Screen readers and magnifiers follow the terminal's own cursor.
            self.app.cursor_position = self.content_region.offset + Offset(
                0, self.cursor - self.scroll_offset.y
            )
