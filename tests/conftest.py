"""What every test starts with: English, signals as everybody has them, and one real fleet."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.fleet.fixture import fleet, pytest_runtest_makereport, tidy_fleet
from tests.temporary import write_in_memory
from tests.warm.fixture import warm, warm_interpreter
from wizard.collecting import collect_seldom, start_quickly
from wizard.wording import choose_language

__all__ = [
    "fleet",
    "pytest_collection_finish",
    "pytest_configure",
    "pytest_runtest_makereport",
    "pytest_sessionstart",
    "tidy_fleet",
    "warm",
    "warm_interpreter",
]

# With each request to a server within the test httpx asks whether trio is there, by an import that
# looks through every directory again. This is what an import that failed for good looks like.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

# How long an example takes on a busy machine says nothing of the product.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure() -> None:
    """Let tests, and the workers that are started for them, write in memory."""
    write_in_memory()


def pytest_sessionstart() -> None:
    """Take Ctrl-C and a hang-up as everybody does, and load the tests without looks for garbage.

    Whatever a script starts in its background ignores the one, and whatever `nohup` starts the
    other, and so would all that tests start.
    """
    start_quickly()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_finish() -> None:
    """Look for no garbage among thousands of collected tests each time that one made some."""
    collect_seldom()


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    """Leave no language behind: it is one for the process, and other tests read what it says."""
    yield
    choose_language({})
