"""What answers at a port where SSH was expected."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from wizard.ssh.addresses import Addresses

_SECONDS: Final = 5.0
_OURS: Final = b"SSH-2.0-Pilotage\r\n"
_OF_SSHD: Final = ("SSH-", "Exceeded MaxStartups", "Not allowed at this time")
"""OpenSSH says the last two in place of a banner when it is busy or holds a grudge."""


async def foreign_greeting(addresses: Addresses, name: str, port: int) -> str:
    """Return the first line that comes from a port, empty when none does or sshd said it."""
    try:
        async with asyncio.timeout(_SECONDS):
            dialled = await addresses.dial(await addresses.resolve(name, port), _SECONDS)
            reader, writer = await asyncio.open_connection(sock=dialled)
            try:
                writer.write(_OURS)
                greeting = await reader.readline()
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except (OSError, ValueError):
        # ValueError: a line without an end.
        return ""
    words = greeting.decode("utf-8", "replace").strip()
    return "" if words.startswith(_OF_SSHD) else words
