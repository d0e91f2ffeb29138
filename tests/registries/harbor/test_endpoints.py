"""Endpoints: accounts tried from here first, and what a 500 of Harbor may mean."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from tests.registries.harbor.acting import ENDPOINTS, look, provisioned
from tests.registries.harbor.stage import HUB, Stage
from wizard.errors import InputError, RegistryError
from wizard.registries.authority import Login
from wizard.registries.harbor.plan import subjects
from wizard.registries.harbor.server import read_server
from wizard.registries.harbor.wanted import (
    Keep,
    Retention,
    Wanted,
    upstream_endpoint,
    upstream_pair,
)
from wizard.registries.provisioning import Action, Subject, told
from wizard.secret import Secret


async def test_a_wrong_account_upstream_never_reaches_harbor(stage: Stage) -> None:
    """Harbor would tell nothing but a 500; one login is tried, lest Hub locks us out."""
    wrong = replace(ENDPOINTS[0], login=Login(username=HUB.username, password=Secret("wrong")))
    with pytest.raises(RegistryError, match="Docker Hub does not take the account company"):
        await provisioned(stage, Wanted(endpoints=(wrong,)))
    assert (stage.upstream.logins, stage.state.endpoints) == (["company"], {})


class Unreachable(httpx.AsyncBaseTransport):
    """Lets nothing but Harbor be reached from here."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.url.host == "auth.docker.io":
            raise httpx.ConnectTimeout("no way out")
        return await self._inner.handle_async_request(request)


async def _error(subject: Subject) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        await subject.change()
    return caught.value


async def test_where_hub_cannot_be_reached_from_here_harbor_tries_the_account(
    stage: Stage,
) -> None:
    """It looks upstream before it keeps an endpoint; of its 500 we say what it may mean."""
    client = stage.client(Unreachable)
    harbor = stage.harbor(client=client)
    server = await read_server(harbor)
    wanted = Wanted(settings={}, endpoints=ENDPOINTS)
    (subject,) = subjects(harbor, server, wanted, client=client, clock=stage.clock)
    right = dict(stage.upstream.accounts)
    stage.upstream.accounts.clear()
    error = await _error(subject)
    assert error.what.startswith("Harbor does not take the endpoint dockerhub, and hides why")
    assert "not tried from here (it did not answer in time)" in error.todo
    stage.upstream.accounts |= right
    await subject.change()
    assert [one["name"] for one in stage.state.endpoints.values()] == ["dockerhub"]


async def test_a_right_account_points_at_harbors_own_way_out(stage: Stage) -> None:
    """The 500 is then of its network."""
    stage.state.reaches_upstream = False
    harbor = stage.harbor()
    server = await read_server(harbor)
    wanted = Wanted(settings={}, endpoints=ENDPOINTS)
    (subject,) = subjects(harbor, server, wanted, client=stage.client(), clock=stage.clock)
    assert "The account is right" in (await _error(subject)).todo


async def test_an_account_that_no_longer_holds_is_set_anew(stage: Stage) -> None:
    """Only the endpoint's health tells it, because its secret is masked."""
    await provisioned(stage, Wanted(endpoints=ENDPOINTS))
    stage.upstream.accounts[HUB.username] = "a new token"
    renewed = replace(
        ENDPOINTS[0], login=Login(username=HUB.username, password=Secret("a new token"))
    )
    findings = await look(stage, Wanted(settings={}, endpoints=(renewed,)))
    assert [told(one) for one in findings] == ["secret: refused upstream → set anew"]
    await provisioned(stage, Wanted(endpoints=(renewed,)))
    assert stage.upstream.knows(stage.state.endpoints[1]["credential"])


def test_docker_hub_needs_an_account() -> None:
    """Since August 2026 it cuts what it lists to nobody (facts/harbor.md §7)."""
    with pytest.raises(InputError, match="no account of Docker Hub"):
        upstream_endpoint("docker.io", name="hub", login=None)
    assert upstream_endpoint("quay.io", name="quay", login=None).kind == "docker-registry"


async def test_an_upstream_has_a_proxy_and_a_hosted_project(stage: Stage) -> None:
    """Everybody may pull from both, and Quay's is proxied as a plain registry (§2.3)."""
    endpoint, *projects = upstream_pair(
        "quay.io",
        proxy="quay",
        hosted="quay-hosted",
        login=None,
        retention=Retention(keep=Keep.LAST_PULLED, count=20),
    )
    wanted = Wanted(endpoints=(endpoint,), projects=tuple(projects))
    await provisioned(stage, wanted)
    kept = {one.name: one for one in stage.state.projects.values()}
    assert (kept["quay"].registry_id, kept["quay-hosted"].registry_id) == (1, None)
    assert {kept[name].metadata["public"] for name in ("quay", "quay-hosted")} == {"true"}
    assert stage.state.endpoints[1]["type"] == "docker-registry"


async def test_the_type_of_an_endpoint_is_left_to_a_person(stage: Stage) -> None:
    """Harbor has no way to change it (§2.2)."""
    await provisioned(stage, Wanted(endpoints=ENDPOINTS))
    other = replace(ENDPOINTS[0], kind="docker-registry", url="https://registry-1.docker.io")
    (finding,) = await look(stage, Wanted(settings={}, endpoints=(other,)))
    assert (finding.action, told(finding)) == (
        Action.BY_HAND,
        "type: docker-hub → docker-registry",
    )
