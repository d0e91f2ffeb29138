"""Pull and push as clients do, against real registries and a real nginx in front."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.registries.certificates import Authority, Identity
from tests.registries.conftest import (
    QuickClock,
    RealRegistry,
    free_port,
    put_image,
    running,
    running_registry,
)
from tests.registries.stage import Answer, Request, on_stage
from wizard.registries.authority import Login
from wizard.registries.doctor.clients_view import pulls, uploads
from wizard.registries.doctor.observation import Observation, Severity, Topic
from wizard.registries.doctor.symptoms import SYMPTOMS, Symptom, explain
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.http import open_client
from wizard.secret import Secret
from wizard.target import Target, TargetKind

LOGIN = Login(username="op", password=Secret("pa55word"))
NGINX = """\
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificate}; ssl_certificate_key {key};
        location / {{
            proxy_pass {behind}; proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto https;
            {settings}
        }}
    }}
}}
"""


@pytest.fixture
def front(
    request: pytest.FixtureRequest, tmp_path: Path, registry: RealRegistry, identity: Identity
) -> Iterator[RealRegistry]:
    """Put a real nginx before the registry; a parameter is further settings of it."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        pytest.skip("nginx is not installed (Debian package nginx-light)")
    folder, port = tmp_path / "front", free_port()
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(
        NGINX.format(
            folder=folder,
            port=port,
            certificate=identity.certificate,
            key=identity.key,
            behind=registry.url,
            settings=getattr(request, "param", ""),
        )
    )
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)]
    with running(command, port, folder / "nginx.log"):
        yield RealRegistry(
            url=f"https://127.0.0.1:{port}", ca_pem=registry.ca_pem, ca_file=registry.ca_file
        )


async def pulled(registry: RealRegistry, image: str, clock: QuickClock) -> Observation:
    """Return what becomes of a pull."""
    async with open_client(registry.ca_pem) as client:
        return await pulls(Target(url=registry.url), image, client=client, clock=clock)


async def uploaded(registry: RealRegistry, clock: QuickClock) -> Observation:
    """Return what becomes of an upload."""
    async with open_client(registry.ca_pem) as client:
        target = Target(url=registry.url)
        return await uploads(target, "library/probe", client=client, clock=clock, login=LOGIN)


async def test_what_everybody_may_pull_is_well(registry: RealRegistry, clock: QuickClock) -> None:
    """The digest is told, so that it can be compared."""
    digest = await put_image(registry, "library/hello", clock)
    seen = await pulled(registry, "library/hello:latest", clock)
    assert (seen.severity, digest in seen.found) == (Severity.WELL, True)


