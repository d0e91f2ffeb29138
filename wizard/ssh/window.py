"""How many handshakes may be under way on one route: halved on a refusal, slowly regrown.

A default sshd drops connections at random from ten unauthenticated ones on (MaxStartups
10:30:100): at 50 at once a third of 200 were lost (facts/fleet.md §3.3). Open connections
cost nothing there; only handshakes are bounded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Window:
    """A semaphore whose bound follows what the other side takes (AIMD)."""

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._bound = float(ceiling)
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def bound(self) -> int:
        """Return how many may be under way now."""
        return int(self._bound)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place and hold it."""
        await self._take()
        try:
            yield
        finally:
            self._taken -= 1
            self._wake()

    def refused(self) -> None:
        """Halve the bound: the other side is at its limit."""
        self._bound = max(1.0, self._bound / 2)

    def served(self) -> None:
        """Let the bound grow by one per round of successes, up to the ceiling."""
        self._bound = min(float(self._ceiling), self._bound + 1 / self._bound)
        self._wake()

    async def _take(self) -> None:
        if self._taken < self.bound and not self._waiting:
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._taken -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self._taken < self.bound:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
