"""Each section of the facts about runtimes, and each known failure, has cases that name it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from tests.planning.cases import case_paths

SECTIONS: Final = (
    *("0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"),
    *("2.1", "2.2", "2.3", "2.4", "2.5", "3.1", "3.2", "3.3", "4", "5", "6"),
)
FAILURES: Final = range(1, 20)
"""Rows of facts/runtimes.md §7; the last is about what the proof pulls: tests/transaction."""
ROWS_OF_K3S: Final = (
    *("file", "applied", "generated", "since", "endpoint path"),
    *("rewrite", "fallback", "auth/tls", "Spegel"),
)
_SECTION: Final = re.compile(r"facts/runtimes\.md ([^;]*)|; (§[^;]*)")


def _sources() -> Iterator[str]:
    for path in case_paths():
        for found in _SECTION.finditer(json.loads(path.read_text(encoding="utf-8"))["source"]):
            yield found[1] or found[2]


def test_every_section_and_every_row_has_a_case() -> None:
    """A rule of the field that nobody plays is only a belief."""
    said = "\n".join(_sources())
    named = set(re.findall(r"§(\d+(?:\.\d+)?)", said))
    rows = {int(number) for number in re.findall(r"§7 row (\d+)", said)}
    of_k3s = [row for row in ROWS_OF_K3S if re.search(rf"§4 rows? .*\b{row}\b", said) is None]
    missing = [section for section in SECTIONS if section not in named]
    assert (missing, sorted(set(FAILURES) - rows), of_k3s) == ([], [], [])
