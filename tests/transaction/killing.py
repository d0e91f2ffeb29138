"""Kill -9 of applies and other verbs, at many points and under every shell."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import cycle, islice

from tests.transaction.conftest import NewHost
from tests.transaction.practice_host import SHELLS, PracticeHost
from tests.transaction.stopping import stopping_library
from wizard.planning.plan import HostPlan
from wizard.transaction import compose
from wizard.transaction.answers import Verb

Scenario = Callable[[PracticeHost, str], Awaitable[object]]
Found = dict[tuple[str, str], object]
"""What a scenario found, by point and shell."""
AT_ONCE = 6
"""Hosts at work at the same time: more would only wait for each other."""


async def each_point(any_host: NewHost, points: Iterable[str], scenario: Scenario) -> Found:
    """Let `scenario` happen at each point, under each shell."""
    places = [(point, shell) for point in points for shell in SHELLS]
    return await _played(any_host, places, scenario)


async def each_point_once(
    any_host: NewHost, points: Iterable[str], scenario: Scenario, *, turn: int = 0
) -> dict[str, object]:
    """Let `scenario` happen at each point, under one shell each, by turns.

    Scenarios of the same points with the turns 0, 1 and 2 cut each point under every shell.
    """
    shells = islice(cycle(SHELLS), turn, None)
    found = await _played(any_host, list(zip(points, shells, strict=False)), scenario)
    return {point: result for (point, _), result in found.items()}


async def _played(
    any_host: NewHost, places: Iterable[tuple[str, str]], scenario: Scenario
) -> Found:
    at_once = asyncio.Semaphore(AT_ONCE)

    async def outcome(point: str, shell: str) -> object:
        async with at_once:
            return await scenario(any_host(shell=shell), point)

    async with asyncio.TaskGroup() as group:
        tasks = {place: group.create_task(outcome(*place)) for place in places}
    return {place: task.result() for place, task in tasks.items()}


def everywhere(expected: Mapping[str, object]) -> Found:
    """Return what `each_point` finds if every shell finds the same at a point."""
    return {(point, shell): found for point, found in expected.items() for shell in SHELLS}


async def killed_apply(host: PracticeHost, plan: HostPlan, point: str) -> None:
    """Apply `plan`, but be killed at a point."""
    script = compose.apply_script(
        plan, run="r1", holder="x", lease=120, nonce="N", library=stopping_library(point)
    )
    status, _, _ = await host.execute(script)
    stopped = (host.root / "practice/stopped").read_text().strip()
    assert (status, stopped) == (-signal.SIGKILL, point)


async def killed_verb(host: PracticeHost, verb: Verb, point: str, *, lease: float = 0) -> None:
    """Ask anything but apply, and let it be killed at a point."""
    script = compose.verb_script(
        verb, run="r1", holder="x", nonce="N", lease=lease, library=stopping_library(point)
    )
    status, _, _ = await host.execute(script)
    stopped = (host.root / "practice/stopped").read_text().strip()
    assert (status, stopped) == (-signal.SIGKILL, point)
