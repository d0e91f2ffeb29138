"""A Nexus brought to what a mirror needs: planned, done once, proven by a pull."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.registries.nexus.stage import (
    HUB,
    QUAY,
    WANTED,
    Cut,
    Stage,
    contracted,
    provisioned,
    staged,
)
from wizard.errors import InputError, RegistryError
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import Setting
from wizard.registries.authority import parse_challenge
from wizard.registries.failures import RegistryFailure
from wizard.registries.nexus.subjects import nexus_subjects
from wizard.registries.nexus.wanted import Upstream
from wizard.registries.provisioning import Action, Difference, Finding, look_at

RELEASES = [(71, "OSS"), (82, "COMMUNITY"), (90, "COMMUNITY"), (96, "COMMUNITY"), (96, "PRO")]
LEFT_TO_PEOPLE_IN_3_71 = {
    "base URL",
    "cleanup policy pilotage-docker-30d",
    "task pilotage docker gc dockerhub",
    "task pilotage docker gc quay",
    "task pilotage docker gc docker-hosted",
    "task pilotage docker upload purge",
    "task pilotage compact docker",
}


@pytest.fixture(params=RELEASES, ids=lambda one: f"3.{one[0]}-{one[1]}")
def server(request: pytest.FixtureRequest) -> PracticeNexus:
    """Return a server of each release."""
    minor, edition = request.param
    return PracticeNexus(Setting(minor=minor, edition=edition))


async def _pull(stage: Stage, port: int, image: str = "library/alpine") -> int:
    """Pull without an account, as a runtime does; return the status of the last answer."""
    url = f"https://nexus.test:{port}/v2/{image}/manifests/3.20"
    answer = await stage.http.get(url)
    if answer.status_code != 401:
        return answer.status_code
    challenge = parse_challenge(answer.headers["www-authenticate"])
    if challenge.scheme != "bearer":
        return 401
    token = await stage.http.get(challenge.realm)
    if token.status_code != 200:
        return token.status_code
    bearer = {"Authorization": f"Bearer {token.json()['token']}"}
    return (await stage.http.get(url, headers=bearer)).status_code


async def test_each_release_gets_what_it_knows(server: PracticeNexus) -> None:
    """The plan is shown without a change, then done; a second pass finds nothing to do."""
    async with staged(server, transport=contracted(server)) as stage:
        before = await look_at(await nexus_subjects(stage.nexus, WANTED))
        assert stage.changes == []
        done = await provisioned(stage.nexus)
        state, changes = stage.state, len(stage.changes)
        again = await provisioned(stage.nexus)
    assert [one.finding for one in done] == list(before)
    assert (stage.state, len(stage.changes)) == (state, changes)
    by_hand = {one.finding.subject for one in again if one.finding.action is Action.BY_HAND}
    assert by_hand == (LEFT_TO_PEOPLE_IN_3_71 if server.setting.minor == 71 else set())
    assert {one.finding.action for one in again} <= {Action.NOTHING, Action.BY_HAND}


async def test_everybody_can_pull_afterwards_and_only_that(server: PracticeNexus) -> None:
    """Before it no pull is answered; after it proxies serve all, and the hosted one nobody."""
    async with staged(server) as stage:
        await provisioned(stage.nexus, replace(WANTED, anonymous_reads=()))
        closed = [await _pull(stage, port) for port in (8082, 8085, 8084)]
        await provisioned(stage.nexus)
        opened = [await _pull(stage, port) for port in (8082, 8085, 8084, 8083)]
    assert closed == [401, 401, 401]
    assert opened == [200, 200, 200, 403]
    roles = stage.server.security.users["anonymous"].document["roles"]
    assert roles == ["pilotage-docker-anonymous"]


async def test_path_routing_is_asked_for_where_it_is_known(server: PracticeNexus) -> None:
    """Before 3.83 the field is left out, with a warning: such servers refuse what they miss."""
    async with staged(server) as stage:
        plan = await look_at(await nexus_subjects(stage.nexus, WANTED))
        await provisioned(stage.nexus)
    proxy = next(one for one in plan if one.subject == "proxy repository dockerhub")
    is_new = server.setting.minor >= 83
    assert ("3.83" in "".join(proxy.warnings)) is not is_new
    assert server.repositories.all["dockerhub"]["docker"].get("pathEnabled", False) is is_new


@pytest.mark.parametrize("minor", [71, 82, 90, 96])
@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_a_cut_at_any_change_doubles_nothing(minor: int, lost: str) -> None:
    """Whether the change arrived or not, the next pass ends where an unbroken one does.

    Requests that change nothing need no cut of their own: the server is then as before the next
    change.
    """
    wanted = replace(WANTED, upstreams=(HUB,), anonymous_reads=("dockerhub", "docker-group"))
    setting = Setting(minor=minor, edition="COMMUNITY" if minor >= 77 else "OSS")
    async with staged(PracticeNexus(setting)) as stage:
        await provisioned(stage.nexus, wanted)
        state, times = stage.state, len(stage.changes)
    assert times == (8 if minor == 71 else 15)
    for at in range(1, times + 1):
        server = PracticeNexus(setting)
        cut = Cut(httpx.ASGITransport(server), at=at, handled=lost == "answer")
        async with staged(server, transport=cut) as stage:
            with pytest.raises(RegistryFailure):
                await provisioned(stage.nexus, wanted)
            await provisioned(stage.nexus, wanted)
            assert stage.state == state, f"cut at change {at}"


async def test_a_frozen_server_is_told_before_anything() -> None:
    """Nothing could be done there, so nothing is begun."""
    server = PracticeNexus()
    server.system.writable = False
    async with staged(server) as stage:
        with pytest.raises(RegistryError, match="read-only"):
            await nexus_subjects(stage.nexus, WANTED)
    assert stage.changes == []


@pytest.mark.parametrize("accepted", ["", "another text"])
async def test_the_licence_is_for_the_operator_alone(accepted: str) -> None:
    """Without the words that were shown it stays a thing to do by hand, and pulls stay refused."""
    async with staged(PracticeNexus()) as stage:
        done = await provisioned(stage.nexus, replace(WANTED, accepted_eula=accepted))
        status = await _pull(stage, 8082)
    licence = next(one.finding for one in done if "licence" in one.finding.subject)
    assert licence.action is Action.BY_HAND
    assert "“End User License Agreement”" in licence.differences[1].found
    assert status == 403


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (replace(QUAY, http_port=8082), "connector port 8082 is there twice"),
        (replace(QUAY, repository="DockerHub"), "dockerhub is there twice"),
        (replace(QUAY, repository="Quay"), "Quay is not in lower case"),
    ],
)
async def test_a_wish_that_contradicts_itself_is_told_first(second: Upstream, words: str) -> None:
    """Ports and names are there once, and in lower case."""
    async with staged(PracticeNexus()) as stage:
        wanted = replace(WANTED, upstreams=(HUB, second))
        with pytest.raises(InputError, match=words):
            await nexus_subjects(stage.nexus, wanted)
    assert stage.server.requests == []


async def test_a_hidden_version_costs_only_what_is_new() -> None:
    """A proxy in front may remove the header; the licence still shows the edition."""
    server = PracticeNexus(Setting(shows_version=False))
    async with staged(server) as stage:
        done = await provisioned(stage.nexus, replace(WANTED, accepted_eula=""))
    by_hand = {one.finding.subject for one in done if one.finding.action is Action.BY_HAND}
    assert {"task pilotage compact docker", "licence of the Community Edition"} <= by_hand
    assert "pathEnabled" not in server.repositories.all["dockerhub"]["docker"]
    assert server.repositories.all["dockerhub"]["cleanup"] == {
        "policyNames": ["pilotage-docker-30d"]
    }


async def test_differences_say_field_and_values() -> None:
    """What is shown before is what will be sent, without the password."""
    async with staged(PracticeNexus()) as stage:
        plan = await look_at(await nexus_subjects(stage.nexus, WANTED))
    proxy = next(one for one in plan if one.subject == "proxy repository dockerhub")
    assert {(one.field, one.wanted) for one in proxy.differences} == {
        ("name", "dockerhub"),
        ("online", "true"),
        ("docker.v1Enabled", "false"),
        ("docker.forceBasicAuth", "false"),
        ("docker.httpPort", "8082"),
        ("docker.pathEnabled", "true"),
        ("proxy.remoteUrl", "https://registry-1.docker.io"),
        ("httpClient.blocked", "false"),
        ("httpClient.authentication.type", "username"),
        ("httpClient.authentication.username", "hubuser"),
        ("dockerProxy.indexType", "HUB"),
        ("cleanup.policyNames", "pilotage-docker-30d"),
    }
    realms = next(one for one in plan if one.subject == "realms")
    assert realms.differences == (
        Difference(
            field="active",
            found="NexusAuthenticatingRealm",
            wanted="NexusAuthenticatingRealm, DockerToken",
        ),
    )


async def _with_backup(server: PracticeNexus) -> tuple[list[Finding], dict[str, Any]]:
    """Return what is found of the dump before and after, and the tasks."""
    wanted = replace(WANTED, backup="dumps", housekeeping=False)
    found: list[Finding] = []
    async with staged(server, transport=contracted(server)) as stage:
        for _pass in range(2):
            findings = await look_at(await nexus_subjects(stage.nexus, wanted))
            found += [one for one in findings if "backup" in one.subject]
            await provisioned(stage.nexus, wanted)
        return found, stage.state["tasks"]


async def test_the_database_is_dumped_each_night_where_that_is_wanted() -> None:
    """Once, with what else belongs to a backup told each time."""
    found, tasks = await _with_backup(PracticeNexus())
    [dump] = [one for one in tasks.values() if one["type"] == "h2.backup.task"]
    assert [one.action for one in found] == [Action.CREATE, Action.NOTHING]
    assert (dump["properties"], dump["cronExpression"]) == ({"location": "dumps"}, "0 0 1 * * ?")
    assert ["blobs, keystores and etc" in str(one.warnings) for one in found] == [True, True]


async def test_a_postgresql_is_left_to_its_own_dump() -> None:
    """Nexus hides the task there."""
    found, tasks = await _with_backup(PracticeNexus(Setting(has_h2=False)))
    assert [one.action for one in found] == [Action.BY_HAND, Action.BY_HAND]
    assert "pg_dump" in str(found[0].warnings)
    assert {one["type"] for one in tasks.values()} == {"repository.cleanup"}
