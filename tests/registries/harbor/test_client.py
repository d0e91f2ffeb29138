"""Every call that the client can make, held against Harbor's contract; and its forms."""

from __future__ import annotations

import inspect
from typing import Any

import httpx
import pytest

from tests.contracts.harbor import harbor_contract
from tests.contracts.transport import Contracted
from tests.registries.conftest import QuickClock
from tests.registries.harbor.stage import ADMIN, URL, Stage
from tests.registries.harbor.wanting import EVERYTHING
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.plan import subjects
from wizard.registries.harbor.server import read_server
from wizard.registries.http import open_client
from wizard.registries.management import ManagementAPI
from wizard.registries.provisioning import provision


class Watched(Harbor):
    """Remembers which calls were made."""

    def __init__(self, api: ManagementAPI) -> None:
        super().__init__(api)
        self.called: set[str] = set()

    def __getattribute__(self, name: str) -> Any:
        """Remember calls, that is what has no underscore."""
        if not name.startswith("_") and name != "called":
            self.called.add(name)
        return super().__getattribute__(name)


async def _everything_else(harbor: Harbor, policy: int, execution: int) -> None:
    """Make the calls that provisioning has no need of, and those that change what is there."""
    await harbor.ping()
    await harbor.health()
    await harbor.volumes()
    await harbor.statistics()
    await harbor.current_user()
    await harbor.scanners()
    await harbor.queues()
    await harbor.quotas()
    await harbor.webhook_events("hosted")
    await harbor.artifact("hosted", "library/nginx", "1.27")
    (task, *_others) = await harbor.replication_tasks(execution)
    await harbor.replication_tasks(execution, "Failed")
    await harbor.replication_log(execution, task["id"])
    await harbor.stop_replication(execution)
    await harbor.last_replication(policy)
    (robot,) = await harbor.robots()
    await harbor.renew_robot(robot["id"])
    member = (await harbor.members("hosted"))[-1]
    await harbor.change_role("hosted", member["id"], 4)


async def test_every_call_is_one_of_the_contract(stage: Stage) -> None:
    """Method, path, query, headers and body of each, and what the stand-in answers."""
    contracted = Contracted(harbor_contract(), httpx.ASGITransport(stage.app))
    client = stage.client()
    harbor = Watched(
        ManagementAPI(
            f"{URL}/api/v2.0",
            client=open_client(None, transport=contracted),
            clock=stage.clock,
            login=ADMIN,
        )
    )
    made = subjects(harbor, await read_server(harbor), EVERYTHING, client=client, clock=stage.clock)
    async for _done in provision(made):
        pass
    await _everything_else(harbor, policy=1, execution=1)
    await _drift(stage)
    async for _done in provision(made):
        pass
    calls = {
        name
        for name, _call in inspect.getmembers(Harbor, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert calls - harbor.called == set()
    assert len({one.rpartition(" ")[0] for one in contracted.operations}) > 45


async def _drift(stage: Stage) -> None:
    """Let a person change everything, so that each thing is changed back."""
    state = stage.state
    state.upstream.accounts["other"] = "other"
    state.endpoints[1]["credential"] |= {"access_key": "other", "access_secret": "other"}
    for project in state.projects.values():
        project.metadata |= {"public": "false" if project.registry_id else "true"}
        project.storage = 5
        project.webhooks = [hook | {"enabled": False} for hook in project.webhooks]
    for robot in state.robots.values():
        robot["disable"] = True
    for policy in state.replications.values():
        policy["enabled"] = False
    for schedule in state.schedules.values():
        schedule["schedule"] = {"type": "Custom", "cron": "0 0 5 * * *"}
    for retention in state.retentions.values():
        retention["rules"] = []


def _harbor(clock: QuickClock, answer: httpx.Response) -> Harbor:
    transport = httpx.MockTransport(lambda _request: answer)
    client = open_client(None, transport=transport)
    return Harbor(ManagementAPI(f"{URL}/api/v2.0", client=client, clock=clock, login=ADMIN))


@pytest.mark.parametrize("body", [[], "text", 7])
async def test_another_form_is_not_harbor(clock: QuickClock, body: object) -> None:
    """Something else may answer 200 to everything."""
    with pytest.raises(RegistryFailure) as caught:
        await _harbor(clock, httpx.Response(200, json=body)).health()
    assert caught.value.kind is Failure.NOT_A_REGISTRY


async def test_a_list_may_be_null_and_its_page_short(clock: QuickClock) -> None:
    """Go tells an empty list as `null` (facts/harbor.md §1)."""
    null = httpx.Response(200, content=b"null", headers={"Content-Type": "application/json"})
    assert await _harbor(clock, null).endpoints("x") == ()
    one = httpx.Response(200, json=[{"name": "x"}])
    assert await _harbor(clock, one).endpoints("x") == ({"name": "x"},)


async def test_what_was_made_without_a_place_is_an_error(clock: QuickClock) -> None:
    """The id is needed, and guessing one would change another's."""
    with pytest.raises(RegistryFailure, match="does not say what"):
        await _harbor(clock, httpx.Response(201)).create_replication({})  # type: ignore[typeddict-item]


async def test_a_repository_is_quoted_twice(stage: Stage) -> None:
    """Its slash would else be read as one of the path."""
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.raw_path)
        return httpx.Response(404)

    client = open_client(None, transport=httpx.MockTransport(answer))
    harbor = stage.harbor(client=client)
    assert await harbor.artifact("p", "library/nginx", "1") is None
    assert sent == [b"/api/v2.0/projects/p/repositories/library%252Fnginx/artifacts/1"]


async def test_a_web_page_behind_a_wrong_url_is_not_harbor(clock: QuickClock) -> None:
    """Nginx in front answers 504 with HTML (GH#13233), a portal 200."""
    for answer in (httpx.Response(504, html="<h1>"), httpx.Response(200, html="<h1>")):
        with pytest.raises(RegistryFailure) as caught:
            await _harbor(clock, answer).system_info()
        assert "<h1>" not in str(caught.value)
