"""Jump hosts: one connection each, shared by every host behind it.

A jump connection per host loses a third of 200 hosts to a default MaxStartups; a shared one
carried all of them (facts/fleet.md §3.3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from wizard.errors import InputError
from wizard.fleet.host import Host
from wizard.ssh.connection import close_within
from wizard.ssh.failures import SSHFailure
from wizard.ssh.library import asyncssh
from wizard.wording import _

Connect = Callable[
    [Host, asyncssh.SSHClientConnection | None], Awaitable[asyncssh.SSHClientConnection]
]
ResolveHop = Callable[[str], Host]
_CLOSE_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Way:
    """The connection to the last of some hops, and how the last try to open it ended."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    connection: asyncssh.SSHClientConnection | None = None
    tries: int = 0
    failure: SSHFailure | None = None


@dataclass(slots=True, kw_only=True)
class Tunnels:
    """Opens jump connections at first use and again when one was lost.

    Attributes:
        connect: opens one connection, through another one if given.
        resolve_hop: `[user@]host[:port]` or an alias of ssh_config to a Host.
    """

    connect: Connect
    resolve_hop: ResolveHop
    _ways: dict[tuple[str, ...], _Way] = field(default_factory=dict)

    async def through(self, hops: tuple[str, ...]) -> asyncssh.SSHClientConnection | None:
        """Return the open connection to the last of `hops`, None for no hops.

        Who waited while somebody else tried in vain gets the same failure, so that a dead jump
        host costs its hosts one bound and not one each. Raises SSHFailure, which names the hop.
        """
        return await self._through(hops, ())

    async def _through(
        self, hops: tuple[str, ...], behind: tuple[str, ...]
    ) -> asyncssh.SSHClientConnection | None:
        if not hops:
            return None
        _refuse_circle(hops[-1], behind)
        way = self._ways.setdefault(hops, _Way())
        tries_before = way.tries
        async with way.turn:
            if way.connection is not None and not way.connection.is_closed():
                return way.connection
            if way.failure is not None and way.tries > tries_before:
                raise way.failure.again() from way.failure
            try:
                way.failure = None
                way.connection = await self._opened(hops, behind)
            except SSHFailure as failure:
                way.failure = failure
                raise
            finally:
                way.tries += 1
            return way.connection

    async def _opened(
        self, hops: tuple[str, ...], behind: tuple[str, ...]
    ) -> asyncssh.SSHClientConnection:
        hop = self.resolve_hop(hops[-1])
        # As OpenSSH: only the first hop is reached by its own jump hosts.
        before = await self._through(hops[:-1] or hop.proxy_jump, (*behind, hops[-1]))
        return await self.connect(hop, before)

    async def aclose(self) -> None:
        """Close them, the farthest first."""
        for hops in sorted(self._ways, key=len, reverse=True):
            connection = self._ways.pop(hops).connection
            if connection is not None:
                await close_within(connection, _CLOSE_SECONDS)


def _refuse_circle(hop: str, behind: tuple[str, ...]) -> None:
    if hop in behind:
        raise InputError(
            _("The jump hosts go in a circle: {hops}.").format(hops=" → ".join((*behind, hop))),
            todo=_("Give the outermost one `ProxyJump none`."),
        )
