"""A world with practice hosts in it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.practice.hosts.world import World, practising
from wizard.practice.home import Home


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Yield an empty world."""
    async with practising(tmp_path) as world:
        yield world


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Yield a home for a fleet."""
    with Home.open(tmp_path) as home:
        yield home


@pytest.fixture
def free_ports() -> int:
    """Return the first of two ports that are free now."""
    for first in range(20_000 + os.getpid() % 10_000, 32_000, 2):
        with contextlib.suppress(OSError):
            for port in (first, first + 1):
                socket.create_server(("127.0.0.1", port)).close()
            return first
    raise RuntimeError("no two ports are free")
