"""The gate wants an answer: why it closed, and only the orders that make sense now."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Choice
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line, plain
from screens.words import ORDER_VERBS, TROUBLED, hosts_counted, state_word, wave_name
from screens.wrapping import wrapped
from wizard.journal.events import Order
from wizard.run.view import RunView
from wizard.wording import _

_LATER = "later"


class GateDialog(Dialog[Order]):
    """Close with the order chosen; deciding later is chosen at first and does nothing."""

    def __init__(self, view: RunView) -> None:
        super().__init__()
        wave = _("the run")
        if view.current_wave is not None:
            wave = wave_name(view.current_wave, view.kind)
        self.title_words = _("{wave} waits for your decision").format(wave=wave)
        self._view = view

    def compose_body(self) -> ComposeResult:
        """Show the reasons, the hosts in trouble, and the orders."""
        lines = self._reasons() + self._troubled()
        yield LineView(lines, id="reasons")
        options = [(_LATER, _("Decide later; the run keeps waiting"))]
        options += [(order.value, _(ORDER_VERBS[order])) for order in self._view.choices]
        yield Choice(options, id="order")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Do it"), id="do")

    def _reasons(self) -> list[Line]:
        reasons = [
            reason
            for wave in self._view.waves
            if wave.index == self._view.current_wave
            for reason in wave.reasons
        ]
        return [plain(line, "warn") for reason in reasons for line in wrapped(reason, 66)]

    def _troubled(self) -> list[Line]:
        troubled = [host for host in self._view.hosts if host.state in TROUBLED]
        if not troubled:
            return []
        lines = [plain(""), plain(hosts_counted(len(troubled)) + _(" in trouble"), "muted")]
        for host in troubled:
            what = host.trouble.what if host.trouble else host.detail
            state = (f"{state_word(host.state)} ", "bad")
            lines.append((state, (f"{host.name} ", "strong"), (what, "")))
        return lines

    def on_mount(self) -> None:
        """Go to the choice."""
        self.query_one("#order").focus()

    @on(Choice.Accepted)
    @on(ActionButton.Pressed, "#do")
    def _do(self) -> None:
        chosen = self.query_one("#order", Choice).chosen
        self.dismiss(None if chosen == _LATER else Order(chosen))
