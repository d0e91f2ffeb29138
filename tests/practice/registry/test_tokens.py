"""Token authentication: challenge, token, scope."""

from __future__ import annotations

import httpx
import pytest

from tests.practice.registry.conftest import ALL_MANIFESTS, Practice
from wizard.practice.registry.faces import Face
from wizard.practice.registry.images import TARGET_TAGS
from wizard.practice.registry.registry import PracticeRegistry, RegistryDesign
from wizard.practice.registry.tokens import TOKEN_PATH, TOKEN_SECONDS, Authentication, parse_scopes
from wizard.registries.authority import parse_challenge
from wizard.secret import Secret

USERS = {"pilot": Secret("har:bour")}
HELLO = "/v2/dockerhub/library/hello/manifests/latest"
PULL = "repository:dockerhub/library/hello:pull"


def guarded(practice: Practice, *, anonymous_pull: bool = True) -> PracticeRegistry:
    """Return a project that asks for tokens."""
    authentication = Authentication(users=USERS, anonymous_pull=anonymous_pull)
    design = RegistryDesign(face=Face.PREFIX, prefix="dockerhub", authentication=authentication)
    registry = practice.registry(design)
    registry.add_hello(TARGET_TAGS)
    return registry


async def ask_token(
    client: httpx.AsyncClient, scope: str, *, auth: tuple[str, str] | None = None
) -> httpx.Response:
    """Ask for a token, anonymously or as a user."""
    query = {"service": "practice-registry", "scope": scope}
    return await client.get(TOKEN_PATH, params=query, auth=auth or httpx.USE_CLIENT_DEFAULT)


async def pull_with(client: httpx.AsyncClient, token: str, *, path: str = HELLO) -> httpx.Response:
    """Ask for a manifest with a token."""
    headers = {**ALL_MANIFESTS, "Authorization": f"Bearer {token}"}
    return await client.get(path, headers=headers)


async def test_a_challenge_names_realm_service_and_scope_with_the_prefix(
    practice: Practice,
) -> None:
    """The scope is the name as it is kept, so a client need not know about projects."""
    async with guarded(practice) as registry, practice.client(registry) as client:
        answer = await client.get(HELLO)
        root = await client.get("/v2/")

    challenge = parse_challenge(answer.headers["www-authenticate"])
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "UNAUTHORIZED"
    assert challenge.realm == f"{registry.url}{TOKEN_PATH}"
    assert challenge.service == "practice-registry"
    assert challenge.scope == PULL
    assert "scope" not in root.headers["www-authenticate"]


async def test_everybody_may_pull_where_that_is_allowed(practice: Practice) -> None:
    """And gets no more than that, whatever was asked for."""
    async with guarded(practice) as registry, practice.client(registry) as client:
        token = (await ask_token(client, f"{PULL},push")).json()["token"]
        pulled = await pull_with(client, token)
        pushed = await client.post(
            "/v2/dockerhub/library/hello/blobs/uploads/",
            headers={"Authorization": f"Bearer {token}"},
        )

    assert pulled.status_code == 200
    assert pushed.status_code == 401
    assert 'error="insufficient_scope"' in pushed.headers["www-authenticate"]


async def test_a_private_project_wants_a_user(practice: Practice) -> None:
    """Anonymous tokens are given and allow nothing; a user's token allows the pull."""
    async with (
        guarded(practice, anonymous_pull=False) as registry,
        practice.client(registry) as client,
    ):
        nobody = (await ask_token(client, PULL)).json()["token"]
        user = (await ask_token(client, PULL, auth=("pilot", "har:bour"))).json()["token"]
        answers = [(await pull_with(client, token)).status_code for token in (nobody, user)]

    assert answers == [401, 200]


@pytest.mark.parametrize(
    "auth", [("pilot", "wrong"), ("nobody", "har:bour"), ("", ""), ("pilot", "")]
)
async def test_a_wrong_password_gets_no_token(practice: Practice, auth: tuple[str, str]) -> None:
    """Not even an anonymous one."""
    async with guarded(practice) as registry, practice.client(registry) as client:
        answer = await ask_token(client, PULL, auth=auth)

    assert answer.status_code == 401
    assert "token" not in answer.json()


async def test_a_token_is_for_its_repository_only(practice: Practice) -> None:
    """The name without the prefix is another repository."""
    async with guarded(practice) as registry, practice.client(registry) as client:
        token = (await ask_token(client, "repository:library/hello:pull")).json()["token"]
        answer = await pull_with(client, token)

    assert answer.status_code == 401


async def test_a_token_ends(practice: Practice) -> None:
    """Its last second is still good."""
    async with guarded(practice) as registry, practice.client(registry) as client:
        token = (await ask_token(client, PULL)).json()["token"]
        practice.clock.time += TOKEN_SECONDS - 1
        before = await pull_with(client, token)
        practice.clock.time += 1
        after = await pull_with(client, token)

    assert (before.status_code, after.status_code) == (200, 401)
    assert 'error="invalid_token"' in after.headers["www-authenticate"]


@pytest.mark.parametrize(
    "forged", [b"", b" ", b" x", b" a.b", b" \xe9.\xe9", b" e30.e30", b" " + b"." * 50]
)
async def test_a_forged_token_is_refused(practice: Practice, forged: bytes) -> None:
    """Whatever it looks like."""
    async with guarded(practice) as registry, practice.client(registry) as client:
        answer = await client.get(HELLO, headers={b"Authorization": (b"Bearer" + forged).strip()})
        token = (await ask_token(client, PULL)).json()["token"]
        tampered = await pull_with(client, f"x{token}")

    assert (answer.status_code, tampered.status_code) == (401, 401)


async def test_a_token_of_one_registry_is_nothing_to_another(practice: Practice) -> None:
    """Each signs with a key of its own."""
    async with guarded(practice) as one, guarded(practice) as other:
        async with practice.client(one) as client:
            token = (await ask_token(client, PULL)).json()["token"]
        async with practice.client(other) as client:
            answer = await pull_with(client, token)

    assert answer.status_code == 401


async def test_the_upstream_names_a_token_service_of_its_own(practice: Practice) -> None:
    """As Docker Hub does; what maps the names to loopback finds it at the same port."""
    authentication = Authentication(realm="https://auth.docker.io", service="registry.docker.io")
    design = RegistryDesign(face=Face.UPSTREAM, authentication=authentication)
    async with practice.registry(design) as registry, practice.client(registry) as client:
        answer = await client.get("/v2/")
        posted = await client.post(TOKEN_PATH)

    challenge = parse_challenge(answer.headers["www-authenticate"])
    assert challenge.realm == f"https://auth.docker.io{TOKEN_PATH}"
    assert challenge.service == "registry.docker.io"
    assert posted.status_code == 405


def test_scopes_are_read_as_their_grammar_has_it() -> None:
    """Several in one parameter, ports in names, and nonsense that asks for nothing."""
    found = {
        (one.kind, one.name, one.action)
        for one in parse_scopes(
            ["repository:a/b:pull,push registry:catalog:*", "repository:h:5000/a:pull", "x", ":y:z"]
        )
    }

    assert found == {
        ("repository", "a/b", "pull"),
        ("repository", "a/b", "push"),
        ("registry", "catalog", "*"),
        ("repository", "h:5000/a", "pull"),
    }
