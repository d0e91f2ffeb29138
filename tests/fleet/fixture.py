"""The pytest fixture `fleet`: one real fleet for a whole test session.

A conftest takes it with `from tests.fleet.fixture import fleet, fleet_host_names`; tests that
ask for it carry `@pytest.mark.fleet`. Overriding `fleet_host_names` makes the fleet smaller.
`PILOTAGE_FLEET=NAME` in the environment lends a fleet that is already up, and leaves it up.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet import lifecycle, places
from tests.fleet.errors import FleetError
from tests.fleet.instance import Fleet, opened

_SESSION_NAME = re.compile(r"test-(?P<pid>\d+)-[0-9a-f]+")


@pytest.fixture(scope="session")
def fleet_host_names() -> tuple[str, ...] | None:
    """Return which hosts the session's fleet has; None for all."""
    return None


@pytest.fixture(scope="session")
def fleet(fleet_host_names: tuple[str, ...] | None) -> Iterator[Fleet]:
    """Bring a fleet up for the session, and take it down at its end, whatever happened."""
    if lent := os.environ.get("PILOTAGE_FLEET"):
        yield opened(lent)
        return
    name = f"test-{os.getpid()}-{secrets.token_hex(3)}"
    try:
        remove_orphans(places.state_root())
        started = lifecycle.up(name, fleet_host_names)
    except FleetError as error:
        pytest.fail(str(error), pytrace=False)
    try:
        yield started
    finally:
        lifecycle.down(name)


def remove_orphans(state: Path) -> None:
    """Take down the fleets of test sessions that were killed."""
    for name in places.names(state):
        session = _SESSION_NAME.fullmatch(name)
        if session and not Path("/proc", session["pid"]).exists():
            lifecycle.down(name, state=state)
