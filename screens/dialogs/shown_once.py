"""A secret that the product tells only now: shown, kept by nobody else, gone when it is closed."""

from __future__ import annotations

import os

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.clipboard import to_clipboard
from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from wizard.secret import Secret
from wizard.wording import _


class ShownOnceDialog(Dialog[None]):
    """Close only by the button, which a stray Enter does not press and Esc only focuses."""

    AUTO_FOCUS = ""

    def __init__(self, name: str, secret: Secret) -> None:
        super().__init__()
        self.title_words = _("The secret of {name}").format(name=name)
        self._secret = secret

    def compose_body(self) -> ComposeResult:
        """Show it, and what is not done with it."""
        yield WordsBox(plain(self._secret.reveal(), "strong"), id="secret")
        yield WordsBox(
            plain(_("It is shown this once. The registry does not tell it again."), "warn"),
            plain(_("Pilotage keeps it in no file. Ctrl+C copies it to the clipboard alone.")),
            id="words",
        )
        with Horizontal(classes="buttons"):
            yield ActionButton(_("I have kept it"), id="kept")

    def action_cancel(self) -> None:
        """Stay, and show where the way out is."""
        self.query_one("#kept").focus()

    def action_copy(self) -> None:
        """Copy it, past the file that other copies are kept in."""
        self.run_worker(self._copy(), exit_on_error=False)

    async def _copy(self) -> None:
        await to_clipboard(
            self._secret.reveal(), environ=os.environ, osc52=self.app.copy_to_clipboard
        )
        self.app.notify(_("Copied; no file has it."))

    @on(ActionButton.Pressed, "#kept")
    def _kept(self) -> None:
        self.dismiss(None)
