"""One real fleet for the whole test session, started when the first test asks for it."""

from __future__ import annotations

from tests.fleet.fixture import fleet, fleet_host_names

__all__ = ["fleet", "fleet_host_names"]
