"""Homes for fleets of a few hosts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.practice.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Yield a home for a fleet."""
    with Home.open(tmp_path) as home:
        yield home
