"""A button of one line: its label is a verb, and it can be off for a stated reason."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from wizard.wording import mark, safe_text


class ActionButton(Widget, can_focus=True):
    """Post `Pressed` on Enter, space or a click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", mark("Press"), id="press", key_display="Enter")
    ]
    DEFAULT_CSS = """
    ActionButton {
        width: auto; height: 1; padding: 0 1; margin: 0 2 0 0;
        background: $panel; color: $live; text-style: bold; pointer: pointer;
        &:focus { background: $live; color: $background; }
        &:ansi { text-style: bold; background: ansi_default; }
        &:ansi:focus { text-style: bold reverse; background: ansi_default; color: $live; }
        &:nocolor:focus { text-style: bold reverse; }
        &.-danger { color: $bad; }
        &.-danger:focus { background: $bad; color: $background; }
        &:disabled { color: $muted; text-style: none; }
    }
    """
    HELP = mark("Enter or Space does what the button says.")

    label: reactive[str] = reactive("", layout=True)

    class Pressed(Message):
        """The button was pressed."""

        def __init__(self, button: ActionButton) -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> ActionButton:
            """The button, for `@on` selectors."""
            return self.button

    def __init__(
        self,
        label: str,
        *,
        id: str | None = None,  # noqa: A002  # Textual's name
        danger: bool = False,
        disabled: bool = False,
    ) -> None:
        super().__init__(id=id, classes="-danger" if danger else None, disabled=disabled)
        self.label = label

    def render(self) -> Content:
        """Return the label between brackets, so that it reads as a button without colour."""
        return Content(f"[ {safe_text(self.label)} ]")

    def action_press(self) -> None:
        """Tell that the button was pressed."""
        if not self.disabled:
            self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """Press by mouse."""
        self.action_press()
