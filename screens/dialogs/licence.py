"""A licence that stands in the way: its whole words, which only the operator accepts."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.line_view import LineView
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from screens.wrapping import wrapped
from wizard.wording import _


class LicenceDialog(Dialog[bool]):
    """Close with whether the operator accepts it; Esc does not."""

    is_wide = True

    def __init__(self, words: str) -> None:
        super().__init__()
        self.title_words = _("Do you accept this licence?")
        self._words = words

    def compose_body(self) -> ComposeResult:
        """Show the words, and two buttons, the harmless one first."""
        yield WordsBox(plain(_("Until it is accepted every pull is refused."), "muted"))
        yield LineView(id="licence")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Not now"), id="no")
            yield ActionButton(_("I accept it"), id="yes", danger=True)

    def on_mount(self) -> None:
        """Begin at the button that changes nothing."""
        self.query_one("#no").focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Wrap to another width."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        view = self.query_one("#licence", LineView)
        width = (view.size.width or self.size.width * 9 // 10) - 1
        view.show([plain(line) for line in wrapped(self._words, width)])

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(False)

    @on(ActionButton.Pressed, "#yes")
    def _yes(self) -> None:
        self.dismiss(True)
