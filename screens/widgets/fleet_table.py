"""The fleet as a table that holds thousands of live rows.

Only visible rows that changed are repainted, a few times a second; Textual's `DataTable`
repaints itself whole (facts/tui.md §3). Rows are never sorted anew under the cursor: trouble
rises to the top only while the operator has not moved away from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from screens.glyphs import Glyph, draw
from screens.keys import MOVE_KEYS
from screens.widgets.fleet_rows import FleetRows, Sorting, StateFilter
from screens.widgets.paint import CURSOR, fitted, tone_styles
from screens.words import LOOKS, clock_time, grouped, hosts_counted, wave_short
from wizard.journal.events import RunKind
from wizard.wording import _, mark

# Types only: the first paint does not wait for what later steps need.
if TYPE_CHECKING:
    from wizard.run.view import HostView

Member = TypeVar("Member", bound=Enum)
_FLUSH_AFTER: Final = 0.22
"""Seconds in which changes gather before they are painted: at most 4.5 times a second."""
_SORT_WORDS: Final = {
    Sorting.TROUBLE: mark("trouble first"),
    Sorting.NAME: mark("by name"),
    Sorting.WAVE: mark("by wave"),
}
_FILTER_WORDS: Final = {
    StateFilter.ALL: "",
    StateFilter.TROUBLED: mark("only trouble"),
    StateFilter.BUSY: mark("only in work"),
    StateFilter.DONE: mark("only done"),
}


class FleetTable(ScrollView, can_focus=True):
    """Rows of `HostView`: cursor, filter, sorting, and a header that says what is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVE_KEYS,
        Binding("enter", "choose", mark("Look"), id="row_choose", key_display="Enter"),
        Binding("slash", "filter", mark("Filter"), id="row_filter", key_display="/"),
        Binding("f", "next_filter", mark("States"), id="row_states", show=False),
        Binding("o", "next_sorting", mark("Sort"), id="row_sort"),
        Binding("space", "hold", mark("Hold still"), id="row_hold", show=False),
    ]
    DEFAULT_CSS = """
    FleetTable { scrollbar-size-vertical: 1; overflow-x: hidden; background: $background; }
    """
    HELP = mark(
        "Enter looks closer at a host. / filters by text, f by state, o changes the order,"
        " Space holds the table still while you read."
    )

    class Chosen(Message):
        """Enter was pressed on a host."""

        def __init__(self, table: FleetTable, host: HostView) -> None:
            super().__init__()
            self.table = table
            self.host = host

    class FilterWanted(Message):
        """The operator wants to type a filter."""

        def __init__(self, table: FleetTable) -> None:
            super().__init__()
            self.table = table

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.rows = FleetRows()
        self.cursor = 0
        self.is_held = False
        self.kind = RunKind.ROLLOUT
        self._dirty: set[str] = set()
        self._timer: Timer | None = None
        self._flushed_at = 0.0
        self._styles: dict[str, Style] = {}

    @property
    def host(self) -> HostView | None:
        """Return the host under the cursor, None when no row is shown."""
        shown = self.rows.shown
        return self.rows.host(shown[self.cursor]) if self.cursor < len(shown) else None

    def update_hosts(self, hosts: Iterable[HostView]) -> None:
        """Take the newest state of hosts, known ones and new ones; painted soon, together."""
        self._dirty |= self.rows.take(hosts)
        if not self._dirty or self.is_held or self._timer or not self.is_attached:
            return
        wait = self._flushed_at + _FLUSH_AFTER - monotonic()
        if wait <= 0:
            self.flush()
        else:
            self._timer = self.set_timer(wait, self.flush)

    def replace_hosts(self, hosts: Iterable[HostView]) -> None:
        """Forget all rows and show these."""
        self.rows.clear()
        self.rows.take(hosts)
        self._arrange()

    def flush(self) -> None:
        """Paint what changed since the last time."""
        self._timer = None
        self._flushed_at = monotonic()
        dirty, self._dirty = self._dirty, set()
        if self.rows.is_out_of_order and self._is_at_top():
            self._arrange()
            return
        if self.virtual_size.height != len(self.rows.shown) + 1:
            self.virtual_size = Size(0, len(self.rows.shown) + 1)
            self.refresh()
            return
        self._refresh_rows(dirty)

    def filter_text(self, text: str) -> None:
        """Show only hosts whose name or detail contains `text`."""
        self.rows.text = text
        self._arrange()

    def _is_at_top(self) -> bool:
        return self.cursor == 0 and self.scroll_offset.y == 0

    def _refresh_rows(self, names: Iterable[str]) -> None:
        top = self.scroll_offset.y
        width, height = self.size
        visible = self.rows.shown[top : top + height - 1]
        wanted = set(names)
        for y, name in enumerate(visible, start=1):
            if name in wanted:
                self.refresh(Region(0, y, width, 1))
        if self.rows.counts_changed():
            self.refresh(Region(0, 0, width, 1))

    def _arrange(self) -> None:
        kept = self.host.name if self.host and not self._is_at_top() else None
        self.rows.arrange()
        shown = self.rows.shown
        self.virtual_size = Size(0, len(shown) + 1)
        self.cursor = shown.index(kept) if kept in shown else 0
        self._to_cursor()
        self.refresh()

    # Drawing

    def notify_style_update(self) -> None:
        """Forget resolved colours when the theme changes."""
        self._styles.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Return the header for line 0, else the row that is scrolled there."""
        return self._line(y).apply_style(self.rich_style)

    def _line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return Strip([Segment(fitted(self._header(), width), self._style("muted"))], width)
        index = self.scroll_offset.y + y - 1
        shown = self.rows.shown
        if index >= len(shown):
            return Strip.blank(width)
        return self._row(self.rows.host(shown[index]), width, is_here=index == self.cursor)

    def _row(self, host: HostView, width: int, *, is_here: bool) -> Strip:
        look = LOOKS[host.state]
        lit = self._style(CURSOR) if is_here and self.has_focus else None
        mark = draw(Glyph.HERE) if is_here else " "
        name_width = max(8, min(self.rows.longest + 1, 40, width - 39))
        wave = "" if host.wave is None else wave_short(host.wave, self.kind)
        cells = (
            (f"{mark} ", "live"),
            (fitted(f"{draw(look.glyph)} {_(look.word)}", 13), look.tone),
            (" ", ""),
            (fitted(host.name, name_width), "strong" if is_here else ""),
            (fitted(wave, 7), "muted"),
            (fitted(_detail(host), max(0, width - 23 - name_width)), "muted"),
        )
        segments = []
        for text, tone in cells:
            style = self._style(tone) if tone else Style.null()
            segments.append(Segment(text, lit + style if lit else style))
        return Strip(segments, width)

    def _style(self, tone: str) -> Style:
        if not self._styles:
            self._styles = tone_styles(self.app)
        return self._styles[tone]

    def _header(self) -> str:
        rows = self.rows
        if len(rows) == 0:
            return "  " + _("no hosts yet")
        count = hosts_counted(len(rows))
        if len(rows.shown) != len(rows):
            count = _("{shown} of {all}").format(shown=grouped(len(rows.shown)), all=count)
        parts = [count, _(_SORT_WORDS[rows.sorting])]
        if rows.states is not StateFilter.ALL:
            parts.append(_(_FILTER_WORDS[rows.states]))
        if rows.text:
            parts.append(f"/{rows.text}")
        if self.is_held:
            parts.append(_("HELD STILL, Space goes on"))
        if rows.is_out_of_order:
            parts.append(_("order changed: Home shows it"))
        return "  " + f" {draw(Glyph.DOT)} ".join(parts)

    # Keys

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self._go(self.cursor + by * max(1, self.size.height - 2))

    def action_first(self) -> None:
        """Move to the first row and let the order be made anew."""
        self.cursor = 0
        self.scroll_to(y=0, animate=False)
        if self.rows.is_out_of_order:
            self._arrange()
        self._go(0)

    def action_last(self) -> None:
        """Move to the last row."""
        self._go(len(self.rows.shown) - 1)

    def action_choose(self) -> None:
        """Tell that the host under the cursor was chosen."""
        if self.host:
            self.post_message(self.Chosen(self, self.host))

    def action_filter(self) -> None:
        """Ask for a filter text."""
        self.post_message(self.FilterWanted(self))

    def action_next_filter(self) -> None:
        """Show other states."""
        self.rows.states = _after(self.rows.states)
        self._arrange()

    def action_next_sorting(self) -> None:
        """Sort in another way."""
        self.rows.sorting = _after(self.rows.sorting)
        self._arrange()

    def action_hold(self) -> None:
        """Hold the table still, or let it go on."""
        self.is_held = not self.is_held
        if not self.is_held:
            self.flush()
        self.refresh(Region(0, 0, self.size.width, 1))

    def copy_text(self) -> str:
        """Return the names of the hosts shown, one a line."""
        return "\n".join(self.rows.shown)

    def on_focus(self) -> None:
        """Light the cursor's row."""
        self.refresh()

    def on_blur(self) -> None:
        """Unlight the cursor's row."""
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._to_cursor()

    def on_click(self, event: Click) -> None:
        """Move to the row clicked on; a double click chooses it."""
        if event.y > 0:
            self._go(self.scroll_offset.y + event.y - 1)
            if event.chain > 1:
                self.action_choose()

    def _go(self, index: int) -> None:
        old = self.cursor
        self.cursor = max(0, min(index, len(self.rows.shown) - 1))
        self._to_cursor()
        top, width = self.scroll_offset.y, self.size.width
        for row in {old, self.cursor}:
            self.refresh(Region(0, row - top + 1, width, 1))

    def _to_cursor(self) -> None:
        height = self.size.height - 1
        if height < 1 or not self.is_attached:
            return
        top = self.scroll_offset.y
        if not top <= self.cursor < top + height:
            wanted = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)
        y = self.cursor - self.scroll_offset.y + 1
        self.app.cursor_position = self.content_region.offset + Offset(0, y)


def _detail(host: HostView) -> str:
    """Return the detail, and when the host reverts by itself while it is armed."""
    if host.deadline is None:
        return host.detail
    until = _("reverts at {time} unless confirmed").format(time=clock_time(host.deadline))
    return f"{until} {host.detail}".rstrip()


def _after(member: Member) -> Member:
    members = list(type(member))
    return members[(members.index(member) + 1) % len(members)]
