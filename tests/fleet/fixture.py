"""The pytest fixture `fleet`: one real fleet for a whole test session.

The conftest takes all that is here; tests that ask for it carry `@pytest.mark.fleet`. Under
`pytest -n` each worker has a fleet of its own. A test that fails may leave hosts in any state:
before the next one they are made as new, so one defect fails one test.
`PILOTAGE_FLEET=NAME` in the environment lends a fleet that is already up, and leaves it up.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fleet import lifecycle, places
from tests.fleet.configuration import configuration, differences
from tests.fleet.errors import FleetError
from tests.fleet.instance import Fleet, opened

_UNTIDY = pytest.StashKey[bool]()
ORPHANS_SECONDS = 300.0
_SESSION_NAME = re.compile(r"test-(?P<pid>\d+)-(?P<started>\d+)-[0-9a-f]+")
_STARTED = 19
"""Which word of /proc/PID/stat behind the name tells when a process started."""


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """Bring a fleet up for the session, and take it down at its end, whatever happened."""
    if lent := os.environ.get("PILOTAGE_FLEET"):
        yield opened(lent)
        return
    name = session_name()
    try:
        remove_orphans(places.state_root())
        started = lifecycle.up(name)
    except FleetError as error:
        pytest.fail(str(error), pytrace=False)
    try:
        yield started
    finally:
        lifecycle.down(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test which has the fleet failed, in whatever phase."""
    report = yield
    if report.failed and "fleet" in getattr(item, "fixturenames", ()):
        item.session.stash[_UNTIDY] = True
    return report


@pytest.fixture(autouse=True)
def tidy_fleet(request: pytest.FixtureRequest) -> Iterator[None]:
    """Make the hosts as new if the test before failed; see that this one leaves their files."""
    if "fleet" not in request.fixturenames:
        yield
        return
    fleet: Fleet = request.getfixturevalue("fleet")
    if request.session.stash.get(_UNTIDY, False):
        request.session.stash[_UNTIDY] = False
        fleet.renew()
    with files_stay(fleet):
        yield


@contextmanager
def files_stay(fleet: Fleet) -> Iterator[None]:
    """Fail if the hosts' configuration is not the same afterwards; later tests would meet it."""
    before = configuration(fleet)
    yield
    if left := differences(before, configuration(fleet)):
        pytest.fail("left on the hosts: " + "; ".join(left), pytrace=False)


def session_name() -> str:
    """Return a name for a fleet of this test session, which tells whose it is."""
    return f"test-{os.getpid()}-{_started(os.getpid())}-{secrets.token_hex(3)}"


def is_orphan(name: str) -> bool:
    """Tell whether a fleet is one of a test session that has ended."""
    session = _SESSION_NAME.fullmatch(name)
    return session is not None and _started(int(session["pid"])) != session["started"]


def remove_orphans(state: Path) -> None:
    """Take down the fleets of test sessions that were killed; one worker does, others wait."""
    with places.locked("orphans", ORPHANS_SECONDS):
        for name in filter(is_orphan, places.names(state)):
            lifecycle.down(name, state=state)


def _started(pid: int) -> str:
    """Return when a process started, nothing where there is none: numbers are given out again."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return words[_STARTED]
