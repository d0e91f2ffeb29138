"""A product was taken: what to know before, what installs one, and on to its URL."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line, plain
from screens.wrapping import wrapped
from wizard.service import PRODUCT_WORDS, Candidate, Need, answer_words, lead_to, limits_of
from wizard.wording import _


class Way(Enum):
    """How it goes on with a product."""

    URL = "url"
    """One is there."""
    INSTALL = "install"


class TakeProductDialog(Dialog[Way]):
    """Close with the way on; with none it goes back to the comparison.

    Args:
        candidate: the product that was taken.
        needs: what the operator needs of it.
        is_installed: it can be installed from here.
        is_practice: the hosts are simulated, and none is there to install anything on.
    """

    is_wide = True

    def __init__(
        self,
        candidate: Candidate,
        needs: tuple[Need, ...],
        *,
        is_installed: bool,
        is_practice: bool,
    ) -> None:
        super().__init__()
        self.title_words = _(PRODUCT_WORDS[candidate.product])
        self._candidate = candidate
        self._needs = needs
        self._is_installed = is_installed
        self._is_practice = is_practice

    def compose_body(self) -> ComposeResult:
        """Show its limits and its commands, and two ways on."""
        yield LineView(id="lead")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("One is there: name its URL"), id="url")
            if self._is_installed and not self._is_practice:
                yield ActionButton(_("Install one"), id="install")
            yield ActionButton(_("Compare again"), id="again")

    def on_mount(self) -> None:
        """Offer to go on."""
        self.query_one("#url").focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Wrap to another width."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        view = self.query_one("#lead", LineView)
        view.show(list(self._lines((view.size.width or self.size.width * 9 // 10) - 1)))

    def _lines(self, width: int) -> Iterator[Line]:
        limits = limits_of(self._candidate, self._needs)
        title = _("What to know before") if limits else _("It does all that you need.")
        yield plain(title, "strong" if limits else "ok")
        for name, answer in limits:
            for line in wrapped(answer_words(self._candidate, name, answer), width - 2):
                yield plain(f"  {line}")
        lead = lead_to(self._candidate.product)
        yield plain("")
        yield plain(_("Where none is there yet"), "strong")
        if self._is_installed and self._is_practice:
            words = _("A practice fleet has no host to install it on.")
            yield from (plain(f"  {line}", "warn") for line in wrapped(words, width - 2))
        yield from (plain(f"  {line}") for line in wrapped(_(lead.words), width - 2))
        yield from (plain(f"    {command}", "live") for command in lead.commands)

    @on(ActionButton.Pressed, "#url")
    def _url(self) -> None:
        self.dismiss(Way.URL)

    @on(ActionButton.Pressed, "#install")
    def _install(self) -> None:
        self.dismiss(Way.INSTALL)

    @on(ActionButton.Pressed, "#again")
    def _again(self) -> None:
        self.dismiss(None)
