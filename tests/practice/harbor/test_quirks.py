"""What is commonly not known of Harbor, and the stand-in does too (facts/harbor.md)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.practice.harbor.moving import MovingClock
from tests.registries.harbor.stage import ADMIN, BOB, HUB, URL, Stage
from wizard.practice.harbor.replication import NOTHING
from wizard.registries.authority import Login
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.harbor.bodies import EndpointBody, ReplicationBody, RobotBody
from wizard.secret import Secret

API = f"{URL}/api/v2.0"
HUB_BODY: EndpointBody = {
    "name": "dockerhub",
    "type": "docker-hub",
    "url": "https://hub.docker.com",
    "insecure": False,
    "credential": {
        "type": "basic",
        "access_key": HUB.username,
        "access_secret": HUB.password.reveal(),
    },
}


def _headers(**more: str) -> dict[str, str]:
    return {"Authorization": ADMIN.basic(), **more}


def _pull(endpoint: int, project: str) -> ReplicationBody:
    return {
        "name": "hub",
        "description": "",
        "enabled": True,
        "src_registry": {"id": endpoint},
        "dest_namespace": project,
        "dest_namespace_replace_count": 0,
        "trigger": {"type": "manual"},
        "filters": [{"type": "name", "value": "library/{nginx,redis}"}],
        "override": True,
        "deletion": False,
        "speed": -1,
        "copy_by_chunk": False,
        "single_active_replication": True,
    }


async def test_a_session_that_comes_back_cannot_write(stage: Stage) -> None:
    """Every answer sets the cookie, and a write that carries it needs a token (§1)."""
    body = {"project_name": "one", "metadata": {"public": "false"}}
    async with httpx.AsyncClient(transport=stage.transport) as keeping_cookies:
        first = await keeping_cookies.post(f"{API}/projects", json=body, headers=_headers())
        second = await keeping_cookies.post(f"{API}/projects", json=body, headers=_headers())
    assert (first.status_code, second.status_code) == (201, 403)
    assert second.json() == {"errors": [{"code": "FORBIDDEN", "message": "CSRF token invalid"}]}


async def test_a_wrong_account_upstream_is_a_bare_500(stage: Stage) -> None:
    """The cause stands in the server's own log alone (§1)."""
    stage.upstream.accounts.clear()
    with pytest.raises(RegistryFailure) as caught:
        await stage.harbor().create_endpoint(HUB_BODY)
    assert caught.value.reason == "HTTP 500 UNKNOWN internal server error"
    assert "login to dockerhub error" in stage.app.log[0]


async def test_a_secret_is_read_as_a_mask(stage: Stage) -> None:
    """What is read must never be sent back (§2.2)."""
    harbor = stage.harbor()
    await harbor.create_endpoint(HUB_BODY)
    (endpoint,) = await harbor.endpoints("dockerhub")
    assert set(endpoint["credential"]["access_secret"]) == {"*"}


async def test_a_proxy_project_deletes_after_seven_days(stage: Stage) -> None:
    """Nobody asked for that retention (§2.3)."""
    harbor = stage.harbor()
    endpoint = await harbor.create_endpoint(HUB_BODY)
    await harbor.create_project(
        {"project_name": "hub", "metadata": {"public": "true"}, "registry_id": endpoint}
    )
    project = await harbor.project("hub")
    assert project is not None
    retention = await harbor.retention(int(project["metadata"]["retention_id"]))
    assert [rule["params"] for rule in retention["rules"]] == [{"nDaysSinceLastPull": 7}]


async def test_metadata_that_is_no_string_is_refused(stage: Stage) -> None:
    """Even `true` (§2.3); past the contract, which knows it too."""
    body = b'{"project_name": "one", "metadata": {"public": true}}'
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stage.app)) as client:
        answer = await client.post(f"{API}/projects", content=body, headers=_headers())
    assert answer.status_code == 400


async def test_replication_into_a_proxy_project_succeeds_with_nothing(stage: Stage) -> None:
    """It is skipped in silence (§2.4, §2.5)."""
    harbor = stage.harbor()
    endpoint = await harbor.create_endpoint(HUB_BODY)
    await harbor.create_project(
        {"project_name": "hub", "metadata": {"public": "true"}, "registry_id": endpoint}
    )
    policy = await harbor.create_replication(_pull(endpoint, "hub"))
    execution = await harbor.replication(await harbor.start_replication(policy))
    assert (execution["status"], execution["total"], execution["status_text"]) == (
        "Succeed",
        0,
        NOTHING,
    )


