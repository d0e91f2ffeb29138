"""The stand-in as an ASGI application."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import Final

from wizard.practice.harbor import (
    endpoints,
    projects,
    replication,
    robots,
    rules,
    schedules,
    system,
)
from wizard.practice.harbor.access import admitted
from wizard.practice.harbor.message import BASE, Answer, Ask, Refusal, Route, Uncoded, read_query
from wizard.practice.harbor.state import State
from wizard.practice.harbor.upstream import Receive, Scope, Send

_ROUTES: Final[tuple[Route, ...]] = (
    *system.ROUTES,
    *schedules.ROUTES,
    *endpoints.ROUTES,
    *projects.ROUTES,
    *rules.ROUTES,
    *robots.ROUTES,
    *replication.ROUTES,
)
_HIDDEN: Final = 500
"""From here on the cause stands in the server's own log alone (§1)."""


class PracticeHarbor:
    """A Harbor that keeps everything in `state`.

    Attributes:
        log: what the server's own log says, causes of 500s with the request's id.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.log: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        ask = await _ask(scope, receive)
        request_id = ask.headers.get("x-request-id") or secrets.token_hex(8)
        answer = self._answer(ask, request_id)
        headers = {
            "X-Request-Id": request_id,
            "Set-Cookie": f"sid={secrets.token_hex(8)}; Path=/; HttpOnly",
            **answer.headers,
        }
        content = b""
        if answer.text is not None:
            headers["Content-Type"] = "text/plain; charset=utf-8"
            content = answer.text.encode()
        elif answer.body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
            content = json.dumps(answer.body).encode()
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
            }
        )
        body = b"" if ask.method == "HEAD" else content
        await send({"type": "http.response.body", "body": body})

    def _answer(self, ask: Ask, request_id: str) -> Answer:
        try:
            return self._routed(admitted(self.state, ask))
        except Refusal as refusal:
            return _refused(refusal.status, refusal.code, refusal.message)
        except Uncoded as cause:
            self.log.append(f"{request_id}: {cause}")
            return _refused(_HIDDEN, "UNKNOWN", "internal server error")

    def _routed(self, ask: Ask) -> Answer:
        for route in _ROUTES:
            names = route.names(ask.method, ask.path)
            if names is not None:
                return route.handler(self.state, replace(ask, names=names))
        raise Refusal(404, f"path {BASE}{ask.path} was not found")


def _refused(status: int, code: str, message: str) -> Answer:
    return Answer(status=status, body={"errors": [{"code": code, "message": message}]})


async def _ask(scope: Scope, receive: Receive) -> Ask:
    content = b""
    while True:
        message = await receive()
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    # Quoted twice, a repository's slash must not be read on the way in.
    raw = scope.get("raw_path") or scope["path"].encode()
    path = raw.decode().partition("?")[0]
    return Ask(
        method=scope["method"],
        path=path.removeprefix(BASE) if path.startswith(f"{BASE}/") else f"?{path}",
        query=read_query(scope["query_string"].decode()),
        headers={key.decode().lower(): value.decode() for key, value in scope["headers"]},
        content=content,
    )
