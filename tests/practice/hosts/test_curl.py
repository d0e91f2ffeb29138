"""The curl of practice hosts: what discovery asks with it, and what it makes of the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.practice.hosts.world import World
from wizard.clock import SystemClock
from wizard.practice.host.host import PracticeHost
from wizard.practice.machine.curl import Curl
from wizard.practice.surroundings import PROJECT, Surroundings, open_surroundings

ASKED = "curl -q -sS --noproxy '*' --max-time 5 -o /dev/null -D - -H 'Accept: */*'"
CANARY = "library/hello/manifests/only-target"


@pytest.fixture
async def surroundings(tmp_path: Path) -> AsyncIterator[Surroundings]:
    """Yield registries."""
    folder = tmp_path / "registries"
    folder.mkdir()
    async with open_surroundings(folder, SystemClock()) as surroundings:
        yield surroundings


@pytest.fixture
async def host(world: World, surroundings: Surroundings, tmp_path: Path) -> PracticeHost:
    """Return a host with a curl whose system trusts the public authority only."""
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(surroundings.public_authority.pem)
    return await world.host(
        programs={"curl": Curl(host="web1", network=surroundings.network, trusted=trusted)}
    )


async def test_a_server_that_the_system_trusts(
    host: PracticeHost, surroundings: Surroundings
) -> None:
    """The head of its answer is printed; the server knows who asked."""
    mark = surroundings.upstream.mark()

    done = await host.run(f"{ASKED} https://registry-1.docker.io/v2/")

    assert (done.status, done.errors) == (0, b"")
    assert done.output.startswith(b"HTTP/1.1 200 OK\r\n")
    assert [request.client for request in surroundings.upstream.requests(since=mark)] == ["web1"]


async def test_the_head_alone(host: PracticeHost, surroundings: Surroundings) -> None:
    """`-I` asks by HEAD: digest and type are told, and no body comes."""
    mark = surroundings.upstream.mark()
    url = "https://registry-1.docker.io/v2/library/hello/manifests/common"
    accept = "application/vnd.docker.distribution.manifest.list.v2+json"

    done = await host.run(f"curl -q -sS --max-time 5 -o - -D - -H 'Accept: {accept}' -I {url}")

    assert b"\r\ndocker-content-digest: sha256:" in done.output
    assert done.output.endswith(b"\r\n\r\n")
    assert [request.method for request in surroundings.upstream.requests(since=mark)] == ["HEAD"]


async def test_a_server_that_only_its_authority_makes_trusted(
    host: PracticeHost, surroundings: Surroundings
) -> None:
    """Without it curl ends with 60; with it, given as an open file, the manifest is there."""
    url = f"{surroundings.target.url}/v2/{CANARY}"

    refused = await host.run(f"{ASKED} {url}")
    authority = surroundings.target_authority.pem
    done = await host.run(f"{ASKED} --cacert /proc/self/fd/4 {url} 4<<CA\n{authority}CA\n")

    assert refused.status == 60
    assert b"unable to get local issuer certificate" in refused.errors
    assert done.output.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\ndocker-content-digest: sha256:" in done.output


async def test_a_path_that_is_no_registry(host: PracticeHost, surroundings: Surroundings) -> None:
    """Harbor's portal answers 200 with HTML beside the project."""
    port = surroundings.prefix_target.port
    done = await host.run(f"{ASKED} -k https://localhost:{port}/elsewhere/v2/{PROJECT}/")

    assert b"HTTP/1.1 200 OK\r\n" in done.output
    assert b"text/html" in done.output


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("https://nowhere.test/v2/", 6, "Could not resolve host: nowhere.test"),
        ("https://127.0.0.1:1/v2/", 7, "Failed to connect to 127.0.0.1 port 1 after 0 ms"),
        ("file:///etc/passwd", 3, "URL using bad/illegal format"),
    ],
)
async def test_what_cannot_be_asked(host: PracticeHost, url: str, status: int, words: str) -> None:
    """Curl's own status and words, which discovery tells apart."""
    done = await host.run(f"{ASKED} {url}")

    assert done.status == status
    assert done.errors.decode().startswith(f"curl: ({status}) {words}")


async def test_a_server_that_is_down(host: PracticeHost, surroundings: Surroundings) -> None:
    """It refuses, and answers again once it is up."""
    await surroundings.target.go_down()
    assert (await host.run(f"{ASKED} -k {surroundings.target.url}/v2/")).status == 7

    await surroundings.target.start()
    assert (await host.run(f"{ASKED} -k {surroundings.target.url}/v2/")).status == 0
