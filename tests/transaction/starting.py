"""Starting a process without being cancelled meanwhile."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import Coroutine


async def started(starting: Coroutine[None, None, Process]) -> Process:
    """Return the process that `asyncio.create_subprocess_exec` makes.

    Where it is cancelled between a process and its pipes, asyncio of Python 3.11 waits for ever.
    So a cancellation waits until both are there, and comes with the caller's next `await`, which
    can end the process.
    """
    task = asyncio.ensure_future(starting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        this = asyncio.current_task()
        if this is None or task.exception():
            raise
        this.uncancel()
        this.cancel()
        return task.result()
