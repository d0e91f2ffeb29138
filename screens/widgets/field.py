"""A labelled line of input with its error in words under it."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from wizard.wording import mark, safe_text

Check = Callable[[str], str]
"""Return what is wrong with a value, or nothing."""


class FieldInput(Input):
    """An input whose password can be typed but never copied.

    Its cursor stands still: a blinking one writes to a slow link for nothing.
    """

    cursor_blink = reactive(default=False, init=False)

    HELP = mark("Type; Enter accepts. Tab goes on, Shift+Tab goes back.")

    def action_copy(self) -> None:
        """Copy the selection, of a password nothing."""
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        """Cut the selection, of a password nothing."""
        if not self.password:
            super().action_cut()


class Field(Widget):
    """One label, one input, one line for what is wrong with it."""

    DEFAULT_CSS = """
    Field {
        height: auto; width: 1fr;
        & > Horizontal { height: 1; }
        & .label { width: 18; color: $muted; }
        & FieldInput, & FieldInput:focus {
            background: $panel; width: 1fr; max-width: 64; border: none;
        }
        & FieldInput:focus { background: $lit; }
        &:ansi FieldInput { text-style: underline; }
        & .error { padding-left: 18; color: $bad; display: none; }
        &.-wrong .error { display: block; }
    }
    """

    class Accepted(Message):
        """Enter was pressed on a value with which nothing is wrong."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> Field:
            """The field, for `@on` selectors."""
            return self.field

    def __init__(
        self,
        label: str,
        *,
        id: str,  # noqa: A002  # Textual's name
        value: str = "",
        placeholder: str = "",
        check: Check | None = None,
        is_secret: bool = False,
    ) -> None:
        super().__init__(id=id)
        self._label_box = WordsBox(plain(label, "muted"), classes="label")
        self._check = check
        self._input = FieldInput(
            safe_text(value),
            placeholder=placeholder,
            compact=True,
            password=is_secret,
            id=f"{id}-input",
        )
        self._error = WordsBox(classes="error")

    def compose(self) -> ComposeResult:
        """Lay label and input side by side, the error under them."""
        with Horizontal():
            yield self._label_box
            yield self._input
        yield self._error

    @property
    def value(self) -> str:
        """Return what is typed, without blanks at its ends unless it is a secret."""
        return self._input.value if self._input.password else self._input.value.strip()

    @value.setter
    def value(self, value: str) -> None:
        self._input.value = safe_text(value)

    def wrong(self) -> str:
        """Return what is wrong with the value now, or nothing."""
        return self._check(self.value) if self._check else ""

    def show_error(self, error: str) -> None:
        """Show what is wrong, or that nothing is."""
        self.set_class(bool(error), "-wrong")
        self._error.show(plain(error, "bad"))

    def on_input_changed(self) -> None:
        """Check while typing, but complain only about what was complained about before.

        What was pasted is cleaned: the input is drawn as it is.
        """
        clean = safe_text(self._input.value)
        if clean != self._input.value:
            self._input.value = clean
        if self.has_class("-wrong"):
            self.show_error(self.wrong())

    def on_input_submitted(self) -> None:
        """Complain on Enter, or tell that the value is accepted."""
        wrong = self.wrong()
        self.show_error(wrong)
        if not wrong:
            self.post_message(self.Accepted(self))

    def become(self, label: str, *, value: str, placeholder: str, check: Check | None) -> None:
        """Ask for something else in the same place."""
        self._check = check
        self._input.placeholder = placeholder
        self._label_box.show(plain(label, "muted"))
        self.value = value
        self.show_error("")

    def focus_input(self) -> None:
        """Put the cursor into the input."""
        self._input.focus()
