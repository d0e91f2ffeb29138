"""What a product is to be installed with: a host, an address, and what else that product asks."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from screens.dialogs.dialog import Dialog
from screens.installing import Form, Values
from screens.widgets.action_button import ActionButton
from screens.widgets.field import Field
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from wizard.wording import _


class InstallFormDialog(Dialog[Values]):
    """Close with what was typed, with which nothing is wrong; nothing of it is done yet."""

    is_wide = True

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.title_words = form.title
        self._form = form

    def compose_body(self) -> ComposeResult:
        """Show the fields, and what is wrong with them together."""
        yield WordsBox(plain(self._form.words, "muted"), id="words")
        with VerticalScroll(id="asked", can_focus=False):
            for one in self._form.asked:
                yield Field(
                    one.label,
                    id=one.name,
                    value=one.value,
                    placeholder=one.placeholder,
                    check=_needed if one.is_needed else None,
                    is_secret=one.is_secret,
                )
        yield WordsBox(id="wrong")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton(_("Look at the host"), id="look")

    def on_mount(self) -> None:
        """Go to the first field that is needed and empty."""
        empty = [field for field in self.query(Field) if field.wrong()]
        if empty:
            empty[0].focus_input()
        else:
            self.query_one("#look").focus()

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(None)

    @on(Field.Accepted)
    @on(ActionButton.Pressed, "#look")
    def _look(self) -> None:
        fields = list(self.query(Field))
        for field in fields:
            field.show_error(field.wrong())
        if wrong := [field for field in fields if field.wrong()]:
            wrong[0].focus_input()
            return
        values = {str(field.id): field.value for field in fields}
        if words := self._form.wrong(values):
            self.query_one("#wrong", WordsBox).show(plain(words, "bad"))
            return
        self.dismiss(values)


def _needed(text: str) -> str:
    return "" if text else _("this is needed")
