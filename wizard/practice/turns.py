"""Whose turn it is: all hosts of a fleet share one machine, whose cores real hosts have each.

Commands that all begin together would all end together, late. So a few go at a time, and the
first answers come at once; nobody waits long, because a turn that is not given back runs out.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_OF_A_CORE: Final = 3
_SECONDS: Final = 0.5
"""A command that takes longer mostly waits, so the next one may begin."""


class Turns:
    """Turns of the commands of a whole fleet."""

    def __init__(self, cores: int | None = None) -> None:
        self._free = asyncio.Semaphore(_OF_A_CORE * (cores or os.cpu_count() or 1))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Begin when it is one's turn."""
        await self._free.acquire()
        over = asyncio.get_running_loop().call_later(_SECONDS, self._free.release)
        try:
            yield
        finally:
            if over.when() > asyncio.get_running_loop().time():
                over.cancel()
                self._free.release()
