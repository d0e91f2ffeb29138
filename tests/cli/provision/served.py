"""A stand-in's ASGI application served with real TLS on loopback, for processes of their own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.registries.certificates import Authority

Application = Callable[[Any, Any, Any], Awaitable[None]]
Before = Callable[[str], None]


@asynccontextmanager
async def served(app: Application, folder: Path, *, before: Before) -> AsyncIterator[str]:
    """Serve on loopback and yield the URL; `ca.pem` in `folder` is the CA that is to be trusted.

    `before` is called with the method of each request before it is answered.
    """
    authority = Authority(folder)
    (folder / "ca.pem").write_text(authority.pem, encoding="utf-8")
    identity = authority.server("registry")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(identity.certificate, identity.key)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _answer(app, reader, writer, before)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _answer(
    app: Application, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, before: Before
) -> None:
    """Answer one request and end the connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _version = head[0].split(" ")
    pairs = [line.partition(": ")[::2] for line in head[1:] if line]
    headers = {key.lower(): value for key, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    before(method)
    url = urlsplit(target)
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(url.path),
        "raw_path": target.encode(),
        "query_string": url.query.encode(),
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
        "server": ("127.0.0.1", 0),
    }
    answered: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    await app(scope, receive, send)
    start, *parts = answered
    content = b"".join(part.get("body", b"") for part in parts)
    lines = [f"HTTP/1.1 {start['status']} told", "Connection: close"]
    lines += [f"{key.decode()}: {value.decode()}" for key, value in start["headers"]]
    lines += [f"Content-Length: {len(content)}", "", ""]
    writer.write("\r\n".join(lines).encode() + content)
    await writer.drain()
