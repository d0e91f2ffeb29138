"""Words and tables: aligned by cells, safe for any terminal, complete."""

from __future__ import annotations

import pytest

from wizard.cli.event_lines import event_words
from wizard.cli.plan_text import folded
from wizard.cli.table import cell_width, pairs, table
from wizard.journal.events import Event, EventKind, RunKind


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("主机", 4), ("é", 1), ("e\N{COMBINING ACUTE ACCENT}", 1), ("", 0)],
)
def test_width_is_counted_in_cells(text: str, width: int) -> None:
    """Wide characters take two, combining marks none."""
    assert cell_width(text) == width


def test_columns_align_by_cells() -> None:
    """A Chinese name does not push the next column."""
    assert table(["HOST", "STATE"], [("主机", "ok"), ("web1", "ok")]) == [
        "HOST  STATE",
        "主机  ok",
        "web1  ok",
    ]


def test_empty_columns_are_left_out() -> None:
    """A column that says nothing costs nothing."""
    assert table(["A", "B", "C"], [("x", "", 1), ("y", "", 2)]) == ["A  C", "x  1", "y  2"]


def test_foreign_cells_cannot_command_the_terminal() -> None:
    """Escapes and line breaks do not survive."""
    assert table(["A"], [("x\x1b[2Jy\nz",)]) == ["A", "x\N{REPLACEMENT CHARACTER}[2Jy z"]


def test_empty_values_are_no_lines() -> None:
    """A card shows only what there is to say."""
    assert pairs([("Host", "web1"), ("Step", ""), ("What", "x")]) == ["Host  web1", "What  x"]


def test_many_names_fold_into_a_count() -> None:
    """Eight are read, two hundred are not."""
    assert folded([f"n{number}" for number in range(10)]) == (
        "n0, n1, n2, n3, n4, n5, n6, n7 and 2 more"
    )


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_has_words(kind: EventKind) -> None:
    """Even one without any details, as an older journal may hold."""
    assert event_words(Event(seq=1, at=0.0, kind=kind), RunKind.ROLLOUT).strip() != ""


def test_orders_and_results_are_told_as_they_are_typed_and_read() -> None:
    """An order is told as it goes on the command line, a result in the chosen language."""
    told = [
        event_words(Event(seq=1, at=0.0, kind=kind, data=data), RunKind.ROLLOUT)
        for kind, data in (
            (EventKind.WAITING, {"choices": ["go_on", "roll_back_all"]}),
            (EventKind.ORDER_GIVEN, {"by": "ana", "order": "roll_back_all"}),
            (EventKind.RUN_ENDED, {"result": "rolled_back"}),
            (EventKind.RUN_ENDED, {"result": "of_a_later_version"}),
        )
    ]
    assert told == [
        "waiting for a decision: go-on, roll-back-all",
        "ana orders: roll-back-all",
        "ended: rolled back",
        "ended: of_a_later_version",
    ]