async def test_what_is_not_there_is_told_in_the_registrys_words(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """No product is blamed for a name that nobody pushed."""
    seen = await pulled(registry, "library/nobody:has", clock)
    assert (seen.severity, "MANIFEST_UNKNOWN" in seen.found) == (Severity.BROKEN, True)


async def test_a_private_registry_is_told_as_one(
    tmp_path: Path, authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """A real docker-registry with htpasswd: no runtime can log in to a mirror."""
    (tmp_path / "htpasswd").write_text("")
    settings = f"auth: {{htpasswd: {{realm: here, path: {tmp_path / 'htpasswd'}}}}}"
    with running_registry(tmp_path, authority, identity, settings) as registry:
        seen = await pulled(registry, "library/hello:latest", clock)
    assert (seen.severity, seen.todo) == (
        Severity.BROKEN,
        "Let everybody read: runtimes cannot log in to a mirror.",
    )


async def test_an_upload_gets_through_and_is_given_up_again(
    registry: RealRegistry, clock: QuickClock, tmp_path: Path
) -> None:
    """No byte of it is left; docker-registry 2.8 keeps the state of an empty hash."""
    seen = await uploaded(registry, clock)
    left = {one.parent.parent.name for one in (tmp_path / "data").rglob("*") if one.is_file()}
    assert (seen.severity, left) == (Severity.WELL, {"hashstates"})


async def test_a_front_that_takes_one_megabyte_is_told_with_its_cure(
    front: RealRegistry, clock: QuickClock
) -> None:
    """A real nginx as it comes answers 413."""
    seen = await uploaded(front, clock)
    assert seen.severity is Severity.BROKEN
    assert "client_max_body_size 0" in seen.todo


@pytest.mark.parametrize(
    "front", ["client_max_body_size 0; proxy_request_buffering off;"], indirect=True
)
async def test_that_cure_cures_it(front: RealRegistry, clock: QuickClock) -> None:
    """The words of the advice, put into the site as they are."""
    assert (await uploaded(front, clock)).severity is Severity.WELL


async def test_a_read_only_registry_is_told(
    tmp_path: Path, authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """A real docker-registry in maintenance."""
    settings = "  maintenance: {readonly: {enabled: true}}"
    with running_registry(tmp_path, authority, identity, settings) as registry:
        seen = await uploaded(registry, clock)
    assert (seen.topic, seen.severity, "read-only" in seen.found) == (
        Topic.PUSH,
        Severity.BROKEN,
        True,
    )


async def test_an_upload_that_is_sent_elsewhere_is_not_followed(
    authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """Credentials go to nobody else; the cause is a wrong external URL."""

    def play(request: Request) -> Answer:
        assert request.method == "POST"
        return Answer(status=202, headers={"Location": "http://core:8080/v2/x/blobs/uploads/1"})

    async with on_stage(play, identity) as stage, open_client(authority.pem) as client:
        target = Target(url=stage.url)
        seen = await uploads(target, "library/probe", client=client, clock=clock, login=LOGIN)
    assert (seen.severity, len(stage.requests)) == (Severity.BROKEN, 1)
    assert "external URL" in seen.found


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda one: one.cause[:40])
def test_every_symptom_is_told_for_what_it_is_known_of(symptom: Symptom) -> None:
    """No row is hidden behind one above it, for at least one of its products and statuses."""
    found = set()
    for kind in symptom.kinds:
        for status in symptom.statuses:
            said = f"HTTP {status} {symptom.words.upper()}"
            failure = RegistryFailure(Failure.REJECTED, said, url="https://h.test", status=status)
            found.add(explain(failure, kind, topic=Topic.PULL).found)
    assert any(one.startswith(symptom.cause) for one in found), found


def test_what_is_not_known_is_told_as_it_was_said() -> None:
    """With the advice that its kind of failure has anyway."""
    failure = RegistryFailure(Failure.REJECTED, "HTTP 418 teapot", url="https://h.test", status=418)
    seen = explain(failure, TargetKind.PLAIN, topic=Topic.PUSH)
    assert (seen.found, seen.severity) == ("HTTP 418 teapot", Severity.BROKEN)
    assert seen.todo == failure.todo


@pytest.mark.parametrize("astray", ["https://evil.example.net/u", "http://127.0.0.1:9/u", "//["])
async def test_an_upload_that_is_led_elsewhere_halfway_takes_no_credentials_there(
    authority: Authority, identity: Identity, clock: QuickClock, astray: str
) -> None:
    """The second Location counts as the first does."""

    def play(request: Request) -> Answer:
        if "authorization" not in request.headers:
            return Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
        if request.method == "POST":
            return Answer(status=202, headers={"Location": request.path + "1"})
        return Answer(status=202, headers={"Location": astray})

    asked: list[str] = []

    async def note(request: httpx.Request) -> None:
        asked.append(str(request.url))

    async with on_stage(play, identity) as stage, open_client(authority.pem) as client:
        client.event_hooks = {"request": [note]}
        target = Target(url=stage.url)
        seen = await uploads(target, "library/probe", client=client, clock=clock, login=LOGIN)
    assert (seen.severity, "external URL" in seen.found) == (Severity.BROKEN, True)
    assert all(url.startswith(f"{stage.url}/") for url in asked)
