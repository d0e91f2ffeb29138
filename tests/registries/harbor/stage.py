"""A practice Harbor with a client to it, every call held against the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import httpx

from tests.contracts.harbor import contracted
from tests.registries.conftest import QuickClock
from wizard.practice.harbor.app import PracticeHarbor
from wizard.practice.harbor.projects import add_project
from wizard.practice.harbor.state import State
from wizard.practice.harbor.upstream import Upstream
from wizard.registries.authority import Login
from wizard.registries.harbor.client import Harbor, open_harbor
from wizard.registries.http import open_client
from wizard.secret import Secret

URL: Final = "https://harbor.test"
ADMIN: Final = Login(username="admin", password=Secret("Adm1n-planted"))
BOB: Final = Login(username="bob", password=Secret("B0b-planted"))
HUB: Final = Login(username="company", password=Secret("dckr_pat_planted"))

Wrap = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]


class Router(httpx.AsyncBaseTransport):
    """Sends each request to whoever has its host."""

    def __init__(self, hosts: dict[str, httpx.AsyncBaseTransport]) -> None:
        self._hosts = hosts

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        return await self._hosts[request.url.host].handle_async_request(request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A practice Harbor and what goes on between it and us."""

    state: State
    app: PracticeHarbor
    clock: QuickClock
    transport: httpx.AsyncBaseTransport

    @property
    def upstream(self) -> Upstream:
        """Return the Docker Hub of this Harbor."""
        return self.state.upstream

    def client(self, wrap: Wrap = lambda inner: inner) -> httpx.AsyncClient:
        """Return a client, with something between it and the network."""
        return open_client(None, transport=wrap(self.transport))

    def harbor(
        self,
        login: Login | None = ADMIN,
        *,
        client: httpx.AsyncClient | None = None,
        hidden: tuple[Secret, ...] = (HUB.password,),
    ) -> Harbor:
        """Return Harbor's API for somebody, that tells none of the hidden secrets."""
        return open_harbor(
            URL, client=client or self.client(), clock=self.clock, login=login, hidden=hidden
        )


def _manifest(state: State, request: httpx.Request) -> httpx.Response:
    """Answer as the registry of Docker Hub, after its token."""
    if "authorization" not in request.headers:
        challenge = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"'
        return httpx.Response(401, headers={"www-authenticate": challenge})
    repository, _manifests, tag = request.url.path.removeprefix("/v2/").rpartition("/manifests/")
    if tag not in state.upstream.repositories.get(repository, ()):
        return httpx.Response(404)
    return httpx.Response(
        200, headers={"docker-content-digest": state.upstream.digest(repository, tag)}
    )


def set_up(clock: QuickClock, *, checked: bool = True) -> Stage:
    """Return a fresh Harbor: an administrator, a user, and the public project `library`.

    With `checked` every call is held against the contract, where there is one.
    """
    upstream = Upstream(
        accounts={HUB.username: HUB.password.reveal()},
        repositories={
            "library/nginx": ("1.26", "1.27", "1.27-alpine"),
            "library/redis": ("7",),
            "grafana/grafana": ("11",),
        },
    )
    state = State(
        clock=clock,
        external_url=URL,
        upstream=upstream,
        users={one.username: (one.password.reveal(), one is ADMIN) for one in (ADMIN, BOB)},
        reachable=frozenset({"harbor-log:10514"}),
    )
    add_project(state, "library", {"public": "true"}, registry_id=None, storage=-1)
    return around(state, clock, checked=checked)


def around(state: State, clock: QuickClock, *, checked: bool = True) -> Stage:
    """Return the stage of a Harbor that has this state."""
    app = PracticeHarbor(state)
    direct = httpx.ASGITransport(app)
    transport = Router(
        {
            "harbor.test": contracted(direct) if checked else direct,
            "auth.docker.io": httpx.ASGITransport(state.upstream),
            "registry-1.docker.io": httpx.MockTransport(lambda request: _manifest(state, request)),
        }
    )
    return Stage(state=state, app=app, clock=clock, transport=transport)
