"""What goes wrong on purpose, for everybody or for one practice host."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """Every request is answered with an error of the server, as 500, 503 or 429."""

    status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """Every answer comes `seconds` late."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropping:
    """Every request ends in a connection that is reset without an answer."""


Fault = Failing | Slow | Dropping


@dataclass(slots=True, kw_only=True)
class Tripwire:
    """Holds the requests of some clients from the first one on, until somebody has acted.

    Attributes:
        clients: who sets it off.
        touched: the first request is there.
        released: requests go on.
    """

    clients: frozenset[str]
    touched: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def meet(self, client: str) -> None:
        """Return when a client's request may go on."""
        if client in self.clients:
            self.touched.set()
            await self.released.wait()


class Faults:
    """The faults of one registry; a client's own fault goes before everybody's.

    Attributes:
        tripwire: holds requests, if there is one.
    """

    def __init__(self) -> None:
        self.tripwire: Tripwire | None = None
        self._everybody: Fault | None = None
        self._by_client: dict[str, Fault] = {}

    def inflict(self, fault: Fault, *, client: str | None = None) -> None:
        """Let a fault happen from now on to one client, or to everybody."""
        if client is None:
            self._everybody = fault
        else:
            self._by_client[client] = fault

    def heal(self, *, client: str | None = None) -> None:
        """End the fault of one client, or all faults."""
        if client is None:
            self._everybody = None
            self._by_client.clear()
        else:
            self._by_client.pop(client, None)

    def of(self, client: str) -> Fault | None:
        """Return what goes wrong for a client."""
        return self._by_client.get(client, self._everybody)
