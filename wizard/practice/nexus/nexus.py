"""The practice Nexus as a whole: one ASGI application for its API and all its connectors."""

from __future__ import annotations

from wizard.practice.exchange import (
    Answer,
    Receive,
    Refused,
    Request,
    Scope,
    Send,
    refuse,
    request_of,
    send_answer,
)
from wizard.practice.nexus.content import Content
from wizard.practice.nexus.repositories import Repositories
from wizard.practice.nexus.security import Security
from wizard.practice.nexus.setting import ADMIN, Setting, find
from wizard.practice.nexus.storage import Storage
from wizard.practice.nexus.system import System


class PracticeNexus:
    """A Nexus that forgets everything when it ends.

    It is an ASGI application (`httpx.ASGITransport(PracticeNexus())`); the port of a request's URL
    tells which connector it came to.
    """

    def __init__(self, setting: Setting | None = None) -> None:
        self.setting = setting or Setting()
        self.system = System(self.setting)
        self.security = Security(self.setting)
        self.storage = Storage(self.setting)
        self.repositories = Repositories(self.setting, self.security, self.storage)
        self.content = Content(self.setting, self.system, self.security, self.repositories)
        self.requests: list[str] = []
        """Method and path of each request, in order."""
        self._routes = [
            *self.system.routes(),
            *self.security.routes(),
            *self.storage.routes(),
            *self.repositories.routes(),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = await request_of(scope, receive)
        self.requests.append(f"{request.method} {request.path}")
        try:
            answer = self._answer(request, (scope.get("server") or ("", 0))[1] or 0)
        except Refused as refused:
            answer = refused.answer
        await send_answer(answer, send, self.setting.headers)

    def _answer(self, request: Request, port: int) -> Answer:
        if not request.path.startswith("/service/rest/"):
            return self.content.answer(request, port)
        found = find(self._routes, request, self.setting.minor)
        if found is None:
            refuse(404)
        route, parts = found
        if not route.public:
            self._check_admin(request)
        if request.method != "GET" and not self.system.writable:
            refuse(503, "Nexus Repository is in read-only mode")
        return route.handler(request, *parts)

    def _check_admin(self, request: Request) -> None:
        credentials = request.credentials()
        if credentials is None or not self.security.is_user(credentials):
            refuse(401)
        if "nx-admin" not in self.security.users[credentials[0]].document["roles"]:
            refuse(403, f"{ADMIN} only")
