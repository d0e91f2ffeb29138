"""A practice Nexus with a client in front of it, and what is usually wanted of it."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.contracts.contract import read_contract
from tests.contracts.transport import Contracted
from tests.registries.conftest import QuickClock
from tests.registries.nexus.contract import REST, amend
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import DISCLAIMER
from wizard.registries.authority import Login
from wizard.registries.http import open_client
from wizard.registries.nexus.client import Nexus, nexus_at
from wizard.registries.nexus.subjects import nexus_subjects
from wizard.registries.nexus.wanted import Group, Hosted, Quota, Upstream, Wanted
from wizard.registries.provisioning import Done, provision
from wizard.secret import Secret

URL: Final = "https://nexus.test:8081"
TOKEN: Final = "dckr_pat_planted"  # noqa: S105  # of nobody
HUB: Final = Upstream(
    repository="dockerhub",
    login=Login(username="hubuser", password=Secret(TOKEN)),
    http_port=8082,
    by_path=True,
)
QUAY: Final = Upstream(upstream="quay.io", repository="quay", http_port=8085)
WANTED: Final = Wanted(
    accepted_eula=DISCLAIMER,
    base_url="https://nexus.test:8081",
    quota=Quota(bytes=200 * 10**9),
    upstreams=(HUB, QUAY),
    hosted=(Hosted(repository="docker-hosted", http_port=8083),),
    groups=(Group(repository="docker-group", members=("dockerhub",), http_port=8084),),
    anonymous_reads=("dockerhub", "quay", "docker-group"),
    cleanup_days=30,
)


class Cut(httpx.AsyncBaseTransport):
    """Lose one changing request: on its way there, or its answer on the way back."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, at: int, handled: bool) -> None:
        self.changes = 0
        self._inner = inner
        self._at = at
        self._handled = handled

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand a request on, but for that one."""
        if request.method in {"GET", "HEAD"}:
            return await self._inner.handle_async_request(request)
        self.changes += 1
        is_cut = self.changes == self._at
        if is_cut and not self._handled:
            raise httpx.ConnectError("cut on the way there", request=request)
        response = await self._inner.handle_async_request(request)
        if is_cut:
            raise httpx.ReadTimeout("cut on the way back", request=request)
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A practice Nexus and a client of it."""

    server: PracticeNexus
    nexus: Nexus
    http: httpx.AsyncClient

    @property
    def state(self) -> dict[str, Any]:
        """Return all that the server keeps, as a copy."""
        server = self.server
        return copy.deepcopy(
            {
                "accepted": server.system.accepted,
                "capabilities": server.system.capabilities,
                "realms": server.security.realms,
                "anonymous": server.security.anonymous,
                "roles": server.security.roles,
                "users": {key: one.document for key, one in server.security.users.items()},
                "guard": server.security.guard,
                "blob stores": server.storage.blob_stores,
                "policies": server.storage.policies,
                "tasks": server.storage.tasks,
                "repositories": server.repositories.all,
            }
        )

    @property
    def changes(self) -> list[str]:
        """Return the requests so far that were to change something."""
        return [one for one in self.server.requests if not one.startswith("GET ")]


def contracted(server: PracticeNexus) -> Contracted:
    """Return the way to a server on which the contract is held; skips without the contract."""
    return Contracted(read_contract(REST, amend=amend), httpx.ASGITransport(server))


@asynccontextmanager
async def staged(
    server: PracticeNexus,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    password: Secret | None = None,
) -> AsyncIterator[Stage]:
    """Run a client of a server."""
    login = Login(username="admin", password=password or server.setting.password)
    async with open_client(None, transport=transport or httpx.ASGITransport(server)) as http:
        nexus = nexus_at(URL, client=http, clock=QuickClock(), login=login, hidden=WANTED.secrets)
        yield Stage(server=server, nexus=nexus, http=http)


async def provisioned(nexus: Nexus, wanted: Wanted = WANTED) -> list[Done]:
    """Bring a Nexus to what is wanted."""
    return [done async for done in provision(await nexus_subjects(nexus, wanted))]
