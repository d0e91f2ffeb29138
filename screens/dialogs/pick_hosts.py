"""Picking hosts out of many: Space ticks, a text filters, Enter on the button takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.glyphs import Glyph, draw
from screens.widgets.action_button import ActionButton
from screens.widgets.field import Field, FieldInput
from screens.widgets.line_view import LineList
from screens.widgets.paint import Line
from screens.words import hosts_counted
from wizard.wording import _, mark


class TickList(LineList[str]):
    """Lines that can be ticked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "screen.tick", mark("Tick"), id="tick_host", key_display="Space"),
        Binding("a", "screen.tick_all", mark("All or none"), id="tick_all"),
    ]
    HELP = mark("Space ticks a host, a ticks all or none.")


class PickHostsDialog(Dialog[tuple[str, ...]]):
    """Close with the names that are ticked, in the order offered."""

    is_wide = True

    def __init__(self, title: str, names: Sequence[str], *, ticked: Sequence[str] = ()) -> None:
        super().__init__()
        self.title_words = title
        self._names = names
        self._ticked = set(ticked)

    def compose_body(self) -> ComposeResult:
        """Show a filter, the hosts and two buttons."""
        yield Field(_("Filter"), id="filter")
        yield TickList(id="hosts")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton("", id="take")

    def on_mount(self) -> None:
        """Fill the list and go there."""
        self._show()
        self.query_one(TickList).focus()

    @on(FieldInput.Changed)
    def _show(self) -> None:
        wanted = self.query_one("#filter", Field).value.casefold()
        names = [name for name in self._names if wanted in name.casefold()]
        self.query_one(TickList).show_keyed([(name, self._line(name)) for name in names])
        take = self.query_one("#take", ActionButton)
        take.label = _("Take {hosts}").format(hosts=hosts_counted(len(self._ticked)))
        take.disabled = not self._ticked

    def _line(self, name: str) -> Line:
        mark = draw(Glyph.TICKED) if name in self._ticked else " "
        return ((f"[{mark}] ", "live"), (name, ""))

    def action_tick(self) -> None:
        """Tick or untick the host under the cursor."""
        name = self.query_one(TickList).key
        if name:
            self._ticked ^= {name}
            self._show()

    def action_tick_all(self) -> None:
        """Tick all that are shown, or untick them if all are ticked."""
        shown = {name for name in self.query_one(TickList).keys if name}
        self._ticked = self._ticked - shown if shown <= self._ticked else self._ticked | shown
        self._show()

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(None)

    @on(ActionButton.Pressed, "#take")
    def _take(self) -> None:
        self.dismiss(tuple(name for name in self._names if name in self._ticked))
