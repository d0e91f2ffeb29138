"""Which registry: products compared for this fleet, needs ticked, reasons one arrow key away."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.choice_lines import answer_of, best_words, choice_rows, head_line
from screens.dialogs.dialog import Dialog
from screens.widgets.line_view import LineList, LineView
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from screens.words import grouped, hosts_counted
from screens.wrapping import wrapped
from wizard.service import Candidate, Comparison, Need, answer_words, ranked
from wizard.wording import _, mark


class NeedList(LineList[str]):
    """Needs by rows, products by columns."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "screen.tick", mark("Needed"), id="need", key_display="Space"),
        Binding("left", "screen.column(-1)", mark("Product"), id="product_left", key_display="←→"),
        Binding("right", "screen.column(1)", mark("Product"), id="product_right", show=False),
        Binding("enter", "choose", mark("Take it"), id="take_product", key_display="Enter"),
    ]
    HELP = mark(
        "Space says that you need what the row tells, and products are ranked anew. The arrow keys"
        " go over rows and products; below is why the product answers so, and who says it."
        " Enter takes the product of the column."
    )


class ChooseDialog(Dialog[Candidate]):
    """Close with the product that was taken; needs are kept whatever the way out.

    Args:
        comparison: of all products for the fleet.
        keep: is told the needs each time one is ticked.
    """

    is_wide = True
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012  # as Textual has it

    def __init__(self, comparison: Comparison, keep: Callable[[Collection[Need]], None]) -> None:
        super().__init__()
        self.title_words = _("Which registry fits this fleet")
        self.comparison = comparison
        self._keep = keep
        self._product = comparison.candidates[0].product

    def compose_body(self) -> ComposeResult:
        """Show the table, which product fits best, and one answer closer."""
        load = self.comparison.load
        words = _("{hosts}, about {requests} requests a day. The best is on the left.")
        yield WordsBox(
            plain(
                words.format(hosts=hosts_counted(load.hosts), requests=grouped(load.requests)),
                "muted",
            ),
            id="fleet",
        )
        yield LineView(id="heads")
        yield NeedList(id="needs")
        yield LineView(id="best")
        yield LineView(id="why")

    def on_mount(self) -> None:
        """Fill the table and go there."""
        for selector in ("#heads", "#best", "#why"):
            self.query_one(selector).can_focus = False
        self.query_one("#needs").focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Wrap to another width."""
        self.call_after_refresh(self._draw)

    @property
    def candidate(self) -> Candidate:
        """Return the product of the chosen column."""
        return next(one for one in self.comparison.candidates if one.product is self._product)

    def _draw(self) -> None:
        needs = self.query_one("#needs", NeedList)
        here = needs.key or "hosts"
        self.query_one("#heads", LineView).show([head_line(self.comparison, self._product)])
        needs.show_keyed(choice_rows(self.comparison, self._product, here))
        best = self.query_one("#best", LineView)
        width = best.size.width - 1
        best.show([plain(line, "strong") for line in wrapped(best_words(self.comparison), width)])
        words = answer_words(self.candidate, *answer_of(self.candidate, here))
        why = self.query_one("#why", LineView)
        why.show([plain(line) for line in wrapped(words, width)])

    def on_line_list_moved(self) -> None:
        """Tell the reason of another row."""
        self._draw()

    def on_line_list_chosen(self) -> None:
        """Take the product of the column."""
        self.dismiss(self.candidate)

    def action_column(self, by: int) -> None:
        """Go to the next or previous product."""
        products = [one.product for one in self.comparison.candidates]
        at = products.index(self._product) + by
        self._product = products[max(0, min(len(products) - 1, at))]
        self._draw()

    def action_tick(self) -> None:
        """Say that the row's need is one, or is none any longer."""
        key = self.query_one("#needs", NeedList).key
        known = {need.value: need for need in Need}
        if key in known:
            needs = set(self.comparison.needs) ^ {known[key]}
            self._keep(needs)
            self.comparison = ranked(self.comparison, needs)
            self._draw()
