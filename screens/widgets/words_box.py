"""A few lines of words, wrapped by Textual; the only text widget the screens use."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from screens.widgets.paint import Line, content_of, plain, text_of


class WordsBox(Widget):
    """Show lines of words, cleaned and without markup."""

    DEFAULT_CSS = "WordsBox { width: 1fr; height: auto; }"

    def __init__(
        self,
        *lines: Line | str,
        id: str | None = None,  # noqa: A002  # Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.lines: list[Line] = _as_lines(lines)

    def show(self, *lines: Line | str) -> None:
        """Replace the words; nothing is repainted when they are the same."""
        new = _as_lines(lines)
        if new != self.lines:
            is_same_height = len(new) == len(self.lines) and self.size.height == len(new)
            self.lines = new
            self.refresh(layout=not (is_same_height or self._has_fixed_height()))

    def _has_fixed_height(self) -> bool:
        height = self.styles.height
        return height is not None and not height.is_auto

    def render(self) -> Content:
        """Return the words as content."""
        return content_of(self.lines)

    def copy_text(self) -> str:
        """Return what Ctrl+C copies."""
        return "\n".join(text_of(line) for line in self.lines)


def _as_lines(lines: Sequence[Line | str]) -> list[Line]:
    shown: list[Line] = []
    for line in lines:
        if isinstance(line, str):
            shown += [plain(part) for part in line.split("\n")]
        else:
            shown.append(line)
    return shown
