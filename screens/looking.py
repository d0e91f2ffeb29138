"""Looking closer at a row of a fleet table, on whichever step it is."""

from __future__ import annotations

from textual.screen import Screen

from screens.dialogs.ask_text import AskTextDialog
from screens.dialogs.error_card import ErrorCard
from screens.dialogs.reading import ReadingDialog
from screens.fact_lines import fact_lines
from screens.session import Session
from screens.widgets.fleet_table import FleetTable
from screens.words import state_word
from wizard.run.view import HostView
from wizard.wording import _


def look_at_host(screen: Screen[None], session: Session, host: HostView) -> None:
    """Show a host's trouble if it has one, else its facts."""
    if host.trouble:
        screen.app.push_screen(ErrorCard.of_trouble(host.trouble))
        return
    facts = next((facts for facts in session.facts if facts.host == host.name), None)
    if facts:
        screen.app.push_screen(ReadingDialog(host.name, fact_lines(facts)))
        return
    said = _("{host}: {state} {detail}").format(
        host=host.name, state=state_word(host.state), detail=host.detail
    )
    screen.app.notify(said)


def ask_filter(screen: Screen[None], table: FleetTable) -> None:
    """Ask for a text and show only the hosts that contain it; an empty one shows all."""

    def apply(text: str | None) -> None:
        if text is not None:
            table.filter_text(text)

    screen.app.push_screen(AskTextDialog(_("Filter"), _("Contains"), value=table.rows.text), apply)
