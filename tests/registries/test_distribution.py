"""The client of the distribution API: what it tries again, and what it tells nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.registries.conftest import QuickClock
from wizard.errors import InputError
from wizard.registries.authority import Challenge, Login, parse_challenge
from wizard.registries.digests import digest_of
from wizard.registries.distribution import Distribution
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.http import MAXIMUM_ANSWER, open_client, receive, trust
from wizard.registries.media_types import OCI_MANIFEST
from wizard.secret import Secret

BASE = "https://h.test/v2"
LOGIN = Login(username="op", password=Secret("pa55word"))


class Wire:
    """A transport that plays answers and remembers requests."""

    def __init__(self, play: Callable[[httpx.Request], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self._play = play

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(request)
        return self._play(request)

    def distribution(self, clock: QuickClock, login: Login | None = None) -> Distribution:
        """Return a client whose requests come here."""
        client = open_client(None, transport=httpx.MockTransport(self))
        return Distribution(BASE, client=client, clock=clock, login=login)


async def test_a_reading_request_is_tried_again_while_the_registry_is_unwell(
    clock: QuickClock,
) -> None:
    """Two pauses, then what the registry says."""
    answers = iter([503, 502, 200])
    body = b"{}"

    def play(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(next(answers), headers={"Content-Type": OCI_MANIFEST}, content=body)

    manifest = await Wire(play).distribution(clock).manifest("library/x", "1")
    assert digest_of(body) == manifest.digest
    assert clock.slept == [0.5, 1.5]


async def test_a_request_that_changes_something_is_sent_once(clock: QuickClock) -> None:
    """Nobody knows whether the first one arrived."""
    wire = Wire(lambda _: httpx.Response(503, headers={"X-Request-Id": "abc-1"}))
    with pytest.raises(RegistryFailure) as caught:
        await wire.distribution(clock).push_blob("library/x", b"1")
    assert len(wire.requests) == 1
    assert (
        caught.value.kind,
        caught.value.status,
        caught.value.request_id,
    ) == (Failure.UNAVAILABLE, 503, "abc-1")
    assert "abc-1" in caught.value.what


async def test_bytes_that_do_not_match_their_digest_are_refused(clock: QuickClock) -> None:
    """A proxy that changes answers is found out."""
    headers = {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": digest_of(b"other")}
    wire = Wire(lambda _: httpx.Response(200, headers=headers, content=b"{}"))
    with pytest.raises(RegistryFailure) as caught:
        await wire.distribution(clock).manifest("library/x", "1")
    assert Failure.WRONG_BYTES is caught.value.kind


async def test_an_answer_without_end_is_cut_off(clock: QuickClock) -> None:
    """No registry fills this machine's memory."""
    wire = Wire(lambda _: httpx.Response(200, content=b"x" * (MAXIMUM_ANSWER + 1)))
    with pytest.raises(RegistryFailure) as caught:
        await wire.distribution(clock).manifest("library/x", "1")
    assert Failure.NOT_A_REGISTRY is caught.value.kind


class Drip(httpx.AsyncByteStream):
    """A body that comes byte by byte, for ever."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield another byte, each soon enough for what bounds a read."""
        while True:
            yield b" "
            await asyncio.sleep(0.001)


async def test_an_answer_that_drips_is_cut_off_too() -> None:
    """Each read is in time, and all together would take for ever."""
    drip = httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip()))
    async with open_client(None, transport=drip) as client:
        with pytest.raises(RegistryFailure) as caught:
            await receive(client, client.build_request("GET", BASE), longest=0.05)
    assert caught.value.kind is Failure.TIMED_OUT


async def test_credentials_go_to_nobody_else(clock: QuickClock) -> None:
    """An upload location on another host is an error, not a destination."""

    def play(request: httpx.Request) -> httpx.Response:
        if "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
        return httpx.Response(202, headers={"Location": "https://evil.test/upload"})

    wire = Wire(play)
    with pytest.raises(RegistryFailure) as caught:
        await wire.distribution(clock, LOGIN).push_blob("library/x", b"1")
    assert Failure.REDIRECTED is caught.value.kind
    assert {"h.test"} == {request.url.host for request in wire.requests}


async def test_a_password_is_not_sent_before_it_is_asked_for(clock: QuickClock) -> None:
    """Basic, once the registry wants it, and from then on at once."""

    def play(request: httpx.Request) -> httpx.Response:
        if "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
        return httpx.Response(200, headers={"Content-Type": OCI_MANIFEST}, content=b"{}")

    wire = Wire(play)
    distribution = wire.distribution(clock, LOGIN)
    await distribution.manifest("library/x", "1")
    await distribution.manifest("library/x", "1")
    expected = [None, "Basic b3A6cGE1NXdvcmQ=", "Basic b3A6cGE1NXdvcmQ="]
    assert expected == [request.headers.get("Authorization") for request in wire.requests]


async def test_a_token_service_without_tls_gets_no_password(clock: QuickClock) -> None:
    """The realm of a challenge is believed only by https."""
    header = {"WWW-Authenticate": 'Bearer realm="http://h.test/token",service="s"'}
    wire = Wire(lambda _: httpx.Response(401, headers=header))
    with pytest.raises(RegistryFailure) as caught:
        await wire.distribution(clock, LOGIN).manifest("library/x", "1")
    assert Failure.NOT_TLS is caught.value.kind
    assert "pa55word" not in f"{caught.value}{caught.value.__cause__!r}"
    assert len(wire.requests) == 1


async def test_a_prefix_is_part_of_the_scope(clock: QuickClock) -> None:
    """A token for `library/x` opens nothing in a project (facts/runtimes.md §1.4)."""

    def play(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(200, json={"access_token": "t"})
        if "Authorization" not in request.headers:
            header = 'Bearer realm="https://h.test/token",service="s"'
            return httpx.Response(401, headers={"WWW-Authenticate": header})
        return httpx.Response(200, headers={"Content-Type": OCI_MANIFEST}, content=b"{}")

    wire = Wire(play)
    client = open_client(None, transport=httpx.MockTransport(wire))
    await Distribution(f"{BASE}/hub", client=client, clock=clock).manifest("library/x", "1")
    assert wire.requests[1].url.params["scope"] == "repository:hub/library/x:pull"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            'Bearer realm="https://a/t",service="b c",scope="repository:x:pull,push"',
            Challenge(
                scheme="bearer",
                realm="https://a/t",
                service="b c",
                scope="repository:x:pull,push",
            ),
        ),
        ("Basic realm=x", Challenge(scheme="basic", realm="x")),
        ("", Challenge(scheme="")),
    ],
)
def test_challenges_are_read_quoted_and_plain(header: str, expected: Challenge) -> None:
    """Commas within quotes belong to the value."""
    assert expected == parse_challenge(header)


def test_a_ca_file_without_a_certificate_is_refused() -> None:
    """The error says what the file must hold."""
    with pytest.raises(InputError) as caught:
        trust("not a certificate")
    assert "BEGIN CERTIFICATE" in caught.value.todo
