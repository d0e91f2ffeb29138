"""One HTTP request and one answer, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

CLIENT_HEADER: Final = "x-practice-host"
"""All clients share one address, so a practice host says by this header which one it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A whole request.

    Attributes:
        target: path and query as they were asked for.
        path: the path, decoded.
        query: the query's parameters, the last of each name.
        headers: names in lower case; repeated ones joined with a comma.
        peer: address of the client.
    """

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    peer: str

    @property
    def client(self) -> str:
        """Return the label of the host that asks, or its address."""
        return self.headers.get(CLIENT_HEADER) or self.peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer; its length is added when it is sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
