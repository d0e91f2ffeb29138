"""A world with practice hosts in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.practice.hosts.world import World, practising


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Yield an empty world."""
    async with practising(tmp_path) as world:
        yield world
