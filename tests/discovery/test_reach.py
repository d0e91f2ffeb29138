"""What a host sees of the target, with each tool that it may have, against real TLS servers."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.discovery.practice import PracticeHost
from tests.registries.certificates import Authority, Identity
from tests.registries.conftest import RealRegistry
from tests.registries.stage import Answer, Play, Request, on_stage, portal
from wizard.discovery.facts import ReachState, TargetReach
from wizard.discovery.http_answer import NO_TIME
from wizard.registries.media_types import OCI_INDEX
from wizard.target import Addressing, Canary, Place, Target

DIGEST = "sha256:" + "0" * 64
CANARY = Canary(repository="library/pilotage-canary", tag="proof-1", digest=DIGEST, pushed=True)


@pytest.fixture(params=["curl", "openssl", "wget"])
def seeing(request: pytest.FixtureRequest, dash_host: PracticeHost) -> PracticeHost:
    """Return a host that has one tool to look at the target with."""
    tool = str(request.param)
    source = shutil.which(tool)
    if source is None:
        pytest.skip(f"{tool} is not installed")
    (dash_host.programs / tool).symlink_to(source)
    return dash_host


def seen(host: PracticeHost, target: Target) -> TargetReach:
    """Return what the host sees."""
    reach = host.facts(target).target
    assert reach is not None
    return reach


def test_an_unknown_ca_is_told_from_a_target_that_the_given_one_opens(
    seeing: PracticeHost, registry: RealRegistry
) -> None:
    """Untrusted as the host is now, reached with the CA that it would be given."""
    reach = seen(seeing, Target(url=registry.url, ca_pem=registry.ca_pem))
    assert (reach.state, reach.state_with_ca) == (ReachState.UNTRUSTED, ReachState.OK)


def test_without_a_ca_to_give_it_stays_untrusted(
    seeing: PracticeHost, registry: RealRegistry
) -> None:
    """Nothing is believed without a CA."""
    reach = seen(seeing, Target(url=registry.url))
    assert (reach.state, reach.state_with_ca) == (ReachState.UNTRUSTED, ReachState.UNTRUSTED)


def test_another_ca_opens_nothing(
    seeing: PracticeHost, registry: RealRegistry, tmp_path: Path
) -> None:
    """The wrong CA file is found out before any change."""
    reach = seen(seeing, Target(url=registry.url, ca_pem=Authority(tmp_path).pem))
    assert (reach.state, reach.state_with_ca) == (ReachState.UNTRUSTED, ReachState.UNTRUSTED)


@pytest.mark.parametrize(
    ("host", "with_ca"),
    [("elsewhere.test", ReachState.WRONG_HOST), ("127.0.0.1", ReachState.UNTRUSTED)],
    ids=["wrong host", "expired"],
)
async def test_a_bad_certificate_stays_bad_with_the_ca(
    seeing: PracticeHost, authority: Authority, host: str, with_ca: ReachState
) -> None:
    """A certificate for another name, and an expired one."""
    bad = authority.server("bad", host=host, expired=with_ca is ReachState.UNTRUSTED)
    async with on_stage(portal, bad) as stage:
        reach = await asyncio.to_thread(seen, seeing, Target(url=stage.url, ca_pem=authority.pem))
    assert with_ca is reach.state_with_ca


def _answering(status: int, content_type: str = "", **headers: str) -> Play:
    names = {name.replace("_", "-"): value for name, value in headers.items()}

    def play(_request: Request) -> Answer:
        return Answer(status=status, headers={"Content-Type": content_type, **names}, body=b"{}")

    return play


@pytest.mark.parametrize(
    ("play", "expected"),
    [
        (portal, ReachState.NOT_A_REGISTRY),
        (_answering(200, OCI_INDEX, Docker_Content_Digest=DIGEST), ReachState.OK),
        (_answering(200, OCI_INDEX, Docker_Content_Digest="sha256:1"), ReachState.NOT_A_REGISTRY),
        (_answering(200, "application/json"), ReachState.NOT_A_REGISTRY),
        (_answering(401, "", Www_Authenticate='Bearer realm="https://h"'), ReachState.OK),
        (_answering(401), ReachState.NOT_A_REGISTRY),
        (_answering(404, "application/json"), ReachState.OK),
        (_answering(404, "text/html"), ReachState.NOT_A_REGISTRY),
        (_answering(302, "", Location="https://login.test/"), ReachState.NOT_A_REGISTRY),
        (_answering(502, "text/html"), ReachState.NOT_A_REGISTRY),
    ],
)
async def test_a_registry_is_told_by_what_only_a_registry_says(
    dash_host: PracticeHost,
    authority: Authority,
    identity: Identity,
    play: Play,
    expected: ReachState,
) -> None:
    """Never by HTTP 200 alone."""
    (dash_host.programs / "curl").symlink_to(shutil.which("curl") or "/nowhere")
    async with on_stage(play, identity) as stage:
        target = Target(url=stage.url, ca_pem=authority.pem, canary=CANARY)
        reach = await asyncio.to_thread(seen, dash_host, target)
    assert expected is reach.state_with_ca


MANIFEST = f"{CANARY.repository}/manifests/proof-1"
QUAY = Place(upstream="quay.io", prefix="quay", canary=replace(CANARY, upstream="quay.io"))


@pytest.mark.parametrize(
    ("target", "paths"),
    [
        (Target(url="u"), ["/v2/"]),
        (Target(url="u", addressing=Addressing.PREFIX, prefix="hub"), ["/v2/"]),
        (Target(url="u", addressing=Addressing.PATH, prefix="a/b"), ["/a/b/v2/"]),
        (Target(url="u", canary=CANARY), [f"/v2/{MANIFEST}", f"/v2/{MANIFEST}?ns=docker.io"]),
        (
            Target(url="u", addressing=Addressing.PREFIX, prefix="hub", canary=CANARY),
            [f"/v2/hub/{MANIFEST}", f"/v2/hub/{MANIFEST}?ns=docker.io"],
        ),
        (
            Target(url="u", canary=CANARY, places=(QUAY,)),
            [
                f"/v2/{MANIFEST}",
                f"/v2/{MANIFEST}?ns=docker.io",
                f"/v2/quay/{MANIFEST}",
                f"/v2/quay/{MANIFEST}?ns=quay.io",
            ],
        ),
    ],
)
async def test_the_host_asks_for_what_its_runtimes_will_ask_for(
    seeing: PracticeHost,
    authority: Authority,
    identity: Identity,
    target: Target,
    paths: list[str],
) -> None:
    """The exact URLs, as each addressing and each client spells them (facts/runtimes.md §5)."""
    async with on_stage(portal, identity) as stage:
        whole = replace(target, url=stage.url, ca_pem=authority.pem)
        await asyncio.to_thread(seen, seeing, whole)
    assert paths == [request.path for request in stage.requests if request.method == "GET"]


async def test_each_url_is_judged_by_itself(
    seeing: PracticeHost, authority: Authority, identity: Identity
) -> None:
    """A registry that chokes on `?ns=` serves classic Docker, and no containerd."""

    def choking(request: Request) -> Answer:
        if "?" in request.path:
            return portal(request)
        return _answering(200, OCI_INDEX, Docker_Content_Digest=DIGEST)(request)

    async with on_stage(choking, identity) as stage:
        target = Target(url=stage.url, ca_pem=authority.pem, canary=CANARY)
        facts = await asyncio.to_thread(seeing.facts, target)
    url = f"{stage.url}/v2/{MANIFEST}"
    assert [(answer.url, answer.state_with_ca) for answer in facts.answers] == [
        (url, ReachState.OK),
        (f"{url}?ns=docker.io", ReachState.NOT_A_REGISTRY),
    ]


async def test_nobody_is_waited_for_twice(dash_host: PracticeHost, authority: Authority) -> None:
    """Where nothing listens, the further URLs are not asked, and count as the first."""
    (dash_host.programs / "curl").symlink_to(shutil.which("curl") or "/nowhere")
    target = Target(url="https://127.0.0.1:9", ca_pem=authority.pem, canary=CANARY)
    facts = await asyncio.to_thread(dash_host.facts, target)
    states = {answer.url: answer.state for answer in facts.answers}
    assert states == dict.fromkeys(
        [target.canary_url(named=named) for named in (False, True)], ReachState.REFUSED
    )
    assert dash_host.answer(target).count(b"Failed to connect") <= 1


async def test_slow_answers_do_not_outlast_a_discovery(dash_host: PracticeHost) -> None:
    """What there was no time for is not known, whatever the first URL answered."""
    dash_host.program("curl", "printf 'HTTP/1.1 401 No\\r\\nWWW-Authenticate: Bearer\\r\\n\\r\\n'")
    dash_host.program(
        "date", f'n=$(cat {dash_host.root}/n); echo "$((n + 20))" >{dash_host.root}/n; echo "$n"'
    )
    dash_host.file("/n", "1000")
    target = Target(url="https://registry.example", canary=CANARY, places=(QUAY,))
    facts = await asyncio.to_thread(dash_host.facts, target)
    states = [answer.state for answer in facts.answers]
    assert states == [ReachState.OK] * 2 + [ReachState.UNKNOWN] * 2
    assert {answer.detail for answer in facts.answers[2:]} == {NO_TIME}


async def test_whoever_hangs_is_not_waited_for_twice(dash_host: PracticeHost) -> None:
    """The bound kills the tool, and that counts as nobody answering."""
    dash_host.program("openssl", f"echo x >>{dash_host.root}/asked; kill -9 $$")
    target = Target(url="https://registry.example", canary=CANARY, places=(QUAY,))
    facts = await asyncio.to_thread(dash_host.facts, target)
    assert {answer.state for answer in facts.answers} == {ReachState.TIMED_OUT}
    assert (dash_host.root / "asked").read_text() == "x\n"
