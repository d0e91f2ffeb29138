"""What a registry was asked, and by whom: the proof of every pull."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Final

CAPACITY: Final = 200_000
"""Requests that are remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request that was answered.

    Attributes:
        time: seconds since the epoch.
        client: label of the practice host, or the address of any other client.
        method: `GET`, `HEAD`, …
        path: path with the query, as asked for.
        status: what was answered; 0 where the connection was dropped instead.
        agent: how the client calls itself.
    """

    time: float
    client: str
    method: str
    path: str
    status: int
    agent: str


class AccessLog:
    """Requests in the order of their answers.

    A request is in the log before its answer is on the wire: who has the answer finds it here.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._kept: deque[LoggedRequest] = deque(maxlen=capacity)
        self._count = 0

    def add(self, request: LoggedRequest) -> None:
        """Remember a request."""
        self._kept.append(request)
        self._count += 1

    def mark(self) -> int:
        """Return the present end of the log, to be given to `requests` later."""
        return self._count

    def requests(self, since: int = 0) -> tuple[LoggedRequest, ...]:
        """Return the requests since a mark, in order."""
        forgotten = self._count - len(self._kept)
        return tuple(islice(self._kept, max(0, since - forgotten), None))
