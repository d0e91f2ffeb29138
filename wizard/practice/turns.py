"""Whose turn it is: all hosts of a fleet share one machine, whose cores real hosts have each.

Commands that all begin together would all end together, late. So a few go at a time, and the
first answers come at once; nobody waits long, because a turn that is not given back runs out.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

_LOGINS: Final = 1
_COMMANDS: Final = 3
"""At the same time on each core."""
_SECONDS: Final = 0.5
"""Whatever takes longer mostly waits, so the next one may begin."""


class Turns:
    """Turns of all hosts of a fleet, in logging in and in running a command.

    Attributes:
        first: what has to be over before anybody's turn begins; None: nothing.
    """

    def __init__(self, cores: int | None = None) -> None:
        self.first: Callable[[], Awaitable[None]] | None = None
        cores = cores or os.cpu_count() or 1
        self._logins = asyncio.Semaphore(_LOGINS * cores)
        self._commands = asyncio.Semaphore(_COMMANDS * cores)

    def login(self) -> AbstractAsyncContextManager[None]:
        """Begin when it is one's turn to log in."""
        return self._turn(self._logins)

    def command(self) -> AbstractAsyncContextManager[None]:
        """Begin when it is one's turn to run a command."""
        return self._turn(self._commands)

    @asynccontextmanager
    async def _turn(self, free: asyncio.Semaphore) -> AsyncIterator[None]:
        if self.first:
            await self.first()
        await free.acquire()
        loop = asyncio.get_running_loop()
        over = loop.call_later(_SECONDS, free.release)
        try:
            yield
        finally:
            if over.when() > loop.time():
                over.cancel()
                free.release()
