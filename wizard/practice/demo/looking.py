"""What is really on the hosts of a fleet that runs, past the product's own word."""

from __future__ import annotations

import asyncio

from wizard.practice.demo.control import Asked
from wizard.practice.demo.judging import Found
from wizard.practice.demo.running import RunningFleet
from wizard.practice.demo.truth import photograph


async def look_at_hosts(fleet: RunningFleet) -> dict[str, Found]:
    """Return the files of each host, and who really answers its pulls."""
    serves = await fleet.order(Asked.SERVES, hosts=list(fleet.hosts))
    photographs = await asyncio.to_thread(photograph, fleet.roots)
    return {name: Found(photograph=photographs[name], serves=serves[name]) for name in fleet.hosts}
