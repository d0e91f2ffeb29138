"""A practice Harbor for each test."""

from __future__ import annotations

import pytest

from tests.registries.conftest import QuickClock
from tests.registries.harbor.stage import Stage, set_up


@pytest.fixture
def stage(clock: QuickClock) -> Stage:
    """Return a fresh Harbor."""
    return set_up(clock)
