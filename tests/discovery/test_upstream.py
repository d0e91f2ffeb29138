"""What upstream has under the canary's name, asked from a host with each tool that it may have."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.discovery.practice import SHELLS, PracticeHost
from tests.registries.certificates import Authority, Identity
from tests.registries.stage import Answer, Request, Stage, on_stage
from wizard.discovery.facts import UpstreamState, UpstreamTag
from wizard.discovery.probe import compose, upstream_url
from wizard.registries.media_types import OCI_INDEX
from wizard.target import Canary, Target

DIGEST: Final = "sha256:" + "c0" * 32
CANARY: Final = Canary(repository="library/hello", tag="common", digest=DIGEST)
TARGET: Final = Target(url="https://127.0.0.1:9", canary=CANARY)
PATH: Final = "/v2/library/hello/manifests/common"
TOKEN: Final = "eyJ0.T0KEN-_~.x="  # noqa: S105  # of the stage
_TRUSTING: Final = {
    "curl": 'shift; exec {tool} -q --cacert {ca} "$@"',
    "openssl": 'shift; exec {tool} s_client -CAfile {ca} "$@"',
    "wget": 'exec {tool} "$@" --ca-certificate={ca}',
}
"""Tools of a host whose system trusts one more authority."""

NewHost = Callable[[str, str], PracticeHost]


@pytest.fixture
def trusting(tmp_path: Path, authority: Authority) -> NewHost:
    """Return a maker of hosts with one shell and one tool, who trust the tests' authority."""
    ca = tmp_path / "trusted.pem"
    ca.write_text(authority.pem)

    def make(shell: str, tool: str) -> PracticeHost:
        host = PracticeHost.make(tmp_path / f"{shell}-{tool}", shell)
        source = shutil.which(tool)
        if source is None:
            pytest.skip(f"{tool} is not installed")
        host.program(tool, _TRUSTING[tool].format(tool=source, ca=ca))
        return host

    return make


@dataclass(slots=True, kw_only=True)
class Hub:
    """Plays Docker Hub: nobody is told anything without a token."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    token: Answer = field(
        default_factory=lambda: Answer(
            status=200, body=f'{{"token":"{TOKEN}","access_token":"{TOKEN}"}}\n'.encode()
        )
    )
    realm: str = ""
    error: str = ""

    def play(self, request: Request) -> Answer:
        """Answer as Docker Hub does."""
        if request.path.startswith("/token?"):
            return self.token
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(status=401, headers={"Www-Authenticate": self.challenge()})
        if self.status == 401:
            challenge = self.challenge() + self.error
            return Answer(status=401, headers={"Www-Authenticate": challenge})
        return Answer(status=self.status, headers=self.headers)

    def challenge(self) -> str:
        """Return the challenge."""
        scope = "repository:library/hello:pull"
        return f'Bearer realm="{self.realm}",service="registry of docker",scope="{scope}"'


REGISTRY: Final = {"Docker-Distribution-Api-Version": "registry/2.0"}


def present(digest: str) -> Hub:
    """Return a Hub that has the tag with that digest."""
    return Hub(headers={"Content-Type": OCI_INDEX, "Docker-Content-Digest": digest, **REGISTRY})


async def asked(
    host: PracticeHost, hub: Hub, identity: Identity, target: Target = TARGET
) -> tuple[UpstreamTag, Stage, bytes]:
    """Return what the host found, the server with what it was asked, and what the host said."""
    async with on_stage(hub.play, identity) as stage:
        hub.realm = hub.realm or f"{stage.url}/token"
        facts = await asyncio.to_thread(host.facts, target, upstream=stage.url)
        requests = list(stage.requests)
        answer = await asyncio.to_thread(host.answer, target, upstream=stage.url)
    stage.requests = requests
    return facts.upstreams[0], stage, answer


@pytest.mark.parametrize("tool", list(_TRUSTING))
@pytest.mark.parametrize("shell", list(SHELLS))
async def test_the_token_flow_goes_by_every_shell_and_tool(
    trusting: NewHost, identity: Identity, shell: str, tool: str
) -> None:
    """Asked without a token, then for one, then with it: by HEAD, which is no pull."""
    if (shell, tool) == ("busybox", "wget"):
        pytest.skip("busybox sh runs its own wget, which looks at no certificate")
    found, stage, said = await asked(trusting(shell, tool), present(DIGEST), identity)

    assert found == UpstreamTag(
        reference="docker.io/library/hello:common",
        state=UpstreamState.PRESENT,
        digest=DIGEST,
        detail="HTTP 200",
    )
    query = "service=registry%20of%20docker&scope=repository:library/hello:pull"
    assert [(request.method, request.path) for request in stage.requests] == [
        ("HEAD", PATH),
        ("GET", f"/token?{query}"),
        ("HEAD", PATH),
    ]
    first, _token, second = stage.requests
    assert OCI_INDEX in first.headers["accept"]
    assert second.headers["accept"] == first.headers["accept"]
    assert TOKEN.encode() not in said


@pytest.mark.parametrize(
    ("hub", "state", "detail"),
    [
        (Hub(status=404, headers=REGISTRY), UpstreamState.ABSENT, "HTTP 404"),
        (Hub(status=404), UpstreamState.UNKNOWN, "HTTP 404"),
        (
            Hub(status=401, error=',error="insufficient_scope"'),
            UpstreamState.HIDDEN,
            "HTTP 401",
        ),
        (Hub(status=401, error=',error="invalid_token"'), UpstreamState.UNKNOWN, "HTTP 401"),
        (Hub(status=429, headers=REGISTRY), UpstreamState.UNKNOWN, "HTTP 429"),
        (Hub(status=200), UpstreamState.UNKNOWN, "HTTP 200"),
        (Hub(token=Answer(status=503)), UpstreamState.UNKNOWN, "no token: HTTP 503"),
        (
            Hub(token=Answer(status=200, body=b'{"token":"$(touch pwned)"}')),
            UpstreamState.UNKNOWN,
            "no token: HTTP 200",
        ),
        (Hub(realm="https://h.test/$(touch pwned)"), UpstreamState.UNKNOWN, "HTTP 401"),
        (Hub(realm="http://127.0.0.1:9/token"), UpstreamState.UNKNOWN, "HTTP 401"),
    ],
)
async def test_each_answer_is_taken_for_what_it_says(
    trusting: NewHost, identity: Identity, hub: Hub, state: UpstreamState, detail: str
) -> None:
    """Only a registry's own words count; whatever else comes is not known."""
    host = trusting("dash", "curl")
    found, _stage, _said = await asked(host, hub, identity)
    assert (found.state, found.digest, found.detail) == (state, "", detail)
    assert not list(host.root.rglob("pwned"))


