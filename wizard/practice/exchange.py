"""One request and one answer of a practice product, and what stands between them and ASGI."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        path: decoded.
        query: the last value of each key.
        headers: names in lower case.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON; answers 400 where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            refuse(400, "Unable to parse the body")

    def document(self) -> dict[str, Any]:
        """Return the body as a JSON object; answers 400 where it is none."""
        value = self.json()
        if not isinstance(value, dict):
            refuse(400, "Cannot deserialize the body")
        return value

    def credentials(self) -> tuple[str, str] | None:
        """Return user and password of HTTP Basic."""
        scheme, _space, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _colon, password = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return user, password


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer.

    Attributes:
        value: sent as JSON where it is not None.
        text: sent as it is where there is no value.
        content: bytes that are sent where there is neither.
    """

    status: int = 200
    value: Any = None
    text: str = ""
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """End a request with an answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refusal(status: int, words: str = "") -> Refused:
    """Return the end of a request with a status and, as Nexus does, a JSON string."""
    return Refused(Answer(status=status, value=words or None))


def refuse(status: int, words: str = "") -> NoReturn:
    """End a request with a status and, as Nexus does, a JSON string."""
    raise refusal(status, words)


def invalid(place: str, message: str) -> NoReturn:
    """End a request with 400 for one wrong field (facts/nexus_artifactory.md §2.2)."""
    raise Refused(Answer(status=400, value=[{"id": place, "message": message}]))


def known(document: Mapping[str, Any], keys: frozenset[str], place: str) -> None:
    """End a request with 400 for a field that this version does not know."""
    for key in sorted(document.keys() - keys):
        refuse(400, f'Unrecognized field "{key}" (class {place}), not marked as ignorable')


async def request_of(scope: Scope, receive: Receive) -> Request:
    """Return the request of an ASGI call."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query={k: v[-1] for k, v in parse_qs(scope["query_string"].decode()).items()},
        headers={k.decode().lower(): v.decode() for k, v in scope["headers"]},
        body=body,
    )


async def send_answer(answer: Answer, send: Send, headers: Mapping[str, str]) -> None:
    """Send an answer with further headers."""
    body, media_type = answer.text.encode() or answer.content, "text/plain"
    if answer.value is not None:
        body = json.dumps(answer.value, ensure_ascii=False).encode()
        media_type = "application/json"
    told = {**headers, **({"Content-Type": media_type} if body else {}), **answer.headers}
    lines = [(key.lower().encode(), value.encode()) for key, value in told.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
