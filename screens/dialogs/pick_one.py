"""Picking one line of a list; Enter picks, Esc picks nothing."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from screens.dialogs.dialog import Dialog
from screens.widgets.line_view import LineList
from screens.widgets.paint import Line


class PickOneDialog(Dialog[str]):
    """Close with the key of the line that was picked."""

    is_wide = True

    def __init__(self, title: str, rows: Sequence[tuple[str | None, Line]]) -> None:
        super().__init__()
        self.title_words = title
        self._rows = rows

    def compose_body(self) -> ComposeResult:
        """Show the lines."""
        yield LineList[str](id="picking")

    def on_mount(self) -> None:
        """Fill the list."""
        rows = self.query_one("#picking", LineList)
        rows.show_keyed(self._rows)
        rows.focus()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Close with the key."""
        self.dismiss(event.list.key)
