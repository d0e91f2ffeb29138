"""A client's TLS connection on a plain socket, which costs a tenth of the memory of a transport.

asyncio keeps a buffer of 256 KiB for each TLS transport; 500 hosts may pull at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

_PIECE: Final = 1 << 14
_GOODBYE_SECONDS: Final = 1.0
_RESET: Final = struct.pack("ii", 1, 0)
"""The linger structure that makes `close` a reset."""

_Result = TypeVar("_Result")


class TlsChannel:
    """The server's end of a connection. All methods raise OSError when the client is gone.

    Args:
        client: an accepted, non-blocking socket; whoever accepted it closes it.
        context: certificate and key.
    """

    def __init__(self, client: socket.socket, context: ssl.SSLContext) -> None:
        self._socket = client
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._loop = asyncio.get_running_loop()
        self.peer = str(client.getpeername()[0])

    async def shake_hands(self) -> None:
        """Show the certificate; raises ssl.SSLError when the client does not like it."""
        await self._drive(self._tls.do_handshake)

    async def read(self) -> bytes:
        """Return what comes next; nothing at the end, whether it was announced or not."""
        try:
            return await self._drive(partial(self._tls.read, _PIECE))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def write(self, content: bytes) -> None:
        """Send bytes, and return when the system has taken all of them."""
        rest = memoryview(content)
        while rest:
            rest = rest[await self._drive(partial(self._tls.write, rest)) :]

    async def end(self) -> None:
        """Say goodbye, and take what the client still sends, so that it sees the last answer."""
        async with asyncio.timeout(_GOODBYE_SECONDS):
            with contextlib.suppress(ssl.SSLWantReadError):
                self._tls.unwrap()
            await self._flush()
            self._socket.shutdown(socket.SHUT_WR)
            while await self._loop.sock_recv(self._socket, _PIECE):
                pass

    def reset(self) -> None:
        """Let the connection end in a reset once it is closed."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    async def _drive(self, step: Callable[[], _Result]) -> _Result:
        """Take a step of TLS, with as much sent and received as it needs."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                received = await self._loop.sock_recv(self._socket, _PIECE)
                if received:
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                # The alert tells the client why.
                await self._flush()
                raise
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        while self._outgoing.pending:
            await self._loop.sock_sendall(self._socket, self._outgoing.read())
