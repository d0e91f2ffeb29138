"""What goes wrong on purpose, for everybody or for one practice host."""

from __future__ import annotations

from dataclasses import dataclass
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


class Faults:
    """The faults of one registry; a client's own fault goes before everybody's."""

    def __init__(self) -> None:
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
