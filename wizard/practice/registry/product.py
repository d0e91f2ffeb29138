"""A registry product behind a practice registry's port, in place of a plain registry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from wizard.practice.registry.message import Request, Response

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
Application = Callable[
    [_Scope, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]],
    Awaitable[None],
]
"""An ASGI application, as the stand-ins' management APIs are."""


class Product(Protocol):
    """All that answers at one port: a management API beside the distribution API."""

    async def answer(self, request: Request, url: str) -> Response:
        """Return the answer to a request; `url` is the port's own, `https://localhost:5000`."""
        ...


async def ask_application(
    application: Application, request: Request, url: str, *, port: int | None = None
) -> Response:
    """Return what an ASGI application answers; `port` where it is not that of the URL."""
    place = urlsplit(url)
    raw, _mark, query = request.target.partition("?")
    scope: _Scope = {
        "type": "http",
        "method": request.method,
        "path": request.path,
        "raw_path": (raw or quote(request.path)).encode(),
        "query_string": query.encode(),
        "headers": [
            (key.encode(), value.encode("latin-1")) for key, value in request.headers.items()
        ],
        "server": (place.hostname, port or place.port),
    }
    status, headers, body = int(HTTPStatus.INTERNAL_SERVER_ERROR), dict[str, str](), b""

    async def receive() -> _Message:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: _Message) -> None:
        nonlocal status, headers, body
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {key.decode(): value.decode("latin-1") for key, value in message["headers"]}
        else:
            body += message.get("body", b"")

    await application(scope, receive, send)
    return Response(status=status, headers=headers, body=body)
