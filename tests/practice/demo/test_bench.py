"""The bench of the demo: what counts as linear growth, and what does not."""

from __future__ import annotations

import pytest

from tests.bench.demo import ALIKE, AS_COMMANDED, bars


def row(
    way: str, hosts: int, seconds: float, *, well: bool = True
) -> tuple[str, dict[str, object]]:
    """Return a row of the bench."""
    return way, {"hosts": hosts, "seconds": seconds, "as_documented": well}


@pytest.mark.parametrize(
    ("rows", "missed"),
    [
        ([row(AS_COMMANDED, 24, 12.0), row(ALIKE, 100, 20.0), row(ALIKE, 500, 110.0)], []),
        ([row(AS_COMMANDED, 24, 31.0)], ["24 hosts in less than 30 s"]),
        (
            [row(ALIKE, 100, 20.0), row(ALIKE, 500, 130.0)],
            ["from 100 to 500 hosts (5.0x) 6.5x as long, bar 6.2x"],
        ),
        ([row(ALIKE, 24, 9.0, well=False)], ["24 hosts end as documented, alike"]),
    ],
)
def test_bars(rows: list[tuple[str, dict[str, object]]], missed: list[str]) -> None:
    """Each one can be missed, and nothing else is said to be."""
    assert [words for met, words in bars(rows) if not met] == missed
