"""A whole practice Harbor at its port: what clients of images meet before and after provisioning.

Sources: src/server/middleware/v2auth/auth.go and …/repoproxy/proxy.go of Harbor.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from wizard.clock import SystemClock
from wizard.practice.product_kind import ADMIN, ADMIN_FILE, HUB_ACCOUNT, HUB_FILE, ProductKind
from wizard.practice.registry.images import HELLO
from wizard.practice.surroundings import PROJECT, Surroundings, open_surroundings
from wizard.registries.authority import Login
from wizard.registries.distribution import Distribution
from wizard.registries.doctor.clients_view import pulls, uploads
from wizard.registries.doctor.observation import Severity
from wizard.registries.failures import RegistryFailure
from wizard.registries.harbor.client import Harbor, open_harbor
from wizard.registries.http import open_client
from wizard.secret import Secret
from wizard.target import Addressing, Target, TargetKind

CLOCK = SystemClock()
COMMON, CANARY = f"{HELLO}:common", f"{HELLO}:only-target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Practised:
    """A fresh Harbor, its API as its administrator, and clients that trust it."""

    around: Surroundings
    client: httpx.AsyncClient
    harbor: Harbor

    @property
    def target(self) -> Target:
        """Return it as hosts address it."""
        return Target(
            kind=TargetKind.HARBOR,
            url=self.around.prefix_target.url,
            addressing=Addressing.PREFIX,
            prefix=PROJECT,
        )

    def password(self, name: str) -> Secret:
        """Return a password that the operator is given."""
        assert self.around.product
        return Secret(self.around.product.passwords[name])

    async def cache(self, *, token: str | None = None, public: str = "true") -> None:
        """Make what provisioning makes: an endpoint for the upstream, and its proxy project."""
        secret = self.password(HUB_FILE).reveal() if token is None else token
        endpoint = await self.harbor.create_endpoint(
            {
                "name": "dockerhub",
                "type": "docker-registry",
                "url": self.around.upstream.url,
                "insecure": False,
                "credential": {
                    "type": "basic",
                    "access_key": HUB_ACCOUNT,
                    "access_secret": secret,
                },
            }
        )
        await self.harbor.create_project(
            {"project_name": PROJECT, "metadata": {"public": public}, "registry_id": endpoint}
        )

    async def pulled(self, image: str = COMMON) -> Severity:
        """Return what becomes of a pull without a login, index, manifest and configuration."""
        found = await pulls(self.target, image, client=self.client, clock=CLOCK)
        return found.severity


@asynccontextmanager
async def _practised(folder: Path) -> AsyncIterator[Practised]:
    async with open_surroundings(folder, CLOCK, product=ProductKind.HARBOR) as around:
        assert around.product
        login = Login(username=ADMIN, password=Secret(around.product.passwords[ADMIN_FILE]))
        trusted = around.target_authority.pem + around.public_authority.pem
        async with open_client(trusted) as client:
            harbor = open_harbor(
                around.prefix_target.url, client=client, clock=CLOCK, login=login, hidden=()
            )
            yield Practised(around=around, client=client, harbor=harbor)


@pytest.fixture
async def practised(tmp_path: Path) -> AsyncIterator[Practised]:
    """Yield a fresh Harbor."""
    async with _practised(tmp_path) as practised:
        yield practised


def manifest(practised: Practised, project: str = PROJECT) -> str:
    """Return the URL of a manifest."""
    return f"{practised.around.prefix_target.url}/v2/{project}/{HELLO}/manifests/common"


async def test_a_project_that_nobody_knows_is_refused_without_a_challenge(
    practised: Practised,
) -> None:
    """Clients see 401 and no way to log in; a HEAD is sent for a token first, which is no use."""
    got = await practised.client.get(manifest(practised))
    head = await practised.client.head(manifest(practised))

    assert (got.status_code, got.headers["www-authenticate"]) == (401, "")
    assert got.json()["errors"] == [
        {"code": "UNAUTHORIZED", "message": f"project {PROJECT} not found"}
    ]
    assert head.status_code == 401
    assert head.headers["www-authenticate"].startswith('Bearer realm="https://localhost:')
    assert await practised.pulled() is Severity.BROKEN


async def test_a_proxy_project_serves_upstream_s_images(practised: Practised) -> None:
    """Also what only the account sees there; upstream itself shows that to nobody."""
    await practised.cache()

    assert await practised.pulled() is Severity.WELL
    assert await practised.pulled(CANARY) is Severity.WELL
    hub = Distribution(f"{practised.around.upstream.url}/v2", client=practised.client, clock=CLOCK)
    with pytest.raises(RegistryFailure, match="manifest unknown"):
        await hub.manifest(HELLO, "only-target")


async def test_a_proxy_with_a_wrong_account_serves_what_it_keeps(practised: Practised) -> None:
    """Its endpoint is unhealthy then; what was never pulled is not there (§2.2)."""
    await practised.cache()
    assert await practised.pulled() is Severity.WELL

    assert practised.around.product
    practised.around.product.hub.accounts.clear()

    assert await practised.pulled() is Severity.WELL
    assert await practised.pulled(f"{HELLO}:latest") is Severity.BROKEN
    [endpoint] = await practised.harbor.endpoints("dockerhub")
    assert endpoint["status"] == "unhealthy"


async def test_a_private_project_is_for_robots_that_may(practised: Practised) -> None:
    """A robot of another project may not; a login alone is not enough."""
    await practised.cache(public="false")
    logins = []
    for name, namespace in (("puller", PROJECT), ("stranger", "other")):
        permission: Any = {
            "kind": "project",
            "namespace": namespace,
            "access": [{"resource": "repository", "action": "pull"}],
        }
        body: Any = {
            "name": name,
            "level": "system",
            "duration": -1,
            "disable": False,
            "description": "",
            "permissions": [permission],
        }
        told, secret = await practised.harbor.create_robot(body)
        logins.append(Login(username=told, password=secret))

    base = f"{practised.around.prefix_target.url}/v2/{PROJECT}"
    puller, stranger = (
        Distribution(base, client=practised.client, clock=CLOCK, login=one) for one in logins
    )
    assert await practised.pulled() is Severity.BROKEN
    assert (await puller.manifest(HELLO, "common")).digest.startswith("sha256:")
    with pytest.raises(RegistryFailure, match="unauthorized to access"):
        await stranger.manifest(HELLO, "common")


async def test_read_only_it_takes_no_change_and_no_push(practised: Practised) -> None:
    """And a proxy project takes a push at no time."""
    await practised.cache()
    login = Login(username=ADMIN, password=practised.password(ADMIN_FILE))
    hosted = Target(
        kind=TargetKind.HARBOR,
        url=practised.target.url,
        addressing=Addressing.PREFIX,
        prefix="own",
    )
    await practised.harbor.create_project({"project_name": "own", "metadata": {"public": "true"}})

    async def pushed(target: Target) -> Severity:
        found = await uploads(target, HELLO, client=practised.client, clock=CLOCK, login=login)
        return found.severity

    assert (await pushed(hosted), await pushed(practised.target)) == (Severity.WELL, Severity.NOTE)
    assert practised.around.product
    practised.around.product.freeze(is_on=True)

    assert await pushed(hosted) is Severity.BROKEN
    with pytest.raises(RegistryFailure, match="read only"):
        await practised.harbor.create_project({"project_name": "late", "metadata": {}})


async def test_what_is_replicated_is_served_by_its_hosted_project(practised: Practised) -> None:
    """With the bytes and the digest that upstream has."""
    await practised.cache()
    await practised.harbor.create_project({"project_name": "own", "metadata": {"public": "true"}})
    [endpoint] = await practised.harbor.endpoints("dockerhub")
    body: Any = {
        "name": "base",
        "src_registry": {"id": endpoint["id"]},
        "dest_namespace": "own",
        "dest_namespace_replace_count": 0,
        "filters": [{"type": "name", "value": HELLO}, {"type": "tag", "value": "common"}],
        "trigger": {"type": "manual"},
        "enabled": True,
    }
    policy = await practised.harbor.create_replication(body)
    execution = await practised.harbor.start_replication(policy)
    while (await practised.harbor.replication(execution))["status"] == "InProgress":
        continue

    own, hub = (
        Distribution(f"{url}/v2{project}", client=practised.client, clock=CLOCK)
        for url, project in (
            (practised.target.url, "/own"),
            (practised.around.upstream.url, ""),
        )
    )
    copied = await own.manifest(HELLO, "common")
    hosted = Target(
        kind=TargetKind.HARBOR,
        url=practised.target.url,
        addressing=Addressing.PREFIX,
        prefix="own",
    )
    pulled = await pulls(hosted, COMMON, client=practised.client, clock=CLOCK)
    assert pulled.severity is Severity.WELL
    assert copied.content == (await hub.manifest(HELLO, "common")).content
