"""Names to addresses to open sockets, in threads of our own.

asyncssh and asyncio resolve in a handful of threads shared with everything else: 30 dead names
of 4 s each took 20 s (facts/fleet.md §3.3).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final

_THREADS: Final = 32
_UNREACHABLE: Final = "no address"

Place = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
Address = tuple[socket.AddressFamily, Place]


class Addresses:
    """Resolves and connects; every wait is bounded by the caller."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "resolve")

    async def resolve(self, name: str, port: int) -> tuple[Address, ...]:
        """Return the addresses of a name in the system's order; raises socket.gaierror."""
        loop = asyncio.get_running_loop()
        bare = name.removeprefix("[").removesuffix("]")
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            return await loop.run_in_executor(self._threads, _lookup, name, port)
        return _lookup(bare, port, socket.AI_NUMERICHOST)

    async def dial(self, addresses: tuple[Address, ...], bound: float) -> socket.socket:
        """Return a socket to the first address that answers; raises OSError.

        Args:
            addresses: tried in order.
            bound: seconds for all of them; each gets its share, so that a black hole does not
                hide those behind it.
        """
        failure: OSError = socket.gaierror(socket.EAI_NONAME, _UNREACHABLE)
        for family, address in addresses:
            try:
                async with asyncio.timeout(bound / len(addresses)):
                    return await _connected(family, address)
            except OSError as error:
                failure = error
        raise failure

    def close(self) -> None:
        """Forget names that are still waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _connected(family: socket.AddressFamily, address: Place) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, address)
    except BaseException:
        opened.close()
        raise
    return opened


def _lookup(name: str, port: int, flags: int = 0) -> tuple[Address, ...]:
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=flags)
    except ValueError as error:
        # A label that is empty or too long, or a NUL byte: no name server is asked.
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    return tuple((family, address) for family, _type, _protocol, _name, address in found)
