"""Asking for one line of text, such as a filter."""

from __future__ import annotations

from textual.app import ComposeResult

from screens.dialogs.dialog import Dialog
from screens.widgets.field import Field, FieldInput


class AskTextDialog(Dialog[str]):
    """Close with the text on Enter; an empty one is an answer, Esc is none."""

    def __init__(self, title: str, label: str, *, value: str = "") -> None:
        super().__init__()
        self.title_words = title
        self._label = label
        self._value = value

    def compose_body(self) -> ComposeResult:
        """Show the input."""
        yield Field(self._label, id="text", value=self._value)

    def on_mount(self) -> None:
        """Go to the input."""
        self.query_one("#text", Field).focus_input()

    def on_input_submitted(self, event: FieldInput.Submitted) -> None:
        """Close with what was typed."""
        self.dismiss(event.value.strip())
