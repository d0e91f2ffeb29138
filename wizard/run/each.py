"""Doing the same to many hosts, a bounded number of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable


async def each(
    hosts: Iterable[str],
    work: Callable[[str], Awaitable[object]],
    *,
    at_once: int,
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Await `work` for every host; once `goes_on` says no, start no more and let the rest end."""
    turns = asyncio.Semaphore(at_once)

    async def one(host: str) -> None:
        async with turns:
            if goes_on():
                await work(host)

    async with asyncio.TaskGroup() as group:
        for host in hosts:
            group.create_task(one(host))
