"""A stage for every test that pulls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.practice.runtimes.stage import Stage, staged


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Return a stage whose target has a root face."""
    async with staged(tmp_path) as found:
        yield found
