"""A stand-in of each product with the command in front of it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.cli.provision.place import (
    HARBOR,
    NEXUS,
    KnownCalls,
    Place,
    way_to,
)
from tests.registries.conftest import QuickClock
from tests.registries.harbor.stage import Stage, set_up
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.registries.authority import Login


@pytest.fixture
def clock() -> QuickClock:
    """Return a clock that waits for nothing."""
    return QuickClock()


@pytest.fixture
def stage(clock: QuickClock) -> Stage:
    """Return a fresh Harbor."""
    return set_up(clock)


@pytest.fixture
def harbor(tmp_path: Path, stage: Stage, clock: QuickClock) -> Place:
    """Return the command in front of a Harbor."""
    transport = KnownCalls(stage.transport, httpx.ASGITransport(stage.app))
    place = Place(folder=tmp_path, transport=transport, clock=clock)
    place.write(HARBOR)
    return place


@pytest.fixture
def server() -> PracticeNexus:
    """Return a fresh Nexus."""
    return PracticeNexus()


@pytest.fixture
def nexus(tmp_path: Path, server: PracticeNexus, clock: QuickClock) -> Place:
    """Return the command in front of a Nexus."""
    login = Login(username="admin", password=server.setting.password)
    place = Place(folder=tmp_path, transport=way_to(server), clock=clock, login=login)
    place.write(NEXUS, kind="nexus")
    return place
