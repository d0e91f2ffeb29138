"""What every dialog has: a frame, a title, Esc that changes nothing, and copying."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from screens.keys import DIALOG_KEYS
from screens.styles import style_path
from screens.widgets.chrome import KeyLine
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox

Result = TypeVar("Result")


class Dialog(ModalScreen[Result | None]):
    """A question or a closer look; closes with None on Esc.

    A subclass fills `compose_body` and sets `title_words`. `is_danger` colours the frame.
    """

    CSS_PATH = style_path("dialogs")
    BINDINGS: ClassVar[list[BindingType]] = [*DIALOG_KEYS]
    title_words: str = ""
    is_danger: ClassVar[bool] = False
    is_wide: ClassVar[bool] = False

    def compose(self) -> ComposeResult:
        """Lay out frame, title, body and the keys."""
        classes = ["frame"]
        if self.is_danger:
            classes.append("-danger")
        if self.is_wide:
            classes.append("-wide")
        with Vertical(classes=" ".join(classes)):
            yield WordsBox(
                plain(self.title_words, "danger" if self.is_danger else "title"), classes="title"
            )
            yield from self.compose_body()
            yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """Return what is between title and keys."""
        raise NotImplementedError

    def action_cancel(self) -> None:
        """Close without an answer; nothing changes."""
        self.dismiss(None)

    def action_help(self) -> None:
        """Explain what is focused and all keys."""
        from screens.dialogs.help import HelpDialog  # noqa: PLC0415  # loaded when first asked for

        self.app.push_screen(HelpDialog.of(self))

    def action_ignore(self) -> None:
        """Do nothing: the key means something only on a step."""

    def action_copy(self) -> None:
        """Copy what the focused part, or else the whole dialog, shows."""
        from screens.copying import copy_focused  # noqa: PLC0415  # only when a key asks for it

        self.run_worker(copy_focused(self), exit_on_error=False)
