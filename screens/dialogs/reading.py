"""A closer look at text: facts of a host, the whole diff of a host, names of a group."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from screens.dialogs.dialog import Dialog
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line


class ReadingDialog(Dialog[None]):
    """Show lines that scroll; Esc or Enter closes."""

    is_wide = True

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self.title_words = title
        self._lines = lines

    def compose_body(self) -> ComposeResult:
        """Show the lines."""
        yield LineView(self._lines, id="reading")

    def key_enter(self) -> None:
        """Close."""
        self.dismiss(None)
