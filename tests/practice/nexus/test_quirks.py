"""What surprises people about Nexus, each from facts/nexus_artifactory.md."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import DISCLAIMER, Setting

REST = "/service/rest"
V1 = f"{REST}/v1"
DOCKER = f"{V1}/repositories/docker"


class Admin:
    """Ask a server as its administrator, or as nobody."""

    def __init__(self, server: PracticeNexus) -> None:
        self.server = server
        self._login = ("admin", server.setting.password.reveal())

    async def __call__(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> httpx.Response:
        """Return the answer to one call."""
        async with self.client() as client:
            return await client.request(method, path, json=body, auth=self._login, **more)

    def client(self, port: int = 8081) -> httpx.AsyncClient:
        """Return nobody's client of a port."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.server), base_url=f"https://n.test:{port}"
        )


def admin(minor: int = 96, edition: str = "COMMUNITY", **more: Any) -> Admin:
    """Return the administrator of a new server."""
    return Admin(PracticeNexus(Setting(minor=minor, edition=edition, **more)))


def proxy(**docker: Any) -> dict[str, Any]:
    """Return the body of a proxy of Docker Hub."""
    return {
        "name": "hub",
        "online": True,
        "storage": {"blobStoreName": "default", "strictContentTypeValidation": True},
        "proxy": {
            "remoteUrl": "https://registry-1.docker.io",
            "contentMaxAge": 1440,
            "metadataMaxAge": 1440,
        },
        "negativeCache": {"enabled": True, "timeToLive": 60},
        "httpClient": {
            "blocked": False,
            "authentication": {"type": "username", "username": "u", "password": "p"},
        },
        "docker": {"v1Enabled": False, "httpPort": 8082, **docker},
        "dockerProxy": {"indexType": "HUB"},
    }


async def _open(ask: Admin) -> None:
    """Let everybody pull from everything, as people do first."""
    await ask("POST", f"{V1}/system/eula", {"accepted": True, "disclaimer": DISCLAIMER})
    await ask("PUT", f"{V1}/security/realms/active", ["NexusAuthenticatingRealm", "DockerToken"])
    who = {"enabled": True, "userId": "anonymous", "realmName": "NexusAuthorizingRealm"}
    await ask("PUT", f"{V1}/security/anonymous", who)


async def _pull(ask: Admin, image: str = "library/alpine") -> httpx.Response:
    async with ask.client(8082) as nobody:
        token = await nobody.get("/v2/token")
        bearer = {"Authorization": f"Bearer {token.json()['token']}"} if token.is_success else {}
        return await nobody.get(f"/v2/{image}/manifests/1", headers=bearer)


async def test_version_and_edition_are_in_every_answer() -> None:
    """In refusals too."""
    answer = await admin(90, "PRO")("GET", "/nothing/there")
    assert (answer.status_code, answer.headers["server"]) == (404, "Nexus/3.90.1-01 (PRO)")


async def test_nothing_is_served_before_the_licence_is_accepted() -> None:
    """The management API works all the same."""
    ask = admin()
    assert (await ask("POST", f"{DOCKER}/proxy", proxy(forceBasicAuth=False))).status_code == 201
    async with ask.client(8082) as nobody:
        assert (await nobody.get("/v2/")).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"accepted": True, "disclaimer": DISCLAIMER}, 204),
        ({"accepted": True, "disclaimer": DISCLAIMER.replace("“", '"')}, 500),
        ({"accepted": False, "disclaimer": DISCLAIMER}, 500),
    ],
)
async def test_the_licence_wants_its_own_words_back(body: dict[str, Any], status: int) -> None:
    """Byte for byte; anything else is an internal error."""
    assert (await admin()("POST", f"{V1}/system/eula", body)).status_code == status


