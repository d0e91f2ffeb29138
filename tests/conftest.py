"""One real fleet for the whole test session, started when the first test asks for it."""

from __future__ import annotations

import signal

from tests.fleet.fixture import fleet, pytest_runtest_makereport, tidy_fleet

__all__ = ["fleet", "pytest_runtest_makereport", "pytest_sessionstart", "tidy_fleet"]


def pytest_sessionstart() -> None:
    """Take Ctrl-C as everybody does.

    Whatever a script starts in its background ignores it, and so would all that tests start.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
