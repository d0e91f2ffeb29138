"""What is there already is kept, changed only where a mirror rests on it, and never doubled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.registries.conftest import QuickClock
from tests.registries.nexus.stage import HUB, QUAY, TOKEN, WANTED, Stage, provisioned, staged
from wizard.errors import RegistryError
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import Setting
from wizard.registries.authority import Login
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.nexus.blob_store import told_sizes, unit_of
from wizard.registries.nexus.client import nexus_at
from wizard.registries.nexus.subjects import nexus_subjects
from wizard.registries.nexus.wanted import Quota, Upstream, Wanted
from wizard.registries.provisioning import Action, Done, Finding, look_at, provision
from wizard.secret import Secret


def _of(done: list[Done], subject: str) -> Finding:
    return next(one.finding for one in done if one.finding.subject == subject)


def _proxy(server: PracticeNexus, name: str = "dockerhub") -> dict[str, Any]:
    return server.repositories.all[name]


async def _ready(stage: Stage, wanted: Wanted = WANTED) -> list[Done]:
    await provisioned(stage.nexus)
    return await provisioned(stage.nexus, wanted)


async def test_a_change_sends_the_password_again() -> None:
    """A password that is left out of a PUT is lost, and no server tells it."""
    server = PracticeNexus()
    async with staged(server) as stage:
        told = await stage.nexus.docker_repository("proxy", "dockerhub")
        assert told is None
        await _ready(stage, replace(WANTED, upstreams=(replace(HUB, http_port=8092), QUAY)))
        told = await stage.nexus.docker_repository("proxy", "dockerhub")
    account = {"type": "username", "username": "hubuser"}
    assert told is not None
    assert told["httpClient"]["authentication"] == account
    assert _proxy(server)["httpClient"]["authentication"] == account | {"password": TOKEN}
    assert _proxy(server)["docker"]["httpPort"] == 8092


async def test_an_account_that_a_change_would_erase_stops_it() -> None:
    """Without the account here the repository is left as it is, and the way out is told."""
    server = PracticeNexus()
    async with staged(server) as stage:
        done = await _ready(
            stage, replace(WANTED, upstreams=(replace(HUB, login=None, http_port=8092), QUAY))
        )
    finding = _of(done, "proxy repository dockerhub")
    assert finding.action is Action.BY_HAND
    assert "hubuser" in finding.differences[0].found
    assert _proxy(server)["httpClient"]["authentication"]["password"] == TOKEN
    assert _proxy(server)["docker"]["httpPort"] == 8082


async def test_a_new_password_is_set_once_when_asked_for() -> None:
    """It cannot be compared, so it is sent in the pass that asks, and read back by nobody."""
    server = PracticeNexus()
    login = Login(username="hubuser", password=Secret("another"))
    renewed = replace(HUB, login=login, renews_password=True)
    async with staged(server) as stage:
        done = await _ready(stage, replace(WANTED, upstreams=(renewed, QUAY)))
    finding = _of(done, "proxy repository dockerhub")
    assert [(one.field, one.wanted) for one in finding.differences] == [
        ("httpClient.authentication.password", "will be set")
    ]
    assert _proxy(server)["httpClient"]["authentication"]["password"] == login.password.reveal()


async def test_an_account_is_tried_before_nexus_gets_it() -> None:
    """A wrong one would have Nexus block Docker Hub by itself; other upstreams are not asked."""
    server = PracticeNexus()
    tried: list[Login] = []

    async def refuse(login: Login) -> None:
        tried.append(login)
        raise RegistryFailure(Failure.UNAUTHORISED, "wrong", url="https://auth.docker.io")

    quay = replace(QUAY, login=Login(username="robot", password=Secret("r")))
    wanted = replace(WANTED, upstreams=(quay, HUB))
    async with staged(server) as stage:
        subjects = await nexus_subjects(stage.nexus, wanted, check_account=refuse)
        await look_at(subjects)
        assert tried == []
        with pytest.raises(RegistryFailure, match="wrong"):
            async for _one in provision(subjects):
                pass
    assert tried == [HUB.login]
    assert ("quay" in server.repositories.all, "dockerhub" in server.repositories.all) == (
        True,
        False,
    )


async def test_a_desk_that_does_not_reach_docker_hub_stops_nothing() -> None:
    """Nexus may get there all the same; many jump hosts have no way out."""

    async def unreachable(_login: Login) -> None:
        raise RegistryFailure(Failure.TIMED_OUT, "no answer", url="https://auth.docker.io")

    server = PracticeNexus()
    async with staged(server) as stage:
        subjects = await nexus_subjects(stage.nexus, WANTED, check_account=unreachable)
        async for _one in provision(subjects):
            pass
    assert "dockerhub" in server.repositories.all


async def test_what_we_know_nothing_of_stays() -> None:
    """A routing rule, another policy, ages, further members: all are written back."""
    server = PracticeNexus()
    server.storage.policies["theirs"] = {"name": "theirs", "format": "docker"}
    async with staged(server) as stage:
        await provisioned(stage.nexus)
        proxy, group = _proxy(server), _proxy(server, "docker-group")
        proxy |= {"routingRuleName": "only-library", "cleanup": {"policyNames": ["theirs"]}}
        proxy["proxy"]["metadataMaxAge"] = 60
        proxy["docker"]["forceBasicAuth"] = True
        group["group"]["memberNames"] = ["docker-hosted", "dockerhub"]
        await provisioned(stage.nexus)
    proxy = _proxy(server)
    assert (proxy["routingRuleName"], proxy["proxy"]["metadataMaxAge"]) == ("only-library", 60)
    assert proxy["cleanup"] == {"policyNames": ["theirs", "pilotage-docker-30d"]}
    assert proxy["docker"]["forceBasicAuth"] is False
    assert _proxy(server, "docker-group")["group"]["memberNames"] == ["docker-hosted", "dockerhub"]


async def test_a_name_or_port_of_somebody_else_is_left_alone() -> None:
    """A repository of another format, and another's connector, are for their owners."""
    server = PracticeNexus()
    server.repositories.add_foreign("Quay", "maven2", "hosted")
    server.repositories.add_foreign("theirs", "docker", "hosted")
    _proxy(server, "theirs")["docker"] = {"httpPort": 8082}
    async with staged(server) as stage:
        before = await look_at(await nexus_subjects(stage.nexus, WANTED))
        done = await provisioned(stage.nexus)
        again = await provisioned(stage.nexus)
    hub, quay = (_of(done, f"proxy repository {name}") for name in ("dockerhub", "quay"))
    assert (hub.action, quay.action) == (Action.BY_HAND, Action.BY_HAND)
    assert hub.differences[0].found == "port 8082 is the connector of theirs"
    assert quay.differences[0].found.startswith("the name is taken by Quay, a maven2 repository")
    assert {"dockerhub", "quay"} & server.repositories.all.keys() == set()
    assert [one.finding for one in done] == list(before)
    assert {one.finding.action for one in again} == {Action.NOTHING, Action.BY_HAND}


