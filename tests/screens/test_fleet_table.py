"""The fleet table: order, cursor, filters, and how little it repaints."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.geometry import Region

from screens.look import DARK, DEFAULTS, themes
from screens.widgets.fleet_rows import FleetRows, Sorting, StateFilter
from screens.widgets.fleet_table import FleetTable
from wizard.run.states import HostState
from wizard.run.view import HostView


def _hosts(count: int, state: HostState = HostState.WAITING) -> list[HostView]:
    return [
        HostView(name=f"h{number:04d}", state=state, wave=number % 3) for number in range(count)
    ]


class _Table(App[None]):
    def __init__(self) -> None:
        super().__init__()
        for theme in themes():
            self.register_theme(theme)
        self.theme = DARK

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DEFAULTS

    def compose(self) -> ComposeResult:
        yield FleetTable()


def test_trouble_stands_first_then_the_operators_order() -> None:
    """Sorting by trouble keeps equal hosts in the order in which they came."""
    rows = FleetRows()
    rows.take([*_hosts(3), HostView(name="bad", state=HostState.REFUSED)])
    rows.arrange()

    assert rows.shown == ["bad", "h0000", "h0001", "h0002"]


async def test_wave_column_names_the_canary() -> None:
    """Wave 0 is called what it is; later waves have their number."""
    async with _Table().run_test(size=(80, 10)) as pilot:
        table = pilot.app.query_one(FleetTable)
        table.update_hosts(
            [HostView(name=f"h{wave}", state=HostState.ARMED, wave=wave) for wave in (0, 1)]
        )
        await pilot.pause()
        rows = [table.render_line(line).text.split() for line in (1, 2)]

    assert [row[-2:] for row in rows] == [["h0", "canary"], ["h1", "1"]]


def test_sorting_by_name_and_by_wave() -> None:
    """The other orders are by name and by wave."""
    rows = FleetRows()
    rows.take(reversed(_hosts(4)))
    rows.sorting = Sorting.NAME
    rows.arrange()
    assert rows.shown == ["h0000", "h0001", "h0002", "h0003"]

    rows.sorting = Sorting.WAVE
    rows.arrange()
    assert rows.shown == ["h0003", "h0000", "h0001", "h0002"]


def test_filters_by_text_and_by_state() -> None:
    """Text looks into name and detail, states into groups of states."""
    rows = FleetRows()
    rows.take([*_hosts(3), HostView(name="x", state=HostState.LOST, detail="H0001 was here")])
    rows.text = "h0001"
    rows.arrange()
    assert rows.shown == ["x", "h0001"]

    rows.states = StateFilter.TROUBLED
    rows.arrange()
    assert rows.shown == ["x"]


def test_unchanged_hosts_are_not_reported_as_changed() -> None:
    """Only what differs is painted."""
    rows = FleetRows()
    hosts = _hosts(10)
    rows.take(hosts)
    changed = HostView(name="h0003", state=HostState.APPLYING)

    assert {"h0003"} == rows.take([*hosts[:3], changed, *hosts[4:]])


async def test_holds_5000_rows_and_reaches_the_last() -> None:
    """End, Home and paging work at once on 5,000 rows."""
    app = _Table()
    async with app.run_test(size=(100, 30)) as pilot:
        table = app.query_one(FleetTable)
        table.replace_hosts(_hosts(5000))
        await pilot.press("end")
        assert (table.cursor, table.host and table.host.name) == (4999, "h4999")
        await pilot.press("home", "pagedown")
        assert table.cursor == 28


async def test_repaints_only_changed_visible_rows() -> None:
    """One change on screen is one line; a change elsewhere is none."""
    app = _Table()
    async with app.run_test(size=(100, 30)) as pilot:
        table = app.query_one(FleetTable)
        table.replace_hosts(_hosts(5000))
        await pilot.pause()
        table.flush()
        await pilot.pause()
        painted: list[Region] = []

        def record(*regions: Region, **_options: bool) -> FleetTable:
            painted.extend(regions)
            return table

        table.refresh = record  # type: ignore[method-assign]  # what is asked for is looked at
        table.rows.take([HostView(name="h0004", state=HostState.APPLYING)])
        table._dirty = {"h0004", "h4000"}
        table.flush()

        assert [Region(0, 5, 100, 1)] == painted


async def test_rows_are_not_sorted_anew_under_the_cursor() -> None:
    """While the operator is down in the list, trouble waits and is announced."""
    app = _Table()
    async with app.run_test(size=(100, 30)) as pilot:
        table = app.query_one(FleetTable)
        table.replace_hosts(_hosts(50))
        await pilot.press("down", "down")
        table.update_hosts([HostView(name="h0040", state=HostState.LOST)])
        table.flush()
        assert (table.cursor, table.host and table.host.name) == (2, "h0002")
        assert "order changed: Home shows it" in table.render_line(0).text

        await pilot.press("home")
        assert table.rows.shown[0] == "h0040"


async def test_held_table_stands_still_until_space() -> None:
    """Space holds what is shown and says so; Space again catches up."""
    app = _Table()
    async with app.run_test(size=(100, 30)) as pilot:
        table = app.query_one(FleetTable)
        table.replace_hosts(_hosts(5))
        await pilot.press("space")
        assert "HELD STILL" in table.render_line(0).text
        table.update_hosts([HostView(name="h0004", state=HostState.LOST)])
        await pilot.pause()
        assert table.rows.shown[0] == "h0000"

        await pilot.press("space")
        assert table.rows.shown[0] == "h0004"


async def test_states_show_sign_and_word() -> None:
    """No state is told by colour alone."""
    app = _Table()
    async with app.run_test(size=(100, 30)):
        table = app.query_one(FleetTable)
        table.replace_hosts([HostView(name=state.value, state=state) for state in HostState])
        shown = {table.render_line(y).text[2:15].strip() for y in range(1, len(HostState) + 1)}

        assert len(HostState) == len(shown)


async def test_wide_names_keep_the_columns() -> None:
    """Chinese names count two cells each, and a line is exactly as wide as the table."""
    app = _Table()
    async with app.run_test(size=(60, 10)):
        table = app.query_one(FleetTable)
        table.replace_hosts([HostView(name="数据库主机一号" * 4, state=HostState.ARMED)])

        assert {60} == {table.render_line(y).cell_length for y in range(10)}


async def test_armed_host_says_when_it_reverts_by_itself() -> None:
    """The deadline is a time of day: a still table costs nothing."""
    app = _Table()
    async with app.run_test(size=(100, 10)):
        table = app.query_one(FleetTable)
        table.replace_hosts([HostView(name="web1", state=HostState.ARMED, deadline=0.0)])

        assert "unless confirmed" in table.render_line(1).text
