"""A generated site in real nginx, before a real registry with tokens, asked as Docker asks."""

from __future__ import annotations

import re
import ssl
from dataclasses import replace

import httpx
import pytest

from tests.fleet.images import INDEX, make_image
from tests.fronts.harbor import FRONT, HARBOR, Harbor
from wizard.errors import InputError
from wizard.fronts.nginx import FrontServer, nginx_site
from wizard.target import Addressing, Target, TargetKind

IMAGE = "library/hello"
TAG = "only-target"
SERVER = FrontServer(name="hub.corp", certificate="/etc/ssl/hub.pem", key="/etc/ssl/hub.key")
PROJECT = Target(
    kind=TargetKind.HARBOR,
    url="https://registry.example",
    addressing=Addressing.PREFIX,
    prefix="team/hub.proxy",
)


def _client(harbor: Harbor, name: str, port: int) -> httpx.Client:
    """Return a client that reaches one of the two names on loopback."""
    trust = ssl.create_default_context(cafile=str(harbor.authority.certificate))
    trust.check_hostname = False
    return httpx.Client(
        base_url=f"https://{harbor.address}:{port}",
        verify=trust,
        headers={"Host": name if port == 443 else f"{name}:{port}", "Accept": INDEX},
        trust_env=False,
    )


def _front(harbor: Harbor) -> httpx.Client:
    return _client(harbor, FRONT, harbor.ports.front)


def _challenge(answer: httpx.Response) -> dict[str, str]:
    kind, _, words = answer.headers["WWW-Authenticate"].partition(" ")
    assert kind == "Bearer"
    return dict(re.findall(r'(\w+)="([^"]*)"', words))


def _token(client: httpx.Client, challenge: dict[str, str], scope: str) -> str:
    """Ask for a token as Docker does, which offers its user's login to Hub as well."""
    path = httpx.URL(challenge["realm"]).path
    asked = {"account": "hubuser", "scope": scope, "service": challenge["service"]}
    answer = client.get(path, params=asked, auth=("hubuser", "hubpass"))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def test_docker_gets_an_image_of_the_project_by_its_plain_name(harbor: Harbor) -> None:
    """Ping, token for the unprefixed scope, manifest by tag, blob: each as Docker asks."""
    with _front(harbor) as client:
        ping = client.get("/v2/")
        assert ping.status_code == 401
        challenge = _challenge(ping)
        assert challenge["realm"] == f"https://{FRONT}:{harbor.ports.front}/service/token"
        token = _token(client, challenge, f"repository:{IMAGE}:pull")
        bearer = {"Authorization": f"Bearer {token}"}
        manifest = client.get(f"/v2/{IMAGE}/manifests/{TAG}", headers=bearer)
        assert manifest.status_code == 200, manifest.text
        image = make_image(f"hello {TAG}")
        assert manifest.headers["Docker-Content-Digest"] == image.digest
        assert manifest.content == image.index
        config = httpx.Response(200, content=image.manifest).json()["config"]["digest"]
        blob = client.get(f"/v2/{IMAGE}/blobs/{config}", headers=bearer)
        assert blob.content == image.config
    last = harbor.token_questions()[-1]
    assert last == {"scopes": [f"repository:{harbor.project}/{IMAGE}:pull"], "login": False}


def test_the_challenge_of_an_image_names_it_as_the_client_does(harbor: Harbor) -> None:
    """The containerd store takes the scope from there: the project in it would count twice."""
    with _front(harbor) as client:
        challenge = _challenge(client.get(f"/v2/{IMAGE}/manifests/{TAG}"))
    assert challenge["scope"] == f"repository:{IMAGE}:pull"
    assert challenge["realm"].startswith(f"https://{FRONT}:")


def test_without_the_front_the_same_questions_fail(harbor: Harbor) -> None:
    """The plain name is no image there, and a token for it opens nothing of the project."""
    with _client(harbor, HARBOR, harbor.ports.harbor) as client:
        challenge = _challenge(client.get("/v2/"))
        path = httpx.URL(challenge["realm"]).path
        scope = f"repository:{IMAGE}:pull"
        token = client.get(path, params={"scope": scope, "service": challenge["service"]}).json()
        bearer = {"Authorization": f"Bearer {token['token']}"}
        prefixed = f"/v2/{harbor.project}/{IMAGE}/manifests/{TAG}"
        assert client.get(prefixed, headers=bearer).status_code == 401
        assert client.get(f"/v2/{IMAGE}/manifests/{TAG}", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"/v2/{IMAGE}/blobs/uploads/", 403),
        ("DELETE", f"/v2/{IMAGE}/manifests/{TAG}", 403),
        ("POST", "/service/token", 403),
        ("GET", "/", 404),
        ("GET", "/api/v2.0/projects", 404),
    ],
)
def test_nothing_but_pulls_is_passed_on(
    harbor: Harbor, method: str, path: str, status: int
) -> None:
    """A mirror takes no pushes, and shows no portal that a client could take for an image."""
    with _front(harbor) as client:
        assert client.request(method, path).status_code == status


def test_a_path_goes_before_v2_and_changes_no_scope() -> None:
    """Docker before 24.0.8 takes no path: the front has it instead."""
    target = replace(PROJECT, addressing=Addressing.PATH, kind=TargetKind.ARTIFACTORY)
    site = nginx_site(target, SERVER)
    assert "rewrite ^/v2/(.+)$ /team/hub.proxy/v2/$1 break;" in site
    assert "proxy_pass https://registry.example/team/hub.proxy/v2/;" in site
    assert "scope" not in site


def test_a_project_in_a_project_is_matched_as_it_is_written() -> None:
    """A dot is no wildcard; a slash in a scope is sent as clients send it."""
    site = nginx_site(PROJECT, SERVER)
    assert r"repository:)team/hub\.proxy/(?<" in site
    assert "${pilotage_before}team%2Fhub.proxy%2F${pilotage_after}" in site
    assert site == nginx_site(PROJECT, SERVER)


def test_a_registry_of_another_kind_says_where_its_tokens_are() -> None:
    """Without them nothing is rewritten but the path."""
    plain = replace(PROJECT, kind=TargetKind.PLAIN)
    assert "map " not in nginx_site(plain, SERVER)
    site = nginx_site(plain, replace(SERVER, realm="https://auth.example/token"))
    assert "location = /token {" in site
    assert "proxy_pass https://auth.example/token;" in site


@pytest.mark.parametrize("name", ["hub.corp;", "hub corp", 'hub"corp', "hub$corp", "hub{corp"])
def test_words_that_end_a_directive_are_refused(name: str) -> None:
    """What an operator types never becomes another directive."""
    with pytest.raises(InputError):
        nginx_site(PROJECT, replace(SERVER, name=name))


def test_a_target_at_its_root_needs_no_front() -> None:
    """It is a mirror as it is."""
    with pytest.raises(InputError) as refused:
        nginx_site(replace(PROJECT, addressing=Addressing.ROOT, prefix=""), SERVER)
    assert "needs no front" in refused.value.what
