"""Which product answers: by what only it says, and never by HTTP 200 alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx
import pytest

from tests.registries.conftest import QuickClock
from wizard.errors import InputError
from wizard.registries.detecting import Detected, detect
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.http import open_client
from wizard.target import TargetKind

PAGE = httpx.Response(200, headers={"Content-Type": "text/html"}, text="<html>")
CHALLENGE = httpx.Response(
    401,
    headers={
        "Docker-Distribution-Api-Version": "registry/2.0",
        "WWW-Authenticate": 'Bearer realm="https://h.test/service/token"',
    },
)
PONG = httpx.Response(200, headers={"Content-Type": "text/plain"}, text="Pong")
NEXUS_NAME = {"Server": "Nexus/3.96.1-01 (COMMUNITY)"}


def server(answers: Mapping[str, httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
    """Return a play that knows some paths and answers 404 to the rest."""

    def play(request: httpx.Request) -> httpx.Response:
        answer = answers.get(request.url.path, answers.get("*", httpx.Response(404)))
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    return play


async def found(
    play: Callable[[httpx.Request], httpx.Response], url: str, clock: QuickClock
) -> Detected:
    """Return what is detected at `url`, the attempts left out."""
    async with open_client(None, transport=httpx.MockTransport(play)) as client:
        detected = await detect(url, client=client, clock=clock)
    return Detected(
        kind=detected.kind,
        base_url=detected.base_url,
        version=detected.version,
        edition=detected.edition,
    )


@pytest.mark.parametrize(
    ("answers", "url", "expected"),
    [
        pytest.param(
            {"/api/v2.0/ping": PONG, "/v2/": CHALLENGE},
            "h.test",
            Detected(kind=TargetKind.HARBOR, base_url="https://h.test"),
            id="harbor",
        ),
        pytest.param(
            {"/service/rest/v1/status": httpx.Response(200, headers=NEXUS_NAME)},
            "https://h.test:8443",
            Detected(
                kind=TargetKind.NEXUS,
                base_url="https://h.test:8443",
                version="3.96.1-01",
                edition="COMMUNITY",
            ),
            id="nexus",
        ),
        pytest.param(
            {"/nexus/service/rest/v1/status": httpx.Response(503, headers=NEXUS_NAME)},
            "https://h.test/nexus/repository/hub",
            Detected(
                kind=TargetKind.NEXUS,
                base_url="https://h.test/nexus",
                version="3.96.1-01",
                edition="COMMUNITY",
            ),
            id="nexus below a context path, up and not ready",
        ),
        pytest.param(
            {"/service/rest/v1/status": httpx.Response(200, headers={"Server": "nginx"})},
            "h.test",
            Detected(kind=TargetKind.NEXUS, base_url="https://h.test"),
            id="nexus behind a front that hides its name",
        ),
        pytest.param(
            {
                "/artifactory/api/system/ping": httpx.Response(
                    200, headers={"X-Artifactory-Version": "7.161.3"}, text="OK"
                ),
                "/v2/": CHALLENGE,
            },
            "h.test",
            Detected(kind=TargetKind.ARTIFACTORY, base_url="https://h.test", version="7.161.3"),
            id="artifactory",
        ),
        pytest.param(
            {"/v2/": CHALLENGE, "*": PAGE},
            "https://h.test/team",
            Detected(kind=TargetKind.PLAIN, base_url="https://h.test"),
            id="a plain registry beside a web page",
        ),
    ],
)
async def test_a_product_is_known_by_what_only_it_says(
    clock: QuickClock, answers: Mapping[str, httpx.Response], url: str, expected: Detected
) -> None:
    """Each of them, with its version where it tells strangers."""
    assert await found(server(answers), url, clock) == expected


@pytest.mark.parametrize(
    "answer",
    [PAGE, httpx.Response(200, text="OK"), httpx.Response(200, json={"status": "up"})],
)
async def test_a_service_that_answers_everything_is_no_registry(
    clock: QuickClock, answer: httpx.Response
) -> None:
    """A portal says 200 to every path, and what was tried is told."""
    play = server({"*": answer, "/artifactory/api/system/ping": PAGE})
    with pytest.raises(RegistryFailure) as caught:
        await found(play, "https://h.test", clock)
    assert caught.value.kind is Failure.NOT_A_REGISTRY
    assert "/service/rest/v1/status" in caught.value.reason


async def test_an_unreachable_server_is_told_as_that(clock: QuickClock) -> None:
    """Not as one of an unknown product."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request) from ConnectionRefusedError()

    with pytest.raises(RegistryFailure) as caught:
        await found(refuse, "https://h.test", clock)
    assert caught.value.kind is Failure.REFUSED


async def test_a_url_that_cannot_be_meant_is_refused(clock: QuickClock) -> None:
    """Nothing is asked over plain HTTP."""
    with pytest.raises(InputError):
        await found(server({}), "http://h.test", clock)