async def test_what_rests_on_a_repository_that_is_not_there_passes_it_over() -> None:
    """The group, the role and the tasks have only what there is, and the rest once it is there."""
    server = PracticeNexus()
    server.repositories.add_foreign("dockerhub", "raw", "hosted")
    group = replace(WANTED.groups[0], members=("dockerhub", "quay"))
    wanted = replace(WANTED, groups=(group,))
    async with staged(server) as stage:
        done = await provisioned(stage.nexus, wanted)
        tasks = {task["name"] for task in server.storage.tasks.values()}
        members = _proxy(server, "docker-group")["group"]["memberNames"]
        role = server.security.roles["pilotage-docker-anonymous"]["privileges"]
        assert (members, "nx-repository-view-docker-quay-read" in role) == (["quay"], True)
        assert [one for one in role if "dockerhub" in one] == []
        assert "pilotage docker gc dockerhub" not in tasks
        del server.repositories.all["dockerhub"]
        await provisioned(stage.nexus, wanted)
    task = _of(done, "task pilotage docker gc dockerhub")
    assert (task.action, task.warnings) == (Action.NOTHING, ("its repository is not there yet",))
    assert _proxy(server, "docker-group")["group"]["memberNames"] == ["quay", "dockerhub"]
    role = server.security.roles["pilotage-docker-anonymous"]["privileges"]
    assert "nx-repository-view-docker-dockerhub-read" in role
    assert len(server.storage.tasks) == 6


async def test_users_whose_names_begin_alike_are_told_apart() -> None:
    """The API finds all of them, and not in a known order."""
    server = PracticeNexus()
    users = server.security.users
    other = replace(users["anonymous"], document=users["anonymous"].document | {"roles": []})
    other.document["userId"] = "anonymous-bot"
    server.security.users = {"anonymous-bot": other, **users}
    async with staged(server) as stage:
        await provisioned(stage.nexus)
    roles = {name: one.document["roles"] for name, one in server.security.users.items()}
    assert (roles["anonymous"], roles["anonymous-bot"]) == (["pilotage-docker-anonymous"], [])


async def test_who_reads_without_an_account_today_is_told_of_what_is_lost() -> None:
    """The stock role reads every repository; it goes with a warning, or stays by choice."""
    server = PracticeNexus()
    server.security.anonymous["enabled"] = True
    async with staged(server) as stage:
        keeping = replace(WANTED, keeps_anonymous_roles=True)
        kept = await look_at(await nexus_subjects(stage.nexus, keeping))
        done = await provisioned(stage.nexus)
    assert "nx-anonymous is taken away" in "".join(_of(done, "user anonymous").warnings)
    user = next(one for one in kept if one.subject == "user anonymous")
    assert (user.differences[0].wanted, user.warnings) == (
        "nx-anonymous, pilotage-docker-anonymous",
        (),
    )


