"""The operator's ssh-agent over one connection that all handshakes share."""

from __future__ import annotations

import asyncio
from typing import Final

from wizard.ssh.library import asyncssh

_CLOSE_SECONDS: Final = 3.0


class SharedAgent(asyncssh.SSHAgentClient):
    """An agent client that survives the cancellation of those who ask it.

    A handshake that is cut off between question and answer would leave the answer in the
    stream, where the next one would take it for its own signature.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._signing: set[asyncio.Task[bytes]] = set()

    async def sign(self, key_blob: bytes, data: bytes, flags: int = 0) -> bytes:
        """Return the agent's signature of `data`; raises ValueError if it refuses."""
        task = asyncio.create_task(super().sign(key_blob, data, flags))
        self._signing.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[bytes]) -> None:
        self._signing.discard(task)
        if not task.cancelled():
            task.exception()  # seen, so that a refusal after a cancellation is not reported

    async def aclose(self) -> None:
        """Wait a moment for signatures under way, then close."""
        if self._signing:
            _done, stuck = await asyncio.wait(self._signing, timeout=_CLOSE_SECONDS)
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
        self.close()
        await self.wait_closed()