async def test_a_missing_target_is_made_private(stage: Stage) -> None:
    """And a second run while one is active has failed when it is told (§2.4, §2.5)."""
    harbor = stage.harbor()
    endpoint = await harbor.create_endpoint(HUB_BODY)
    policy = await harbor.create_replication(_pull(endpoint, "mirror"))
    first = await harbor.start_replication(policy)
    second = await harbor.replication(await harbor.start_replication(policy))
    assert (second["status"], "still in progress" in second["status_text"]) == ("Failed", True)
    statuses = [(await harbor.replication(first))["status"] for _ in range(3)]
    assert statuses == ["InProgress", "InProgress", "Succeed"]
    project = await harbor.project("mirror")
    assert project is not None
    assert project["metadata"]["public"] == "false"
    assert await harbor.artifact("mirror", "library/nginx", "1.27") is not None
    assert await harbor.artifact("mirror", "library/nginx", "1.28") is None


async def test_unknown_settings_are_dropped_in_silence(stage: Stage) -> None:
    """200, and nothing of it is kept (§2.14); past the contract, which would not let it out."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stage.app)) as client:
        answer = await client.put(
            f"{API}/configurations", json={"no_such": True}, headers=_headers()
        )
    assert (answer.status_code, answer.content) == (200, b"")
    assert "no_such" not in await stage.harbor().configuration()


async def test_read_only_takes_settings_and_nothing_else(stage: Stage) -> None:
    """403 DENIED (§1)."""
    harbor = stage.harbor()
    await harbor.configure({"read_only": True})
    with pytest.raises(RegistryFailure) as caught:
        await harbor.create_project({"project_name": "one", "metadata": {}})
    assert (caught.value.kind, "DENIED" in caught.value.reason) == (Failure.FORBIDDEN, True)
    await harbor.configure({"read_only": False})
    await harbor.create_project({"project_name": "one", "metadata": {}})


ROBOT: RobotBody = {
    "name": "fleet-pull",
    "level": "system",
    "duration": -1,
    "description": "",
    "disable": False,
    "permissions": [
        {
            "kind": "project",
            "namespace": "*",
            "access": [{"resource": "repository", "action": "pull"}],
        }
    ],
}


async def test_a_robots_secret_is_told_once_and_a_robot_is_no_user(stage: Stage) -> None:
    """It logs in with it, and `users/current` is 412 for it (§1, §2.6)."""
    harbor = stage.harbor()
    name, secret = await harbor.create_robot(ROBOT)
    (robot,) = await harbor.robots()
    assert (name, "secret" in robot) == ("robot$fleet-pull", False)
    as_robot = stage.harbor(Login(username=name, password=secret))
    assert await as_robot.current_user() is None
    renewed = await harbor.renew_robot(robot["id"])
    assert renewed != secret
    with pytest.raises(RegistryFailure, match="401"):
        await as_robot.current_user()


async def test_a_failed_login_locks_the_right_one_out_for_a_while(
    stage: Stage, moving: MovingClock
) -> None:
    """1.5 seconds (§1)."""
    wrong = stage.harbor(Login(username="admin", password=Secret("wrong")))
    with pytest.raises(RegistryFailure, match="401"):
        await wrong.current_user()
    with pytest.raises(RegistryFailure, match="401"):
        await stage.harbor().current_user()
    moving.seconds += 1.6
    user = await stage.harbor().current_user()
    assert user is not None
    assert user["sysadmin_flag"] is True


async def test_health_is_200_whatever_it_is(stage: Stage) -> None:
    """The body tells (§2.1)."""
    stage.state.unwell["jobservice"] = "failed to check the health"
    health = await stage.harbor(None).health()
    assert health["status"] == "unhealthy"


async def test_the_version_is_for_those_who_are_known(stage: Stage) -> None:
    """And the URL that clients are told (§2.1)."""
    nobody, admin = await stage.harbor(None).system_info(), await stage.harbor().system_info()
    assert ("harbor_version" in nobody, admin["external_url"]) == (False, URL)


async def test_a_page_has_at_most_a_hundred(stage: Stage) -> None:
    """More is refused, and a list of 250 comes in three (§1); past the contract."""
    for number in range(249):
        stage.state.endpoints[number] = {**HUB_BODY, "id": number, "name": f"e{number}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stage.app)) as client:
        answer = await client.get(f"{API}/registries?page_size=101", headers=_headers())
    assert answer.status_code == 422
    assert len(await stage.harbor().endpoints("")) == 249


async def test_a_schedule_that_is_not_there_is_an_empty_answer(stage: Stage) -> None:
    """200 without a body (src/server/v2.0/handler/gc.go)."""
    harbor = stage.harbor()
    found: list[Any] = [
        await harbor.schedule("gc"),
        await harbor.schedule("purgeaudit"),
        await harbor.schedule("scanAll"),
    ]
    assert found == [None, None, None]


async def test_a_user_who_is_no_administrator_sees_no_system(stage: Stage) -> None:
    """403, and no proxy project for him (§2.3)."""
    with pytest.raises(RegistryFailure, match="403"):
        await stage.harbor(BOB).configuration()
    with pytest.raises(RegistryFailure, match="403"):
        await stage.harbor(BOB).create_project(
            {"project_name": "hub", "metadata": {}, "registry_id": 1}
        )
