"""Probing a target: against a real registry, and against what pretends to be one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.registries.certificates import Authority, Identity
from tests.registries.conftest import QuickClock, RealRegistry, put_image
from tests.registries.stage import Answer, Request, Shelf, on_stage, portal
from wizard.errors import InputError, RegistryError
from wizard.fleet.policy import PlaceChoice, TargetChoice
from wizard.registries.canary import REPOSITORY, build_canary
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.probing import probe_target
from wizard.secret import Secret
from wizard.target import Addressing, Canary, TargetReport


async def probe(
    choice: TargetChoice, ca_pem: str | None, clock: QuickClock, *, password: str = ""
) -> TargetReport:
    """Probe with a canary tag that is known beforehand."""
    return await probe_target(
        choice,
        ca_pem=ca_pem,
        password=Secret(password) if password else None,
        clock=clock,
        suffixes=lambda: "0123456789ab",
    )


async def test_an_empty_registry_is_root_addressed_and_gets_a_canary(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """Nothing is there yet, so the canary itself is the proof."""
    report = await probe(TargetChoice(url=registry.url), registry.ca_pem, clock)
    expected = Canary(
        repository=REPOSITORY,
        tag="proof-0123456789ab",
        digest=build_canary("proof-0123456789ab").digest,
        pushed=True,
    )
    assert expected == report.target.canary
    assert Addressing.ROOT is report.target.addressing
    assert "Pilotage test CA" in report.certificate


async def test_a_named_canary_is_found_and_nothing_is_pushed(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """The digest of the report is that of the registry's bytes."""
    digest = await put_image(registry, "library/only-here", clock)
    choice = TargetChoice(url=registry.url, canary="library/only-here:latest")
    report = await probe(choice, registry.ca_pem, clock)
    assert (
        Canary(repository="library/only-here", tag="latest", digest=digest) == report.target.canary
    )
    missing = TargetChoice(url=registry.url, canary=f"{REPOSITORY}:proof-0123456789ab")
    with pytest.raises(RegistryError, match="MANIFEST_UNKNOWN"):
        await probe(missing, registry.ca_pem, clock)


@pytest.mark.parametrize("prefix", ["", "dockerhub", "/dockerhub/"])
async def test_a_project_is_found_by_its_prefix_given_or_guessed(
    registry: RealRegistry, clock: QuickClock, prefix: str
) -> None:
    """Images below a project mean prefix addressing, and the canary goes there too."""
    await put_image(registry, "dockerhub/library/hello", clock)
    report = await probe(TargetChoice(url=registry.url, prefix=prefix), registry.ca_pem, clock)
    assert (report.target.addressing, report.target.prefix) == (Addressing.PREFIX, "dockerhub")
    assert report.target.canary is not None
    named = TargetChoice(
        url=f"{registry.url}/v2/dockerhub/",
        canary=f"{REPOSITORY}:{report.target.canary.tag}",
    )
    again = await probe(named, registry.ca_pem, clock)
    canary = replace(report.target.canary, pushed=False)
    assert replace(report.target, canary=canary) == again.target