async def test_the_target_s_ca_says_nothing_of_upstream(
    dash_host: PracticeHost, authority: Authority, identity: Identity
) -> None:
    """Whoever falls back trusts whom the system trusts, and so does the question."""
    (dash_host.programs / "curl").symlink_to(shutil.which("curl") or "/nowhere")
    target = Target(url="https://127.0.0.1:9", ca_pem=authority.pem, canary=CANARY)
    found, stage, _said = await asked(dash_host, present(DIGEST), identity, target)
    assert found.state is UpstreamState.UNKNOWN
    assert "certificate" in found.detail
    assert stage.requests == []


def test_an_upstream_that_nobody_reaches_is_told_with_the_reason(dash_host: PracticeHost) -> None:
    """As on hosts that may not go to the internet."""
    (dash_host.programs / "curl").symlink_to(shutil.which("curl") or "/nowhere")
    found = dash_host.facts(TARGET).upstreams[0]
    assert found is not None
    assert found.state is UpstreamState.UNKNOWN
    words = "Failed to connect to 127.0.0.1 port 9: Couldn't connect to server"
    assert found.detail == f"curl: (7) {words}"


def test_a_host_without_any_tool_says_so(dash_host: PracticeHost) -> None:
    """Silence is not good news."""
    found = dash_host.facts(TARGET).upstreams[0]
    assert found == UpstreamTag(
        reference=CANARY.reference,
        state=UpstreamState.UNKNOWN,
        detail="the host has neither curl nor openssl nor GNU wget",
    )


@pytest.mark.parametrize(
    "canary",
    [None, Canary(repository="library/pilotage-canary", tag="t", digest=DIGEST, pushed=True)],
    ids=["no canary", "a canary of Pilotage's own"],
)
def test_there_is_nothing_to_ask_of_a_canary_that_nobody_named(
    dash_host: PracticeHost, canary: Canary | None
) -> None:
    """What was pushed for this migration exists nowhere else."""
    target = Target(url="https://127.0.0.1:9", canary=canary)
    assert upstream_url(target) == ""
    assert dash_host.facts(target).upstreams == ()


def test_the_real_upstream_is_asked_by_its_own_name() -> None:
    """`docker.io` is a web site (facts/runtimes.md §2.4)."""
    assert upstream_url(TARGET) == f"https://registry-1.docker.io{PATH}"
    assert f"https://registry-1.docker.io{PATH}".encode() in compose(TARGET, nonce="0" * 32)
