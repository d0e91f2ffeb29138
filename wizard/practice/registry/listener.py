"""A port that speaks TLS: open, shut but kept, or given up, with nothing left behind.

Connections are tasks of one group, handshakes included, so ending the group ends all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

from wizard.clock import Clock
from wizard.practice.certificates import Identity
from wizard.practice.loopback import bound_socket, held_socket, let_in
from wizard.practice.registry.tls_channel import TlsChannel

LOOPBACK: Final = "127.0.0.1"
_WAITING_CLIENTS: Final = 1024
_HANDSHAKE_SECONDS: Final = 15.0
_BREATH_SECONDS: Final = 0.05
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

Serve = Callable[[TlsChannel], Awaitable[None]]
"""Talks to one client; an OSError of it means that the client is gone."""


class Listener:
    """A TLS port on loopback.

    Args:
        identity: certificate and key that are shown.
        serve: called for each connection after its handshake.
        clock: waits while the machine has no file descriptor left.
        port: the port; 0 for any free one, which is then kept.
        address: the address.
    """

    def __init__(
        self,
        identity: Identity,
        serve: Serve,
        *,
        clock: Clock,
        port: int = 0,
        address: str = LOOPBACK,
    ) -> None:
        self.port = port
        self.address = address
        self._context = _context(identity)
        self._serve = serve
        self._clock = clock
        self._accepting: asyncio.Task[None] | None = None
        self._held: socket.socket | None = None
        self._ending = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Tell whether clients are let in."""
        return self._accepting is not None and not self._accepting.done()

    def open(self) -> None:
        """Take the port and let clients in; raises InputError when somebody else has it."""
        if self.is_open:
            return
        bound, self._held = self._held or bound_socket(self.address, self.port), None
        door = let_in(bound, backlog=_WAITING_CLIENTS)
        self.port = door.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept(door), name=f"practice:{self.port}")
        # Also where it is cancelled before its first step.
        self._accepting.add_done_callback(lambda _ended: door.close())

    async def shut(self) -> None:
        """End every connection and refuse clients; no other program gets the port meanwhile.

        Raises what ended the listener before, if it was not this call, and InputError where the
        port cannot be kept.
        """
        async with self._ending:
            await self._end()
            self._held = held_socket(self.address, self.port)
            self.port = self._held.getsockname()[1]

    async def close(self) -> None:
        """Give up the port and end every connection; clients are refused from now on.

        Raises what ended the listener before, if it was not this call.
        """
        async with self._ending:
            await self._end()

    async def _end(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
        accepting, self._accepting = self._accepting, None
        if accepting is None:
            return
        accepting.cancel()
        await asyncio.wait((accepting,))
        if not accepting.cancelled():
            accepting.result()

    async def _accept(self, door: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with door:
            async with asyncio.TaskGroup() as group:
                while True:
                    try:
                        client, _peer = await loop.sock_accept(door)
                    except ConnectionError:
                        continue
                    except OSError as error:
                        if error.errno not in _EXHAUSTED:
                            raise
                        await self._clock.sleep(_BREATH_SECONDS)
                        continue
                    group.create_task(self._meet(client))

    async def _meet(self, client: socket.socket) -> None:
        # A client that does not trust the certificate, or leaves, is an everyday event.
        with client, contextlib.suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            channel = TlsChannel(client, self._context)
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                await channel.shake_hands()
            await self._serve(channel)
            await channel.end()


def _context(identity: Identity) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(identity.certificate, identity.key)
    context.set_alpn_protocols(["http/1.1"])
    # No practice host resumes a session: tickets would be work for nobody.
    context.num_tickets = 0
    return context
