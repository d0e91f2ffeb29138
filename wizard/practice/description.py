"""Where everything of a practice fleet is, as whoever started it is told."""

from __future__ import annotations

from typing import Any

from wizard.practice.fleet import PracticeFleet


def described(fleet: PracticeFleet) -> dict[str, Any]:
    """Return where everything of a fleet is."""
    return {
        "home": str(fleet.home),
        "operator": str(fleet.operator),
        "migration_file": str(fleet.migration_file),
        "target": fleet.target.url,
        "prefix_target": fleet.prefix_target.url,
        "upstream": fleet.upstream.url,
        "hosts": [
            {
                "name": name,
                "flavour": fleet.designs[name].flavour,
                "address": host.address,
                "port": host.port,
                "root": str(host.root),
            }
            for name, host in fleet.hosts.items()
        ],
    }
