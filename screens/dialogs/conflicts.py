"""Files that somebody changed since: three texts compared, left alone unless told otherwise."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.diff_lines import text_diff
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Choice
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line, plain
from wizard.run.view import Trouble
from wizard.transaction.answers import FileConflict
from wizard.wording import _

_LEAVE = "leave"
_OVERWRITE = "overwrite"


class ConflictsDialog(Dialog[bool]):
    """Close with True when the foreign edits are to be overwritten."""

    is_wide = True
    is_danger = True

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self.title_words = _("{host}: somebody changed files since").format(host=trouble.host)
        self._trouble = trouble

    def compose_body(self) -> ComposeResult:
        """Show both differences of each file, then the choice."""
        lines = [line for conflict in self._trouble.conflicts for line in conflict_lines(conflict)]
        yield LineView(lines, id="conflicts")
        yield Choice(
            [
                (_LEAVE, _("Leave the files as they are now")),
                (_OVERWRITE, _("Overwrite them with what was there before the rollout")),
            ],
            id="what",
        )
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Take it"), id="take")

    def on_mount(self) -> None:
        """Go to the choice."""
        self.query_one("#what").focus()

    @on(Choice.Accepted)
    @on(ActionButton.Pressed, "#take")
    def _take(self) -> None:
        self.dismiss(self.query_one("#what", Choice).chosen == _OVERWRITE)


def conflict_lines(conflict: FileConflict) -> list[Line]:
    """Return what somebody did to our file, and what overwriting would do to theirs."""
    lines: list[Line] = [plain(conflict.path, "title")]
    if conflict.now is None:
        lines.append(
            plain(
                _("It is gone, is not text, or holds credentials: these never leave a host."),
                "warn",
            )
        )
    lines.append(plain(_("What somebody changed since the rollout:"), "muted"))
    lines += text_diff(conflict.path, conflict.ours or "", conflict.now or "")
    lines.append(plain(_("What overwriting would change now:"), "muted"))
    if conflict.before is None:
        lines.append(plain(_("The file would be removed: it was not there before."), "warn"))
    else:
        lines += text_diff(conflict.path, conflict.now or "", conflict.before)
    return [*lines, plain("")]
