"""Repositories of an Artifactory: made with a licence, told as a form without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.contracts.contract import read_contract
from tests.contracts.transport import Contracted
from tests.registries.conftest import QuickClock
from tests.registries.nexus.stage import Cut
from wizard.errors import InputError
from wizard.practice.artifactory.artifactory import PracticeArtifactory, Setting
from wizard.registries.artifactory.client import (
    Artifactory,
    Provisioning,
    Server,
    artifactory_at,
)
from wizard.registries.artifactory.subjects import artifactory_subjects
from wizard.registries.artifactory.wanted import Local, Remote, Virtual, Wanted
from wizard.registries.authority import Login
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.http import open_client
from wizard.registries.provisioning import Action, Done, Finding, look_at, provision
from wizard.secret import Secret

TOKEN = "dckr_pat_planted"  # noqa: S105  # of nobody
HUB = Remote(key="docker-remote", login=Login(username="hubuser", password=Secret(TOKEN)))
WANTED = Wanted(
    remotes=(HUB, Remote(key="quay-remote", upstream="quay.io")),
    locals=(Local(key="docker-local"),),
    virtuals=(
        Virtual(
            key="docker",
            members=("docker-local", "docker-remote"),
            deploys_to="docker-local",
        ),
    ),
)
FREE = ("OSS", "jcr edition", "Community Edition for C/C++")


@asynccontextmanager
async def _client(
    server: PracticeArtifactory, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Artifactory]:
    async with open_client(None, transport=transport or httpx.ASGITransport(server)) as http:
        yield artifactory_at(
            "https://art.test",
            client=http,
            clock=QuickClock(),
            login=Login(username="admin", password=server.setting.password),
            hidden=WANTED.secrets,
        )


async def _provisioned(artifactory: Artifactory, wanted: Wanted = WANTED) -> list[Done]:
    return [done async for done in provision(await artifactory_subjects(artifactory, wanted))]


def _amend(document: dict[str, Any]) -> None:
    """Mend what a description by others does not know (facts/nexus_artifactory.md §6.2, §6.3).

    Fields of Docker repositories, 400 for reading one in a free edition, and Docker's own paths.
    """
    document["servers"] = [{"url": "/artifactory"}]
    paths = document["paths"]
    one = paths["/api/repositories/{repoKey}"]
    one["get"]["responses"]["400"] = one["put"]["responses"]["400"]
    document["components"]["schemas"]["RepositoryConfiguration"]["additionalProperties"] = True
    for path in ("/api/docker/{repoKey}/v2/", "/api/docker/{repoKey}/v2/token"):
        answers = {status: {"description": "seen"} for status in ("200", "401", "404")}
        paths[path] = {"get": {"parameters": one["get"]["parameters"], "responses": answers}}
    missing = one["post"]["responses"]["404"]
    paths["/api/system/licenses"]["get"]["responses"]["404"] = missing
    paths["/api/system/license"] = paths["/api/system/licenses"]


def _contracted(server: PracticeArtifactory) -> Contracted:
    contract = read_contract("artifactory-openapi-thirdparty.yml", amend=_amend)
    return Contracted(contract, httpx.ASGITransport(server))


@pytest.mark.parametrize("tells_licence", [True, False])
async def test_a_licensed_server_gets_all_repositories(*, tells_licence: bool) -> None:
    """Shown before, made once, and nothing left in a second pass but what a person opens."""
    server = PracticeArtifactory(Setting(tells_licence=tells_licence))
    async with _client(server, _contracted(server)) as artifactory:
        before = await look_at(await artifactory_subjects(artifactory, WANTED))
        assert {one.split()[0] for one in server.requests} == {"GET"}
        await _provisioned(artifactory)
        state = {key: dict(one) for key, one in server.repositories.items()}
        server.anonymous = True
        again = await _provisioned(artifactory)
    assert [one.action for one in before] == [Action.CREATE] * 4 + [Action.BY_HAND] * 2
    assert {one.finding.action for one in again} == {Action.NOTHING}
    assert server.repositories == state
    assert state["docker-remote"]["password"] == TOKEN
    assert state["docker-remote"]["enableTokenAuthentication"] is True
    assert state["docker"]["repositories"] == ["docker-local", "docker-remote"]


@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_a_cut_at_any_change_doubles_nothing(lost: str) -> None:
    """Whether the change arrived or not, the next pass ends where an unbroken one does."""
    whole = PracticeArtifactory()
    async with _client(whole) as artifactory:
        await _provisioned(artifactory)
    for at in range(1, 5):
        server = PracticeArtifactory()
        cut = Cut(httpx.ASGITransport(server), at=at, handled=lost == "answer")
        async with _client(server, cut) as artifactory:
            with pytest.raises(RegistryFailure):
                await _provisioned(artifactory)
            await _provisioned(artifactory)
        assert server.repositories == whole.repositories, f"cut at change {at}"


@pytest.mark.parametrize("licence", FREE)
async def test_a_free_server_gets_a_form_to_fill_in(licence: str) -> None:
    """Nothing is tried there; each repository is told field by field, as the interface has it."""
    server = PracticeArtifactory(Setting(licence=licence))
    async with _client(server, _contracted(server)) as artifactory:
        done = await _provisioned(artifactory)
    remote = done[0].finding
    assert {one.finding.action for one in done} == {Action.BY_HAND}
    assert [(one.field, one.wanted) for one in remote.differences] == [
        ("Repository Key", "docker-remote"),
        ("Package Type", "docker"),
        ("URL", "https://registry-1.docker.io"),
        ("Docker Settings, Enable Token Authentication", "true"),
        ("User Name", "hubuser"),
    ]
    place = "Administration, Repositories, Create a Repository, Remote, Docker"
    assert remote.warnings == (
        f"only licensed editions do this through the API; in the web interface: {place}",
        "with the password of the upstream account",
    )
    assert {one.split()[0] for one in server.requests} == {"GET"}


async def test_a_free_server_that_hides_its_licence_is_asked_once() -> None:
    """Its refusal is no error: what it will not do becomes a form."""
    server = PracticeArtifactory(Setting(licence="OSS", tells_licence=False))
    async with _client(server) as artifactory:
        subjects = await artifactory_subjects(artifactory, WANTED)
        async for _one in provision(subjects):
            pass
        after = await look_at(subjects)
    puts = [one for one in server.requests if one.startswith("PUT")]
    assert len(puts) == len(set(puts)) == 4
    assert {one.action for one in after} == {Action.BY_HAND}


def _existing(**remote: Any) -> PracticeArtifactory:
    server = PracticeArtifactory(Setting(licence="jcr edition"))
    server.repositories["docker-remote"] = {
        "key": "docker-remote",
        "rclass": "remote",
        "packageType": "docker",
        "url": "https://registry-1.docker.io/",
        **remote,
    }
    return server


async def _adopted(server: PracticeArtifactory) -> tuple[Finding, Finding]:
    async with _client(server) as artifactory:
        wanted = Wanted(remotes=(replace(HUB, login=None),))
        repository, pull = await look_at(await artifactory_subjects(artifactory, wanted))
    return repository, pull


@pytest.mark.parametrize("anonymous", [True, False])
async def test_what_exists_on_a_free_server_is_verified(*, anonymous: bool) -> None:
    """Its list tells type and upstream, and a pull tells whether everybody may."""
    server = _existing()
    server.anonymous = anonymous
    repository, pull = await _adopted(server)
    assert (repository.action, pull.action) == (
        Action.NOTHING,
        Action.NOTHING if anonymous else Action.BY_HAND,
    )
    assert "Enable Token Authentication" in repository.warnings[0]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"url": "https://quay.io"}, "https://quay.io"),
        ({"packageType": "npm"}, "docker-remote is a remote repository of Npm"),
        ({"rclass": "local"}, "docker-remote is a local repository of Docker"),
    ],
)
async def test_what_exists_and_is_another_thing_is_told(change: dict[str, str], found: str) -> None:
    """An upstream to correct, or a key that is taken."""
    repository, _pull = await _adopted(_existing(**change))
    assert (repository.action, repository.differences[0].found) == (Action.BY_HAND, found)


async def test_a_change_sends_the_password_again_and_keeps_the_rest() -> None:
    """Members of a virtual repository that others put there stay first."""
    server = PracticeArtifactory()
    async with _client(server) as artifactory:
        await _provisioned(artifactory)
        remote, virtual = (server.repositories[key] for key in ("docker-remote", "docker"))
        remote |= {"url": "https://mirror.example", "notes": "theirs"}
        remote.pop("password")
        virtual["repositories"] = ["quay-remote"]
        await _provisioned(artifactory)
        renewed = replace(HUB, renews_password=True)
        remote.pop("password")
        await _provisioned(artifactory, replace(WANTED, remotes=(renewed, WANTED.remotes[1])))
    assert (remote["url"], remote["notes"]) == ("https://registry-1.docker.io", "theirs")
    assert remote["password"] == TOKEN
    assert virtual["repositories"] == ["quay-remote", "docker-local", "docker-remote"]


@pytest.mark.parametrize(
    ("licence", "provisioning"),
    [
        ("Enterprise Plus Trial", Provisioning.POSSIBLE),
        ("Pro", Provisioning.POSSIBLE),
        ("OSS", Provisioning.LICENSED_ONLY),
        ("jcr edition", Provisioning.LICENSED_ONLY),
        ("Community Edition for C/C++", Provisioning.LICENSED_ONLY),
        ("", Provisioning.UNKNOWN),
    ],
)
def test_the_licence_tells_whether_repositories_can_be_made(
    licence: str, provisioning: Provisioning
) -> None:
    """In the server's own words, of which the free editions have theirs."""
    assert Server(version="7", licence=licence).provisioning is provisioning


