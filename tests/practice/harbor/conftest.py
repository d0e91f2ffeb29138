"""A practice Harbor for each test, on a clock that a test may move."""

from __future__ import annotations

import pytest

from tests.practice.harbor.moving import MovingClock
from tests.registries.harbor.stage import Stage, set_up


@pytest.fixture
def moving() -> MovingClock:
    """Return a clock that stands still."""
    return MovingClock()


@pytest.fixture
def stage(moving: MovingClock) -> Stage:
    """Return a fresh Harbor."""
    return set_up(moving)
