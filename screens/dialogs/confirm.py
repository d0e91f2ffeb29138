"""A plain question: what happens, Cancel focused, one verb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.paint import Line
from screens.widgets.words_box import WordsBox
from wizard.wording import _, mark


class ConfirmDialog(Dialog[bool]):
    """Close with True only when the verb is pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", mark("Other button"), id="button_left", show=False),
        Binding("right", "app.focus_next", mark("Other button"), id="button_right", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[Line | str], *, verb: str) -> None:
        super().__init__()
        self.title_words = title
        self._lines = lines
        self._verb = verb

    def compose_body(self) -> ComposeResult:
        """Show the lines and two buttons, the harmless one first."""
        yield WordsBox(*self._lines, id="words")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton(self._verb, id="yes", danger=True)

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(False)

    @on(ActionButton.Pressed, "#yes")
    def _yes(self) -> None:
        self.dismiss(True)
