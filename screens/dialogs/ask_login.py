"""Asking for an administrator of the registry: typed, used, and kept in no file."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.field import Field, FieldInput
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from wizard.secret import Secret
from wizard.wording import _


class AskLoginDialog(Dialog[tuple[str, Secret]]):
    """Close with a user name and a password."""

    def __init__(self, url: str, user: str) -> None:
        super().__init__()
        self.title_words = _("An administrator of the registry")
        self._url = url
        self._user = user

    def compose_body(self) -> ComposeResult:
        """Show what it is for, and two fields."""
        yield WordsBox(
            plain(self._url),
            plain(_("Kept in memory until you leave; never written to a file."), "muted"),
            id="words",
        )
        yield Field(_("User"), id="user", value=self._user, check=_needed)
        yield Field(_("Password"), id="secret", is_secret=True, check=_needed)
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton(_("Use them"), id="use")

    def on_mount(self) -> None:
        """Go to the first field that is empty."""
        self.query_one("#secret" if self._user else "#user", Field).focus_input()

    @on(FieldInput.Submitted)
    def _next_field(self) -> None:
        empty = [field for field in self.query(Field) if not field.value]
        if empty:
            empty[0].focus_input()
        else:
            self._use()

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(None)

    @on(ActionButton.Pressed, "#use")
    def _use(self) -> None:
        user, secret = self.query_one("#user", Field), self.query_one("#secret", Field)
        for field in (user, secret):
            field.show_error(field.wrong())
        if user.value and secret.value:
            self.dismiss((user.value, Secret(secret.value)))


def _needed(text: str) -> str:
    return "" if text else _("this is needed")
