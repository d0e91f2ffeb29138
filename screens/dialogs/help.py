"""Help for what is focused, the step, and all keys that work now."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from screens.dialogs.dialog import Dialog
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line, fitted, plain
from screens.wrapping import wrapped
from wizard.wording import _

_WIDTH = 66
_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "delete": "Del",
    "backspace": "Backspace",
    "shift": "Shift",
    "ctrl": "Ctrl",
}


class HelpDialog(Dialog[None]):
    """Show help; Esc closes."""

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self.title_words = _("Help")
        self._lines = lines

    @classmethod
    def of(cls, screen: Screen[Any], *, goal: str = "") -> HelpDialog:
        """Return the help for what is focused on `screen`, after the goal of a drill."""
        lines: list[Line] = []
        if goal:
            lines.append(plain(_("Goal of this drill"), "strong"))
            lines += [plain(line) for line in wrapped(goal, _WIDTH)]
            lines.append(plain(""))
        for text in (_help_of(screen.focused), _help_of(screen)):
            if text:
                lines += [plain(line) for line in wrapped(_(text), _WIDTH)]
                lines.append(plain(""))
        lines.append(plain(_("Keys that work here"), "strong"))
        lines += _keys(screen)
        lines.append(plain(""))
        lines += [plain(line, "muted") for line in wrapped(_general(), _WIDTH)]
        return cls(lines)

    def compose_body(self) -> ComposeResult:
        """Show the lines."""
        yield LineView(self._lines, id="help")

    def action_help(self) -> None:
        """Close again."""
        self.dismiss(None)

    key_question_mark = action_help


def _help_of(node: Widget | None) -> str:
    return getattr(node, "HELP", None) or ""


def _keys(screen: Screen[Any]) -> list[Line]:
    words: dict[str, list[str]] = {}
    for key, active in screen.active_bindings.items():
        binding = active.binding
        # Bindings without an id are Textual's own for editing text.
        if binding.description and binding.id and active.enabled:
            words.setdefault(_(binding.description), []).append(
                binding.key_display or shown_key(key)
            )
    return [
        ((fitted("  " + ", ".join(dict.fromkeys(keys)), 22), "live"), (word, ""))
        for word, keys in words.items()
    ]


def shown_key(key: str) -> str:
    """Return a key as keyboards name it, `Ctrl+C` and `PgUp`; letters stay as they are typed."""
    return "+".join(_NAMES.get(part, part) for part in key.split("+"))


def _general() -> str:
    return _(
        "Enter does what is focused, F10 goes on, Esc goes back one level and discards nothing."
        " Tab and Shift+Tab move between parts. To select text with the mouse, hold Shift."
        " A lost connection never stops a run: start pilotage again to attach."
    )