@pytest.mark.parametrize(
    ("minor", "edition", "status"),
    [(96, "PRO", 404), (71, "OSS", 404), (76, "COMMUNITY", 404), (77, "COMMUNITY", 200)],
)
async def test_who_has_a_licence_to_accept(minor: int, edition: str, status: int) -> None:
    """The Community Edition, since 3.77."""
    assert (await admin(minor, edition)("GET", f"{V1}/system/eula")).status_code == status


async def test_docker_wants_basic_where_nobody_says_otherwise() -> None:
    """Hidden in the interface: then nobody without an account gets in."""
    ask = admin()
    await _open(ask)
    await ask("POST", f"{DOCKER}/proxy", proxy())
    told = (await ask("GET", f"{DOCKER}/proxy/hub")).json()
    answer = await _pull(ask)
    assert told["docker"]["forceBasicAuth"] is True
    assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (401, "BASIC")


async def test_passwords_are_not_told_and_lost_by_writing_back() -> None:
    """What is read and written again has no password any more."""
    ask = admin()
    await ask("POST", f"{DOCKER}/proxy", proxy(forceBasicAuth=False))
    told = (await ask("GET", f"{DOCKER}/proxy/hub")).json()
    body = {key: value for key, value in told.items() if key not in {"format", "type"}}
    assert (await ask("PUT", f"{DOCKER}/proxy/hub", body)).status_code == 204
    kept = ask.server.repositories.all["hub"]["httpClient"]["authentication"]
    assert kept == {"type": "username", "username": "u"}


@pytest.mark.parametrize("name", ["hub", "HUB"])
async def test_a_name_in_use_is_told_by_field(name: str) -> None:
    """Whatever its case."""
    ask = admin(82)
    await ask("POST", f"{DOCKER}/proxy", proxy())
    answer = await ask("POST", f"{DOCKER}/proxy", proxy() | {"name": name})
    words = "Name is already used, must be unique (ignoring case)"
    assert (answer.status_code, answer.json()) == (
        400,
        [{"id": "PARAMETER name", "message": words}],
    )


@pytest.mark.parametrize(
    ("minor", "change", "status"),
    [
        (82, {"docker": {"v1Enabled": False, "pathEnabled": True}}, 400),
        (83, {"docker": {"v1Enabled": False, "pathEnabled": True}}, 201),
        (88, {"name": "Hub"}, 201),
        (89, {"name": "Hub"}, 400),
        (96, {"cleanup": {"policyNames": ["missing"]}}, 400),
        (96, {"storage": {"blobStoreName": "none", "strictContentTypeValidation": True}}, 400),
        (96, {"proxy": {"remoteUrl": "https://r.example"}}, 400),
    ],
)
async def test_what_a_repository_may_be_depends_on_the_version(
    minor: int, change: dict[str, Any], status: int
) -> None:
    """Unknown fields, missing policies and missing fields are refused."""
    answer = await admin(minor)("POST", f"{DOCKER}/proxy", proxy() | change)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("minor", "url", "status"),
    [
        (91, "https://10.1.2.3", 201),
        (92, "https://10.1.2.3", 400),
        (92, "https://hub.internal", 400),
        (92, "https://registry-1.docker.io", 201),
    ],
)
async def test_private_upstreams_are_refused_since_3_92(minor: int, url: str, status: int) -> None:
    """By address, and by what a name resolves to."""
    ask = admin(minor, names={"hub.internal": "192.168.7.7"})
    body = proxy() | {"proxy": proxy()["proxy"] | {"remoteUrl": url}}
    answer = await ask("POST", f"{DOCKER}/proxy", body)
    assert answer.status_code == status
    if status == 400:
        assert "Proxy URL blocked" in answer.json()[0]["message"]


@pytest.mark.parametrize(
    ("realms", "status"),
    [(["NexusAuthenticatingRealm", "DockerToken"], 204), (["NexusAuthorizingRealm"], 400)],
)
async def test_a_realm_that_is_none_is_refused(realms: list[str], status: int) -> None:
    """The authorizing realm is none of those that are listed."""
    answer = await admin()("PUT", f"{V1}/security/realms/active", realms)
    assert answer.status_code == status


