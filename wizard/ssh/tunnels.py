"""Jump hosts: one connection each, shared by every host behind it.

A jump connection per host loses a third of 200 hosts to a default MaxStartups; a shared one
carried all of them (facts/fleet.md §3.3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncssh

from wizard.fleet.host import Host

Connect = Callable[
    [Host, asyncssh.SSHClientConnection | None], Awaitable[asyncssh.SSHClientConnection]
]
ResolveHop = Callable[[str], Host]


@dataclass(slots=True, kw_only=True)
class Tunnels:
    """Opens jump connections at first use and again when one was lost.

    Attributes:
        connect: opens one connection, through another one if given.
        resolve_hop: `[user@]host[:port]` or an alias of ssh_config to a Host.
    """

    connect: Connect
    resolve_hop: ResolveHop
    _open: dict[tuple[str, ...], asyncssh.SSHClientConnection] = field(default_factory=dict)
    _turns: dict[tuple[str, ...], asyncio.Lock] = field(default_factory=dict)

    async def through(self, hops: tuple[str, ...]) -> asyncssh.SSHClientConnection | None:
        """Return the open connection to the last of `hops`, None for no hops.

        Raises SSHFailure, which names the hop.
        """
        if not hops:
            return None
        turn = self._turns.setdefault(hops, asyncio.Lock())
        async with turn:
            connection = self._open.get(hops)
            if connection is None or connection.is_closed():
                before = await self.through(hops[:-1])
                connection = await self.connect(self.resolve_hop(hops[-1]), before)
                self._open[hops] = connection
            return connection

    async def aclose(self) -> None:
        """Close them, the farthest first."""
        for hops in sorted(self._open, key=len, reverse=True):
            connection = self._open.pop(hops)
            connection.close()
            await connection.wait_closed()
