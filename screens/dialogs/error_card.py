"""The error card: what happened, which host, its state now, what to do."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line, plain
from screens.wrapping import wrapped
from wizard.errors import MigrationFileError, PilotageError
from wizard.run.view import Trouble
from wizard.wording import _

_WIDTH = 68


class ErrorCard(Dialog[None]):
    """Show one trouble with everything an operator needs; Ctrl+C copies it."""

    is_danger = True

    def __init__(self, title: str, parts: list[tuple[str, str]]) -> None:
        super().__init__()
        self.title_words = title
        self.parts = [(label, text) for label, text in parts if text]

    @classmethod
    def of_error(cls, error: PilotageError) -> ErrorCard:
        """Return the card of an error that the service raised."""
        place = _("Place") if isinstance(error, MigrationFileError) else _("File")
        return cls(
            _("That did not work"),
            [
                (_("What happened"), error.what),
                (_("Host"), error.host or ""),
                (place, error.file or ""),
                (_("State now"), error.state),
                (_("What to do"), error.todo),
            ],
        )

    @classmethod
    def of_trouble(cls, trouble: Trouble, *, report: str = "") -> ErrorCard:
        """Return the card of a host in trouble."""
        return cls(
            _("{host} needs you").format(host=trouble.host),
            [
                (_("What happened"), trouble.what),
                (_("Failed step"), trouble.failed_step),
                (_("Host"), trouble.host),
                (_("State now"), trouble.state),
                (_("What to do"), trouble.todo),
                (_("Report"), report),
            ],
        )

    @classmethod
    def of_fault(cls, what: str, report: Path | None) -> ErrorCard:
        """Return the card of a fault of these screens themselves."""
        return cls(
            _("A fault in these screens"),
            [
                (_("What happened"), what),
                (
                    _("State now"),
                    _("A started run goes on; this screen may be incomplete."),
                ),
                (_("What to do"), _("Go on, or quit and start again; nothing is lost.")),
                (_("Report"), str(report) if report else _("could not be written")),
            ],
        )

    def compose_body(self) -> ComposeResult:
        """Show each part under its label."""
        lines: list[Line] = []
        for label, text in self.parts:
            lines.append(plain(label, "muted"))
            lines += [plain(f"  {line}") for line in wrapped(text, _WIDTH - 2)]
        view = LineView(lines, id="card")
        view.styles.height = min(len(lines), 14)
        yield view
        yield ActionButton(_("Close"), id="close")

    def on_mount(self) -> None:
        """Let Enter close."""
        self.query_one("#close").focus()

    def on_action_button_pressed(self) -> None:
        """Close."""
        self.dismiss(None)

    def copy_text(self) -> str:
        """Return the whole card as text."""
        return "\n".join(f"{label}: {text}" for label, text in self.parts)
