"""A small HTTPS server on loopback that plays what no real registry here would play."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.registries.certificates import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the server was asked; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server answers."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


_END_SECONDS: Final = 30.0
Play = Callable[[Request], Answer]


@dataclass(slots=True, kw_only=True)
class Stage:
    """A running server and what it was asked so far."""

    url: str
    requests: list[Request] = field(default_factory=list)


def portal(_request: Request) -> Answer:
    """Play a web portal: 200 and HTML for every path."""
    return Answer(
        status=200, headers={"Content-Type": "text/html; charset=utf-8"}, body=b"<html></html>"
    )


class Shelf:
    """A registry that keeps what is pushed."""

    def __init__(self, *, spoil: bool = False, knows_oci: bool = True) -> None:
        self.spoil = spoil
        self.knows_oci = knows_oci
        self.kept: dict[str, tuple[str, bytes]] = {}

    def play(self, request: Request) -> Answer:
        """Answer one request of the distribution API."""
        path, _, query = request.path.partition("?")
        if request.method == "POST":
            return Answer(status=202, headers={"Location": path + "1?state=x"})
        if request.method == "PUT":
            kind = request.headers["content-type"]
            if "vnd.oci" in kind and not self.knows_oci:
                return Answer(status=400, headers={"Content-Type": "text/plain"})
            if "/uploads/" in path:
                path = path.partition("uploads/")[0] + query.partition("digest=")[2]
            self.kept[path] = (kind, request.body)
            return Answer(status=201)
        if path not in self.kept:
            return Answer(status=404)
        kind, body = self.kept[path]
        return Answer(status=200, headers={"Content-Type": kind}, body=body + b" " * self.spoil)


@contextlib.asynccontextmanager
async def on_stage(play: Play, identity: Identity | None) -> AsyncIterator[Stage]:
    """Serve `play` by TLS; without an identity, refuse TLS as a server of plain HTTP does."""
    context = None
    if identity:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(identity.certificate, identity.key)
    stage = Stage(url="")
    connections: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[asyncio.current_task()] = writer
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            if context is None:
                await reader.read(1)
                writer.write(_written(Answer(status=400)))
                await writer.drain()
            while context:
                request = await _read(reader)
                stage.requests.append(request)
                writer.write(_written(play(request)))
                await writer.drain()
                if request.headers.get("connection", "").lower() == "close":
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    stage.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stage
    finally:
        server.close()
        # A handshake that ends meanwhile adds another one.
        while connections:
            task, writer = connections.popitem()
            # Python 3.11.2 cannot abort what is closed.
            if not writer.is_closing():
                writer.transport.abort()
            if task:
                await asyncio.wait_for(task, _END_SECONDS)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, path, _version = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method=method, path=path, headers=headers, body=body)


def _written(answer: Answer) -> bytes:
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} Played", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body