async def test_each_upstream_gets_a_place_and_a_canary_of_its_own(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """Pushed for one, found for another: names begin with the upstream that they stand for."""
    found = await put_image(registry, "quay/prometheus/node", clock)
    choice = TargetChoice(
        url=registry.url,
        upstreams=(
            PlaceChoice(upstream="registry.k8s.io", prefix="k8s"),
            PlaceChoice(upstream="quay.io", prefix="quay", canary="quay.io/prometheus/node:latest"),
        ),
    )

    report = await probe(choice, registry.ca_pem, clock)

    assert [
        (one.upstream, one.addressing, one.prefix, one.canary and one.canary.reference)
        for one in report.target.by_upstream
    ] == [
        ("docker.io", Addressing.ROOT, "", f"docker.io/{REPOSITORY}:proof-0123456789ab"),
        (
            "registry.k8s.io",
            Addressing.PREFIX,
            "k8s",
            f"registry.k8s.io/{REPOSITORY}:proof-0123456789ab",
        ),
        ("quay.io", Addressing.PREFIX, "quay", "quay.io/prometheus/node:latest"),
    ]
    canary = report.target.places[1].canary
    assert canary is not None
    assert (canary.digest, canary.pushed) == (found, False)


async def test_an_upstream_without_its_canary_is_told(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """The error names the canary and the URLs that were tried."""
    place = PlaceChoice(upstream="quay.io", prefix="quay", canary="nobody/has:it")
    with pytest.raises(RegistryError) as caught:
        await probe(TargetChoice(url=registry.url, upstreams=(place,)), registry.ca_pem, clock)
    assert "nobody/has:it" in str(caught.value)
    assert f"{registry.url}/v2/quay/nobody/has/manifests/it" in str(caught.value)


async def test_root_wins_where_upstream_names_are_at_the_root(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """A registry that holds both is spelled as transparently as possible."""
    await put_image(registry, "dockerhub/library/hello", clock)
    await put_image(registry, "library/hello", clock)
    report = await probe(TargetChoice(url=registry.url), registry.ca_pem, clock)
    assert Addressing.ROOT is report.target.addressing


async def test_a_guessed_prefix_is_never_pushed_to(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """A push would create the very project that is being looked for."""
    choice = TargetChoice(url=registry.url, addressing="prefix")
    with pytest.raises(InputError) as caught:
        await probe(choice, registry.ca_pem, clock)
    assert "Give the prefix" in caught.value.todo


async def test_a_repository_below_a_path_is_found(
    authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """Nexus and Artifactory spell a repository before `/v2/`; their root is a web page."""
    image = build_canary("only-here")

    def play(request: Request) -> Answer:
        if request.path == "/repository/hub/v2/library/proof/manifests/only-here":
            return Answer(
                status=200,
                headers={
                    "Content-Type": image.dialect.index,
                    "Docker-Content-Digest": image.digest,
                },
                body=image.index,
            )
        return portal(request)

    async with on_stage(play, identity) as stage:
        choice = TargetChoice(url=f"{stage.url}/repository/hub/", canary="library/proof:only-here")
        report = await probe(choice, authority.pem, clock)
    assert (report.target.addressing, report.target.prefix) == (Addressing.PATH, "repository/hub")


@pytest.mark.parametrize("canary", ["", "library/hello:latest"])
async def test_a_portal_that_says_200_to_everything_is_no_registry(
    authority: Authority, identity: Identity, clock: QuickClock, canary: str
) -> None:
    """HTTP 200 with HTML counts for nothing (facts/runtimes.md §5)."""
    async with on_stage(portal, identity) as stage:
        with pytest.raises(RegistryError) as caught:
            await probe(TargetChoice(url=stage.url, canary=canary), authority.pem, clock)
    assert "text/html" in caught.value.what


async def test_a_project_is_found_by_a_common_image_where_no_catalogue_is_shown(
    authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """Harbor shows its catalogue to administrators only; the rest of it is a portal."""
    image = build_canary("x")
    kept = Shelf()
    kept.kept["/v2/dockerhub-proxy/library/alpine/manifests/latest"] = (
        image.dialect.index,
        image.index,
    )

    def play(request: Request) -> Answer:
        if request.path == "/v2/":
            return Answer(status=200, headers={"Docker-Distribution-Api-Version": "registry/2.0"})
        if request.path.startswith("/v2/dockerhub-proxy/"):
            return kept.play(request)
        return portal(request)

    async with on_stage(play, identity) as stage:
        report = await probe(TargetChoice(url=stage.url), authority.pem, clock)
    assert (
        report.target.addressing,
        report.target.prefix,
    ) == (Addressing.PREFIX, "dockerhub-proxy")


async def test_a_hidden_project_is_asked_for(
    authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """The root answers as a registry, and takes nothing: the prefix is missing."""

    def play(request: Request) -> Answer:
        if request.path == "/v2/":
            return Answer(status=200, headers={"Docker-Distribution-Api-Version": "registry/2.0"})
        return portal(request)

    async with on_stage(play, identity) as stage:
        with pytest.raises(RegistryFailure) as caught:
            await probe(TargetChoice(url=stage.url), authority.pem, clock)
    assert Failure.NOT_A_REGISTRY is caught.value.kind
    assert "give that as the prefix" in caught.value.todo


async def test_an_unknown_ca_is_never_trusted_and_its_fingerprint_is_shown(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """The operator compares the fingerprint and gives a CA file."""
    with pytest.raises(RegistryFailure) as caught:
        await probe(TargetChoice(url=registry.url), None, clock)
    assert Failure.UNTRUSTED is caught.value.kind
    assert "fingerprint" in caught.value.what
    assert caught.value.what.count(":") > 31
    assert "PEM file of the CA" in caught.value.todo


@pytest.mark.parametrize(
    ("host", "kind"),
    [("127.0.0.1", Failure.EXPIRED), ("elsewhere.test", Failure.WRONG_HOST)],
)
async def test_a_bad_certificate_is_named_for_what_is_wrong_with_it(
    authority: Authority, clock: QuickClock, host: str, kind: Failure
) -> None:
    """Expired and issued for another name are two things to repair."""
    bad = authority.server(f"bad-{kind.value}", host=host, expired=kind is Failure.EXPIRED)
    async with on_stage(portal, bad) as stage:
        with pytest.raises(RegistryFailure) as caught:
            await probe(TargetChoice(url=stage.url), authority.pem, clock)
    assert kind is caught.value.kind


async def test_a_ca_that_has_expired_is_not_given_to_hosts(
    tmp_path: Path, clock: QuickClock
) -> None:
    """Nobody would trust by it, however long the server's own certificate is valid."""
    expired = Authority(tmp_path, expired=True)
    async with on_stage(portal, expired.server("good")) as stage:
        with pytest.raises(RegistryFailure) as caught:
            await probe(TargetChoice(url=stage.url), expired.pem, clock)
    assert Failure.EXPIRED is caught.value.kind


async def test_a_port_without_tls_is_named(authority: Authority, clock: QuickClock) -> None:
    """The URL says https, and somebody speaks something else."""
    async with on_stage(portal, None) as stage:
        with pytest.raises(RegistryFailure) as caught:
            await probe(TargetChoice(url=stage.url), authority.pem, clock)
    assert Failure.NOT_TLS is caught.value.kind


async def test_a_closed_port_is_named(
    registry: RealRegistry, unused_tcp_port: int, clock: QuickClock
) -> None:
    """Nobody listens there."""
    with pytest.raises(RegistryFailure) as caught:
        await probe(TargetChoice(url=f"127.0.0.1:{unused_tcp_port}"), registry.ca_pem, clock)
    assert Failure.REFUSED is caught.value.kind


async def test_a_redirect_is_not_followed_but_told(
    authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """A host would follow it without its credentials, or not at all."""

    def play(request: Request) -> Answer:
        return Answer(status=308, headers={"Location": "https://other.test" + request.path})

    async with on_stage(play, identity) as stage:
        choice = TargetChoice(url=stage.url, canary="library/hello:latest")
        with pytest.raises(RegistryError) as caught:
            await probe(choice, authority.pem, clock)
    assert "https://other.test/v2/library/hello/manifests/latest" in caught.value.what


class TokenService:
    """A registry with one manifest that wants a bearer token."""

    def __init__(self, *, anonymous: bool) -> None:
        self.anonymous = anonymous
        self.url = ""
        self.image = build_canary("only-here")

    def play(self, request: Request) -> Answer:
        """Answer as registry or as token service."""
        if request.path.startswith("/token?"):
            return self._token(request)
        if request.headers.get("authorization") != "Bearer good":
            realm = f'Bearer realm="{self.url}/token",service="stage",scope="repository:x:pull"'
            return Answer(status=401, headers={"WWW-Authenticate": realm})
        return Answer(
            status=200,
            headers={"Content-Type": self.image.dialect.index},
            body=self.image.index,
        )

    def _token(self, request: Request) -> Answer:
        right = "Basic " + base64.b64encode(b"op:right").decode()
        if request.headers.get("authorization") != right and not self.anonymous:
            body = json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": "no"}]}).encode()
            return Answer(status=401, headers={"Content-Type": "application/json"}, body=body)
        return Answer(
            status=200, headers={"Content-Type": "application/json"}, body=b'{"token":"good"}'
        )


@pytest.mark.parametrize("password", ["", "right"])
async def test_a_bearer_token_is_fetched_when_the_registry_asks(
    authority: Authority, identity: Identity, clock: QuickClock, password: str
) -> None:
    """Anonymous tokens and those of a user work alike."""
    service = TokenService(anonymous=not password)
    async with on_stage(service.play, identity) as stage:
        service.url = stage.url
        choice = TargetChoice(url=stage.url, canary="library/proof:only-here", username="op")
        report = await probe(choice, authority.pem, clock, password=password)
    assert report.target.canary is not None
    assert service.image.digest == report.target.canary.digest


async def test_a_wrong_password_is_told_and_never_shown(
    authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """The refusal names the registry's own words."""
    service = TokenService(anonymous=False)
    async with on_stage(service.play, identity) as stage:
        service.url = stage.url
        choice = TargetChoice(url=stage.url, canary="library/proof:only-here", username="op")
        with pytest.raises(RegistryError) as caught:
            await probe(choice, authority.pem, clock, password="wr0ng-password")  # noqa: S106  # the point of the test
    assert "UNAUTHORIZED no" in caught.value.what
    assert "wr0ng-password" not in str(caught.value)
