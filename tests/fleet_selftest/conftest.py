"""The real fleet for its own tests."""

from __future__ import annotations

from tests.fleet.fixture import fleet, fleet_host_names

__all__ = ["fleet", "fleet_host_names"]