async def test_a_group_that_would_publish_own_images_is_told() -> None:
    """Who may read a group reads all its members."""
    async with staged(PracticeNexus()) as stage:
        group = replace(WANTED.groups[0], members=("docker-hosted", "dockerhub"))
        done = await provisioned(stage.nexus, replace(WANTED, groups=(group,)))
    assert _of(done, "role pilotage-docker-anonymous").warnings == (
        "everybody can pull your own images from docker-hosted",
    )


async def test_a_quota_is_right_in_whatever_unit_the_server_takes_it() -> None:
    """The API's words say MB, its sources bytes: the server's own sentence decides."""
    for unit, limit in ((1, 200 * 10**9), (10**6, 200_000), (1 << 20, 190_734)):
        for remaining in (False, True):
            server = PracticeNexus(Setting(quota_unit=unit))
            quota = Quota(bytes=200 * 10**9, remaining=remaining)
            async with staged(server) as stage:
                await provisioned(stage.nexus, replace(WANTED, quota=quota))
                again = await provisioned(stage.nexus, replace(WANTED, quota=quota))
            assert server.storage.blob_stores["docker"] == {
                "path": "docker",
                "softQuota": {"type": quota.type, "limit": limit},
            }
            assert _of(again, "blob store docker").action is Action.NOTHING


def test_sizes_are_read_from_sentences() -> None:
    """Each with its unit; where none fits the limit, the unit stays unknown."""
    words = "Blob store x is using 12.5 MB space and has a limit of 1.75 GB"
    assert told_sizes(words)[::2] == (12.5e6, 1.75e9)
    assert told_sizes("186.26 GB")[1] == 186.26 * (1 << 30)
    assert told_sizes("1 GiB") == (1 << 30,)
    assert unit_of(200 * 10**9, "has a limit of 186.26 GB") == 1
    assert [unit_of(limit, words) for limit in (1_750_000_000, 1750, 1669)] == [1, 10**6, 1 << 20]
    assert unit_of(7, words) == 0
    assert unit_of(7, "is using 7 bytes") == 1


async def test_only_private_upstreams_pass_the_guard() -> None:
    """The guard stays on, and who is public needs no line in it."""
    setting = Setting(names={"hub.internal": "10.0.0.7"})
    inside = replace(HUB, server="https://hub.internal", is_private=True)
    by_number = Upstream(upstream="quay.io", repository="quay", server="https://10.0.0.8:5000")
    wanted = replace(WANTED, upstreams=(inside, by_number), anonymous_reads=None)
    async with staged(PracticeNexus(setting)) as stage:
        await provisioned(stage.nexus, wanted)
        assert stage.server.security.guard == {
            "enabled": True,
            "allowedDomains": ["hub.internal"],
            "allowedIPs": ["10.0.0.8"],
        }
    async with staged(PracticeNexus(setting)) as stage:
        await provisioned(stage.nexus)
        assert stage.server.security.guard["allowedDomains"] == []


async def test_a_private_upstream_that_was_not_named_so_is_told_with_the_way_out() -> None:
    """Only Nexus knows what a name resolves to there."""
    server = PracticeNexus(Setting(names={"hub.internal": "10.0.0.7"}))
    inside = replace(HUB, server="https://hub.internal")
    async with staged(server) as stage:
        with pytest.raises(RegistryError, match=r"10[.]0[.]0[.]7") as caught:
            await provisioned(stage.nexus, replace(WANTED, upstreams=(inside,)))
    assert "docker.io is private" in caught.value.todo
    assert server.security.guard["allowedDomains"] == []


async def test_tasks_are_written_with_the_servers_own_keys() -> None:
    """What somebody changed in them is put right, in place."""
    server = PracticeNexus()
    async with staged(server) as stage:
        await provisioned(stage.nexus)
        task = next(one for one in server.storage.tasks.values() if "compact" in one["name"])
        assert task["properties"] == {"blobstoreName": "docker"}
        task |= {"enabled": False, "cronExpression": "0 0 9 * * ?"}
        done = await provisioned(stage.nexus)
    finding = _of(done, "task pilotage compact docker")
    assert [one.field for one in finding.differences] == ["enabled", "cronExpression"]
    assert (task["enabled"], task["cronExpression"]) == (True, "0 0 4 * * ?")
    assert len(server.storage.tasks) == 6


async def test_a_base_url_is_corrected_in_place() -> None:
    """There is one such capability at most."""
    server = PracticeNexus()
    async with staged(server) as stage:
        await _ready(stage, replace(WANTED, base_url="https://repo.example/"))
    (capability,) = server.system.capabilities.values()
    assert capability["properties"] == {"url": "https://repo.example/"}


async def test_a_server_below_a_context_path_is_reached() -> None:
    """The path of its URL stands before the API's."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(200, headers={"Server": "Nexus/3.96.4-01 (PRO)"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        login = Login(username="admin", password=Secret("x"))
        nexus = nexus_at("https://h.test/nexus", client=http, clock=QuickClock(), login=login)
        release = await nexus.release()
    assert (seen, release.text) == (["/nexus/service/rest/v1/status"], "Nexus 3.96.4 PRO")
