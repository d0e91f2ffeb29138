"""One real fleet for the whole test session, started when the first test asks for it."""

from __future__ import annotations

from tests.fleet.fixture import fleet, pytest_runtest_makereport, tidy_fleet

__all__ = ["fleet", "pytest_runtest_makereport", "tidy_fleet"]