async def test_the_stock_role_publishes_every_repository() -> None:
    """Who switches anonymous access on for a mirror opens the hosted one too."""
    ask = admin()
    await _open(ask)
    await ask("POST", f"{DOCKER}/proxy", proxy(forceBasicAuth=False))
    anonymous = ask.server.security
    assert (await _pull(ask)).status_code == 200
    assert anonymous.may_read("anonymous", "some-hosted")
    answer = await ask("PUT", f"{V1}/security/roles/nx-anonymous", {"id": "nx-anonymous"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("minor", "path", "made", "replaced"),
    [
        (74, f"{V1}/cleanup-policies", 201, 204),
        (93, f"{V1}/cleanup-policies", 201, 204),
        (94, f"{REST}/internal/cleanup-policies", 200, 200),
    ],
)
async def test_cleanup_policies_moved_in_3_94(
    minor: int, path: str, made: int, replaced: int
) -> None:
    """With other statuses, and the other path is not there."""
    ask = admin(minor)
    other = {f"{V1}/cleanup-policies", f"{REST}/internal/cleanup-policies"} - {path}
    body = {"name": "p", "format": "docker", "criteriaLastDownloaded": 30}
    assert [
        (await ask("POST", path, body)).status_code,
        (await ask("PUT", f"{path}/p", body)).status_code,
        (await ask("POST", path, body)).status_code,
        (await ask("GET", other.pop())).status_code,
    ] == [made, replaced, 400, 404]


async def test_over_a_limit_pulls_are_answered_and_nothing_new_is_kept() -> None:
    """A component is a cache miss; what is kept already stays."""
    ask = admin()
    await _open(ask)
    await ask("POST", f"{DOCKER}/proxy", proxy(forceBasicAuth=False))
    await _pull(ask, "library/first")
    ask.server.system.components = 40_001
    answers = [(await _pull(ask, f"library/{name}")).status_code for name in ("first", "second")]
    assert answers == [200, 200]
    assert {image for _repository, image, _tag in ask.server.content.cached} == {"library/first"}


@pytest.mark.parametrize(("minor", "status"), [(73, 404), (74, 201)])
async def test_tasks_are_made_over_the_api_since_3_74(minor: int, status: int) -> None:
    """Twice under one name, if somebody asks twice."""
    ask = admin(minor)
    body = {
        "type": "repository.docker.gc",
        "name": "gc",
        "enabled": True,
        "notificationCondition": "FAILURE",
        "frequency": {"schedule": "manual"},
        "properties": {"repositoryName": "hub", "deployOffset": "24"},
    }
    answers = [(await ask("POST", f"{V1}/tasks", body)).status_code for _ in range(2)]
    names = [one["name"] for one in ask.server.storage.tasks.values()]
    assert (answers, names.count("gc")) == ([status] * 2, 2 if status == 201 else 0)


async def test_a_wrong_login_is_told_from_a_missing_right() -> None:
    """401 for nobody, 403 for a user who is no administrator."""
    ask = admin()
    security = ask.server.security
    security.users["anonymous"].password = "known"  # noqa: S105  # of the test
    async with ask.client() as nobody:
        statuses = [
            (await nobody.get(f"{V1}/blobstores", auth=login)).status_code
            for login in (("admin", "wrong"), ("anonymous", "known"))
        ]
        statuses.append((await nobody.get(f"{V1}/status")).status_code)
    assert statuses == [401, 403, 200]


async def test_a_frozen_server_refuses_changes_only() -> None:
    """And says so where it is asked."""
    ask = admin()
    ask.server.system.writable = False
    assert [
        (await ask("GET", f"{V1}/status/writable")).status_code,
        (await ask("GET", f"{V1}/blobstores")).status_code,
        (await ask("POST", f"{V1}/blobstores/file", {"name": "a", "path": "a"})).status_code,
    ] == [503, 200, 503]
