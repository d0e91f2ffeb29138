"""One client's connection: HTTP/1.1 with keep-alive, strict about sizes and times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from wizard.practice.registry.message import Request, Response
from wizard.practice.registry.tls_channel import TlsChannel

_BODYLESS: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

_Event = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may ask for; sizes in bytes, times in seconds.

    Attributes:
        head: request line and headers.
        body: body of a request, so also the largest blob of an upload in one piece.
        idle: time between two requests of one connection.
        request: time for a request from its first byte to its last, and for taking the answer.
    """

    head: int = 16 << 10
    body: int = 32 << 20
    idle: float = 15.0
    request: float = 20.0


Handler = Callable[[Request], Awaitable[Response | None]]
"""Answers one request; None ends the connection without an answer."""


class _Refused(Exception):
    """A request that is not HTTP as it should be; the connection ends after the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Connection:
    """Serve the requests that come over one connection, one after the other."""

    def __init__(self, channel: TlsChannel, *, limits: Limits) -> None:
        self._channel = channel
        self._limits = limits
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head)

    async def serve(self, handler: Handler) -> None:
        """Answer until the client goes, is too slow, or asks for what is no HTTP.

        Raises OSError where the client goes in the middle.
        """
        while await self._wait():
            try:
                async with asyncio.timeout(self._limits.request):
                    request = await self._receive()
            except (_Refused, h11.RemoteProtocolError, TimeoutError) as error:
                await self._reject(error)
                return
            if request is None:
                return
            response = await handler(request)
            if response is None:
                self._channel.reset()
                return
            await self._send(request.method, response)
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _wait(self) -> bool:
        """Wait for the first bytes of a request; tell whether any came in time."""
        if self._http.trailing_data[0]:
            return True
        try:
            async with asyncio.timeout(self._limits.idle):
                data = await self._channel.read()
        except TimeoutError:
            return False
        self._http.receive_data(data)
        return bool(data)

    async def _receive(self) -> Request | None:
        """Return the next whole request; None when the client has left instead."""
        head = await self._event()
        if not isinstance(head, h11.Request):
            return None
        # h11 limits only what comes in pieces, not what is there at once.
        size = sum(len(name) + len(value) for name, value in head.headers)
        if size + len(head.target) > self._limits.head:
            raise _Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        headers: dict[str, str] = {}
        for raw_name, raw_value in head.headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        body = await self._body(int(headers.get("content-length", "0")))
        target = head.target.decode("latin-1")
        try:
            parts = urlsplit(target)
        except ValueError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST) from error
        return Request(
            method=head.method.decode("latin-1"),
            target=target,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=headers,
            body=body,
            peer=self._channel.peer,
        )

    async def _body(self, announced: int) -> bytes:
        if announced > self._limits.body:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        pieces, size = [], 0
        while isinstance(event := await self._event(), h11.Data):
            size += len(event.data)
            if size > self._limits.body:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            pieces.append(bytes(event.data))
        return b"".join(pieces)

    async def _event(self) -> _Event:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                await self._write(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(await self._channel.read())
        return event

    async def _reject(self, error: Exception) -> None:
        if self._http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        match error:
            case _Refused():
                status = error.status
            case h11.RemoteProtocolError():
                status = error.error_status_hint
            case _:
                status = HTTPStatus.REQUEST_TIMEOUT
        await self._send("", Response(status=status, headers={"Connection": "close"}))

    async def _send(self, method: str, response: Response) -> None:
        headers = list(response.headers.items())
        if response.status not in _BODYLESS:
            headers.append(("Content-Length", str(len(response.body))))
        reason = HTTPStatus(response.status).phrase.encode("ascii")
        events: list[h11.Event] = [
            h11.Response(status_code=response.status, headers=headers, reason=reason)
        ]
        if response.body and method != "HEAD" and response.status not in _BODYLESS:
            events.append(h11.Data(data=response.body))
        await self._write(*events, h11.EndOfMessage())

    async def _write(self, *events: h11.Event) -> None:
        content = b"".join(self._http.send(event) or b"" for event in events)
        async with asyncio.timeout(self._limits.request):
            await self._channel.write(content)
