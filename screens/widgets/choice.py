"""Choosing one of a few, and ticking: the state is in the sign, never only in a colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from screens.glyphs import Glyph, draw
from screens.widgets.paint import Line, content_of
from wizard.wording import mark

_FOCUS_CSS = """
        &:focus { background: $lit; }
        &:ansi:focus { text-style: reverse; }
        &:nocolor:focus { text-style: reverse; }
"""


class Choice(Widget, can_focus=True):
    """One of several options, one per line: `(•) this`, `( ) that`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,left", "move(-1)", mark("Previous option"), id="option_up", show=False),
        Binding("down,right", "move(1)", mark("Next option"), id="option_down", show=False),
        Binding("space", "move(1)", mark("Next option"), id="option_next", show=False),
        Binding("enter", "accept", mark("Take it"), id="option_take", key_display="Enter"),
    ]
    DEFAULT_CSS = "Choice { height: auto; width: 1fr;" + _FOCUS_CSS + "}"
    HELP = mark("Arrow keys choose, Enter takes the chosen option.")

    class Changed(Message):
        """Another option was chosen; `Accepted` when Enter was pressed on it."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> Choice:
            """The choice, for `@on` selectors."""
            return self.choice

    class Accepted(Changed):
        """Enter was pressed."""

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        *,
        chosen: str = "",
        id: str | None = None,  # noqa: A002  # Textual's name
    ) -> None:
        """Offer `options` as pairs of key and words."""
        super().__init__(id=id)
        self.options = list(options)
        self.chosen = chosen or (self.options[0][0] if self.options else "")

    def offer(self, options: Sequence[tuple[str, str]], *, chosen: str = "") -> None:
        """Replace the options; what was chosen stays chosen where it is still offered."""
        before = (self.options, self.chosen)
        self.options = list(options)
        keys = [key for key, _words in self.options]
        wanted = chosen or self.chosen
        self.chosen = wanted if wanted in keys else (keys[0] if keys else "")
        if before != (self.options, self.chosen):
            self.refresh(layout=len(before[0]) != len(self.options))

    def render(self) -> Content:
        """Return one line per option."""
        return content_of([self._line(key, words) for key, words in self.options])

    def _line(self, key: str, words: str) -> Line:
        if key == self.chosen:
            return ((f"({draw(Glyph.PICKED)}) ", "live"), (words, "strong"))
        return (("( ) ", "muted"), (words, ""))

    def action_move(self, by: int) -> None:
        """Choose the next or previous option, round and round."""
        keys = [key for key, _words in self.options]
        if keys:
            self._choose(keys[(keys.index(self.chosen) + by) % len(keys)])

    def action_accept(self) -> None:
        """Tell that the chosen option is taken."""
        self.post_message(self.Accepted(self))

    def on_click(self, event: Click) -> None:
        """Choose the option clicked on."""
        if 0 <= event.y < len(self.options):
            self._choose(self.options[event.y][0])

    def _choose(self, key: str) -> None:
        if key != self.chosen:
            self.chosen = key
            self.refresh()
            self.post_message(self.Changed(self))


class Tick(Widget, can_focus=True):
    """One thing that is on or off: `[x] words`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "toggle_tick", mark("On or off"), id="tick", key_display="Enter")
    ]
    DEFAULT_CSS = "Tick { height: auto; width: 1fr;" + _FOCUS_CSS + "}"
    HELP = mark("Enter or Space switches it on or off.")

    class Changed(Message):
        """It was switched."""

        def __init__(self, tick: Tick) -> None:
            super().__init__()
            self.tick = tick

        @property
        def control(self) -> Tick:
            """The tick, for `@on` selectors."""
            return self.tick

    def __init__(self, words: str, *, is_on: bool = False, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.words = words
        self.is_on = is_on

    def put(self, words: str, *, is_on: bool) -> None:
        """Set words and state without telling anybody."""
        if (words, is_on) != (self.words, self.is_on):
            self.words, self.is_on = words, is_on
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the box and the words."""
        mark = draw(Glyph.TICKED) if self.is_on else " "
        return content_of([((f"[{mark}] ", "live"), (self.words, ""))])

    def action_toggle_tick(self) -> None:
        """Switch it."""
        self.is_on = not self.is_on
        self.refresh()
        self.post_message(self.Changed(self))

    def on_click(self) -> None:
        """Switch it by mouse."""
        self.action_toggle_tick()
