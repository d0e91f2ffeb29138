"""Fixtures of the stories: the real fleet, and an operator with an empty folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet import Fleet
from tests.story.operator import Operator


@pytest.fixture(scope="session")
def plans() -> dict[str, bytes]:
    """Return the plans that stories share."""
    return {}


@pytest.fixture
def operator(tmp_path: Path, fleet: Fleet, plans: dict[str, bytes]) -> Iterator[Operator]:
    """Return an operator who has never used Pilotage, and end runs that a test left behind."""
    somebody = Operator(folder=tmp_path, fleet=fleet, plans=plans)
    yield somebody
    if somebody.state.exists():
        somebody.stop_everything()
