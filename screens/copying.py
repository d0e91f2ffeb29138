"""What Ctrl+C does: copies what is focused and says so, or says what it does not do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from platformdirs import user_state_path
from textual.screen import Screen

from screens.clipboard import copy_text
from wizard.wording import _, ngettext


@runtime_checkable
class Copyable(Protocol):
    """A part of a screen that has text worth copying."""

    def copy_text(self) -> str:
        """Return what Ctrl+C copies."""
        ...


def state_folder() -> Path:
    """Return the folder of crash reports and of the last copy."""
    return user_state_path("pilotage")


async def copy_focused(screen: Screen[Any]) -> None:
    """Copy selected text, else what the focused part shows; tell where it went."""
    app = screen.app
    focused: object = screen.focused
    text = screen.get_selected_text() or ""
    if not text and isinstance(focused, Copyable):
        text = focused.copy_text()
    if not text:
        app.notify(
            _("Nothing to copy here. Ctrl+Q quits; a started run goes on without this screen."),
            markup=False,
        )
        return
    keep = state_folder() / "last-copy.txt"
    is_kept = await copy_text(text, environ=os.environ, keep=keep, osc52=app.copy_to_clipboard)
    lines = text.count("\n") + 1
    said = ngettext("Copied {lines} line", "Copied {lines} lines", lines).format(lines=lines)
    if is_kept:
        said = _("{said}; also in {path}").format(said=said, path=keep)
    app.notify(said)
