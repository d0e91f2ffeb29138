"""The real fleet: Debian hosts with real Docker, containerd and Podman, and real registries.

By hand, as root (the first `up` builds the root file systems, which takes some minutes):

    python -m tests.fleet up --name mine                 all hosts; or name some
    ssh -F /var/lib/pilotage-fleet/mine/ssh_config trixie-docker-via-bastion
    python -m tests.fleet exec --name mine book-cri -- crictl info
    python -m tests.fleet down --name mine

Tests ask for the fixture in `tests.fleet.fixture`. Imports nothing but the standard library.
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
