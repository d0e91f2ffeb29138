"""Fixtures of the stories: the real fleet, and an operator with an empty folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet import Fleet
from tests.story.operator import Operator


@pytest.fixture
def operator(tmp_path: Path, fleet: Fleet) -> Iterator[Operator]:
    """Return an operator who has never used Pilotage, and end runs that a test left behind."""
    somebody = Operator(folder=tmp_path, fleet=fleet)
    yield somebody
    if somebody.state.exists():
        somebody.stop_everything()
