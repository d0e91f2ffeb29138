"""The seam of the management APIs: what it sends, what it takes for an answer, what it hides."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.registries.conftest import QuickClock
from wizard.registries.authority import Login
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.http import open_client
from wizard.registries.management import ManagementAPI
from wizard.secret import Secret

PASSWORD = "pa55-w0rd"  # noqa: S105  # of nobody
UPSTREAM_PASSWORD = "dckr_pat_planted"  # noqa: S105  # of nobody


class Wire:
    """A transport that plays answers and remembers requests."""

    def __init__(self, play: Callable[[httpx.Request], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self._play = play

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(request)
        return self._play(request)

    def api(self, clock: QuickClock) -> ManagementAPI:
        """Return an API whose requests come here."""
        return ManagementAPI(
            "https://h.test/api",
            client=open_client(None, transport=httpx.MockTransport(self)),
            clock=clock,
            login=Login(username="admin", password=Secret(PASSWORD)),
            hidden=(Secret(UPSTREAM_PASSWORD),),
            request_ids=lambda: "id-1",
        )


async def test_a_call_carries_who_asks_what_and_its_id(clock: QuickClock) -> None:
    """JSON goes out with Basic credentials, the id and a spelled query."""
    wire = Wire(lambda _: httpx.Response(201, headers={"Location": "/api/things/7"}))
    reply = await wire.api(clock).call(
        "POST", "/things", expected=(201,), query={"dry": True, "n": 2}, body={"name": "é"}
    )
    (sent,) = wire.requests
    assert (str(sent.url), sent.headers["x-request-id"], sent.content) == (
        "https://h.test/api/things?dry=true&n=2",
        "id-1",
        '{"name": "é"}'.encode(),
    )
    assert sent.headers["authorization"].startswith("Basic ")
    assert (reply.status, reply.body, reply.headers["location"]) == (201, None, "/api/things/7")


async def test_a_session_cookie_is_never_sent_back(clock: QuickClock) -> None:
    """Harbor would want a CSRF token with it (facts/harbor.md §1)."""
    wire = Wire(lambda _: httpx.Response(200, headers={"Set-Cookie": "sid=1; Path=/"}, json={}))
    api = wire.api(clock)
    await api.call("GET", "/a")
    await api.call("GET", "/b")
    assert ["cookie" in request.headers for request in wire.requests] == [False, False]


async def test_only_what_changes_nothing_is_tried_again(clock: QuickClock) -> None:
    """A POST that got no clear answer may have been carried out."""
    wire = Wire(lambda _: httpx.Response(503))
    api = wire.api(clock)
    for method, times in (("GET", 3), ("POST", 1), ("PUT", 1), ("DELETE", 1)):
        wire.requests.clear()
        with pytest.raises(RegistryFailure) as caught:
            await api.call(method, "/x")
        assert (method, len(wire.requests)) == (method, times)
        assert caught.value.kind is Failure.UNAVAILABLE


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errors": [{"code": "CONFLICT", "message": "taken"}]}, "HTTP 409 CONFLICT taken"),
        ([{"id": "PARAMETER name", "message": "in use"}], "HTTP 409 PARAMETER name in use"),
        ("not now", "HTTP 409 not now"),
        ({"errors": [{"status": 409, "message": "exists"}]}, "HTTP 409 409 exists"),
        ({"errors": "?"}, "HTTP 409 application/json"),
    ],
)
async def test_an_error_has_the_products_own_words(
    clock: QuickClock, body: object, words: str
) -> None:
    """Harbor, Nexus and Artifactory each have a form of their own."""
    wire = Wire(lambda _: httpx.Response(409, json=body))
    with pytest.raises(RegistryFailure) as caught:
        await wire.api(clock).call("POST", "/x", expected=(201,))
    assert (caught.value.reason, caught.value.request_id) == (words, "id-1")


async def test_no_error_tells_a_secret(clock: QuickClock) -> None:
    """Even where the product repeats what it was sent."""
    said = f"bad login {PASSWORD} at upstream {UPSTREAM_PASSWORD}"
    wire = Wire(lambda _: httpx.Response(400, json={"errors": [{"message": said}]}))
    with pytest.raises(RegistryFailure) as caught:
        await wire.api(clock).call("POST", "/x", body={"secret": UPSTREAM_PASSWORD})
    told = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert (PASSWORD in told, UPSTREAM_PASSWORD in told) == (False, False)


@pytest.mark.parametrize("length", range(440, 520, 4))
async def test_no_error_tells_a_part_of_a_secret(clock: QuickClock, length: int) -> None:
    """Long words are cut short, and a login is said back as it was sent."""
    login = Login(username="admin", password=Secret(PASSWORD)).basic()

    def refuse(request: httpx.Request) -> httpx.Response:
        said = "." * length + request.headers["authorization"] + request.content.decode()
        return httpx.Response(400, json=said)

    with pytest.raises(RegistryFailure) as caught:
        await Wire(refuse).api(clock).call("POST", "/x", body={"secret": UPSTREAM_PASSWORD})
    told = f"{caught.value}"
    assert [one for one in (login[6:16], UPSTREAM_PASSWORD[:6]) if one in told] == []


@pytest.mark.parametrize(
    ("media_type", "body"),
    [("text/html; charset=utf-8", b"<html>"), ("application/json", b"{half")],
)
async def test_a_page_or_half_a_document_is_no_answer(
    clock: QuickClock, media_type: str, body: bytes
) -> None:
    """A portal in front answers 200 to everything."""
    wire = Wire(lambda _: httpx.Response(200, headers={"Content-Type": media_type}, content=body))
    with pytest.raises(RegistryFailure) as caught:
        await wire.api(clock).call("GET", "/x")
    assert caught.value.kind is Failure.NOT_A_REGISTRY


@pytest.mark.parametrize("charset", ["hex", "rot13", "idna", "zlib", "latin-1"])
async def test_a_charset_of_which_nobody_makes_text_ends_nothing(
    clock: QuickClock, charset: str
) -> None:
    """Whoever answers chooses it; management APIs speak UTF-8."""
    headers = {"Content-Type": f"text/plain; charset={charset}"}
    wire = Wire(lambda _: httpx.Response(200, headers=headers, content="Pong é".encode()))
    reply = await wire.api(clock).call("GET", "/ping")
    assert reply.text == "Pong é"


async def test_a_login_that_came_too_often_is_not_sent_again(clock: QuickClock) -> None:
    """Docker Hub answers 429 to failed logins; each further one makes it longer."""
    wire = Wire(lambda _: httpx.Response(429))
    with pytest.raises(RegistryFailure):
        await wire.api(clock).call("GET", "/token")
    assert (len(wire.requests), clock.slept) == (1, [])
