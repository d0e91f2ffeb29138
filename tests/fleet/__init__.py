"""The real fleet: Debian hosts with real Docker, containerd and Podman, and real registries.

`python -m tests.fleet up` starts it by hand; tests ask for the fixture in `tests.fleet.fixture`.
Imports nothing but the standard library.
"""

from __future__ import annotations

from tests.fleet.access_log import Request
from tests.fleet.errors import FleetError
from tests.fleet.instance import Fleet, FleetHost, opened
from tests.fleet.lifecycle import down, up
from tests.fleet.registries import FleetRegistry

__all__ = [
    "Fleet",
    "FleetError",
    "FleetHost",
    "FleetRegistry",
    "Request",
    "down",
    "opened",
    "up",
]
