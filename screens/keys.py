"""The keys of the wizard: the same on every screen, each with an id so that it can be remapped.

Enter does the focused thing, F10 goes on, Esc goes back one level and never discards.
Letters are bound only where no text is typed.
"""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

from wizard.wording import mark

STEP_KEYS: Final[list[Binding]] = [
    Binding("f10", "go_next", mark("Next"), id="next", key_display="F10"),
    Binding("escape", "go_back", mark("Back"), id="back", key_display="Esc"),
    Binding("f9", "roll_back", mark("Roll back"), id="roll_back", key_display="F9"),
    Binding("f1", "help", mark("Help"), id="help", key_display="F1"),
    Binding("question_mark", "help", mark("Help"), id="help_letter", show=False),
    Binding("q", "quit_dialog", mark("Quit"), id="quit", key_display="q"),
    Binding("ctrl+q", "quit_dialog", mark("Quit"), id="quit_anywhere", show=False, priority=True),
    Binding("ctrl+c", "copy", mark("Copy"), id="copy", show=False),
    Binding("f2", "change_look", mark("Colours"), id="look", show=False, key_display="F2"),
]

DIALOG_KEYS: Final[list[Binding]] = [
    Binding("escape", "cancel", mark("Back"), id="cancel", key_display="Esc"),
    Binding("f1", "help", mark("Help"), id="help_dialog", key_display="F1"),
    Binding("ctrl+c", "copy", mark("Copy"), id="copy_dialog", show=False),
    Binding("ctrl+q", "cancel", mark("Back"), id="cancel_anywhere", show=False, priority=True),
    Binding("f10", "ignore", "", id="ignore_next", show=False),
]

MOVE_KEYS: Final[list[Binding]] = [
    Binding("up,k", "move(-1)", mark("Up"), id="up", show=False),
    Binding("down,j", "move(1)", mark("Down"), id="down", show=False),
    Binding("pageup", "page(-1)", mark("Page up"), id="page_up", show=False),
    Binding("pagedown", "page(1)", mark("Page down"), id="page_down", show=False),
    Binding("home", "first", mark("First line"), id="first", show=False),
    Binding("end", "last", mark("Last line"), id="last", show=False),
]