async def test_licences_of_a_cluster_are_a_list() -> None:
    """Its first tells the type."""

    def play(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/version"):
            return httpx.Response(200, json={"version": "7.1.0"})
        return httpx.Response(200, json={"licenses": [{"type": "Enterprise"}]})

    async with _client(PracticeArtifactory(), httpx.MockTransport(play)) as artifactory:
        assert await artifactory.server() == Server(version="7.1.0", licence="Enterprise")


@pytest.mark.parametrize(
    ("answer", "up"),
    [(httpx.Response(200, text="OK"), True), (httpx.Response(503), False)],
)
async def test_health_is_told_by_a_word(answer: httpx.Response, *, up: bool) -> None:
    """Nobody needs to log in for it."""
    transport = httpx.MockTransport(lambda _request: answer)
    async with _client(PracticeArtifactory(), transport) as artifactory:
        assert await artifactory.is_up() is up


async def test_another_word_is_another_product() -> None:
    """Portals answer 200 to everything."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, text="pong"))
    async with _client(PracticeArtifactory(), transport) as artifactory:
        with pytest.raises(RegistryFailure) as caught:
            await artifactory.is_up()
    assert caught.value.kind is Failure.NOT_A_REGISTRY


@pytest.mark.parametrize(
    ("key", "words"),
    [("docker_remote", "underscore"), ("Docker", "capital"), ("quay-remote", "twice")],
)
async def test_a_key_that_cannot_serve_is_told_first(key: str, words: str) -> None:
    """Before anything is asked of the server."""
    server = PracticeArtifactory()
    async with _client(server) as artifactory:
        wanted = replace(WANTED, remotes=(replace(HUB, key=key), WANTED.remotes[1]))
        with pytest.raises(InputError, match=words):
            await artifactory_subjects(artifactory, wanted)
    assert server.requests == []


async def test_no_failure_tells_a_secret() -> None:
    """A refusal that repeats what it was sent is cleared of it."""
    server = PracticeArtifactory()

    def refuse(request: httpx.Request) -> httpx.Response:
        said = request.content.decode() + request.headers["authorization"]
        return httpx.Response(400, json={"errors": [{"status": 400, "message": said}]})

    async with _client(server, httpx.MockTransport(refuse)) as artifactory:
        with pytest.raises(RegistryFailure) as caught:
            await artifactory.create({"key": "a", "password": TOKEN})
    told = f"{caught.value!r} {caught.value} {vars(caught.value)} {WANTED!r}"
    login = Login(username="admin", password=server.setting.password)
    planted = (TOKEN, login.password.reveal(), login.basic().removeprefix("Basic "))
    assert '"key": "a"' in told
    assert [one for one in planted if one in told] == []
