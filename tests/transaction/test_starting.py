"""A process that is cancelled while it starts: it ends, and so does whoever started it."""

from __future__ import annotations

import asyncio

import pytest

from tests.transaction.practice_host import PracticeHost


@pytest.mark.parametrize("steps", range(12))
async def test_a_script_that_is_cancelled_while_it_starts_ends_with_its_task(
    host: PracticeHost, steps: int
) -> None:
    """At whichever step of its start: nothing waits for ever, and no process is left."""
    task = asyncio.ensure_future(host.execute(b"sleep 60"))
    for _ in range(steps):
        await asyncio.sleep(0)  # waits for nothing: the start takes one more step
    task.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await task
    await host.settle()


async def test_a_deadline_that_passes_while_a_script_starts_is_told_as_one(
    host: PracticeHost,
) -> None:
    """Not as a cancellation, which would end whoever set the deadline."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await host.execute(b"sleep 60")
    await host.settle()
