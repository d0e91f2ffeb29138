"""Trust, certificate, clock and challenge, as every client meets them."""

from __future__ import annotations

import datetime as dt
import email.utils
from pathlib import Path

import pytest

from tests.registries.certificates import Authority, Identity
from tests.registries.conftest import QuickClock, RealRegistry, running_registry
from tests.registries.stage import Answer, on_stage
from wizard.registries.authority import Challenge, parse_challenge
from wizard.registries.doctor.front_door import (
    at_the_front_door,
    certificate_observations,
    challenge_observation,
    clock_observations,
)
from wizard.registries.doctor.observation import Observation, Severity, Topic, worst
from wizard.registries.http import open_client
from wizard.target import TargetKind

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC).timestamp()
DAY = 86_400
BEARER = Challenge(scheme="bearer", realm="https://h.test/service/token")


async def seen_at(url: str, ca_pem: str | None, clock: QuickClock) -> dict[Topic, Observation]:
    """Return what is seen at a URL, by topic."""
    async with open_client(ca_pem) as client:
        seen = await at_the_front_door(url, kind=TargetKind.PLAIN, client=client, clock=clock)
    return {one.topic: one for one in seen}


async def test_a_registry_that_anybody_may_read_is_well(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """Its certificate is named; that of these tests ends tomorrow, which is told."""
    seen = await seen_at(registry.url, registry.ca_pem, clock)
    assert {topic: one.severity for topic, one in seen.items()} == {
        Topic.TRUST: Severity.WELL,
        Topic.CERTIFICATE: Severity.TROUBLE,
        Topic.CLOCK: Severity.WELL,
        Topic.TOKENS: Severity.WELL,
    }
    assert "Pilotage test CA" in seen[Topic.TRUST].found


async def test_an_untrusted_certificate_is_told_with_its_fingerprint(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """So that a person can compare it before giving the CA."""
    seen = await seen_at(registry.url, None, clock)
    assert {topic: one.severity for topic, one in seen.items()} == {Topic.TRUST: Severity.BROKEN}
    assert "SHA-256" in seen[Topic.TRUST].found
    assert "PEM file of the CA" in seen[Topic.TRUST].todo


@pytest.mark.parametrize(
    ("host", "expired", "words"),
    [("127.0.0.1", True, "renewed"), ("other.test", False, "a name that the certificate is for")],
)
async def test_a_bad_certificate_says_what_is_bad(
    authority: Authority, clock: QuickClock, host: str, words: str, *, expired: bool
) -> None:
    """Expired, and issued for somebody else."""
    identity = authority.server(f"bad-{host}-{expired}", host=host, expired=expired)
    async with on_stage(lambda _: Answer(status=200), identity) as stage:
        seen = await seen_at(stage.url, authority.pem, clock)
    assert words in seen[Topic.TRUST].todo


async def test_a_registry_that_wants_a_login_of_everybody_is_trouble(
    tmp_path: Path, authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """A real docker-registry with htpasswd answers Basic."""
    (tmp_path / "htpasswd").write_text("")
    settings = f"auth: {{htpasswd: {{realm: here, path: {tmp_path / 'htpasswd'}}}}}"
    with running_registry(tmp_path, authority, identity, settings) as registry:
        seen = await seen_at(registry.url, registry.ca_pem, clock)
    assert (seen[Topic.TOKENS].severity, seen[Topic.TOKENS].todo) == (
        Severity.TROUBLE,
        "Let everybody read: runtimes cannot log in to a mirror.",
    )


async def test_a_token_service_by_plain_http_is_told(
    tmp_path: Path, authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """A real docker-registry says what a Harbor with a wrong external_url says."""
    (tmp_path / "issuer.pem").write_text(authority.pem)
    settings = (
        "auth: {token: {realm: 'http://127.0.0.1/service/token', service: s, issuer: i,"
        f" rootcertbundle: {tmp_path / 'issuer.pem'}}}}}"
    )
    with running_registry(tmp_path, authority, identity, settings) as registry:
        seen = await seen_at(registry.url, registry.ca_pem, clock)
    assert seen[Topic.TOKENS].severity is Severity.BROKEN
    assert "external_url" in seen[Topic.TOKENS].todo


@pytest.mark.parametrize(
    ("challenge", "kind", "severity"),
    [
        (BEARER, TargetKind.HARBOR, Severity.WELL),
        (Challenge(scheme="basic"), TargetKind.NEXUS, Severity.BROKEN),
        (Challenge(scheme="basic"), TargetKind.PLAIN, Severity.TROUBLE),
        (
            Challenge(scheme="bearer", realm="https://h.test:5002:5002/v2/token"),
            TargetKind.NEXUS,
            Severity.BROKEN,
        ),
        (
            Challenge(scheme="bearer", realm="null://h.test/v2/token"),
            TargetKind.NEXUS,
            Severity.BROKEN,
        ),
        (
            Challenge(scheme="bearer", realm="http://h.test/service/token"),
            TargetKind.HARBOR,
            Severity.BROKEN,
        ),
        (
            Challenge(scheme="bearer", realm="https://[fd00::1]:5000/token"),
            TargetKind.PLAIN,
            Severity.TROUBLE,
        ),
        (Challenge(scheme="negotiate"), TargetKind.PLAIN, Severity.BROKEN),
    ],
)
def test_a_challenge_tells_what_clients_will_make_of_it(
    challenge: Challenge, kind: TargetKind, severity: Severity
) -> None:
    """NP#921, NP#651, NP#565, GH#13553."""
    assert challenge_observation("https://h.test", challenge, kind).severity is severity


@pytest.mark.parametrize(
    ("days", "severity"), [(31, Severity.WELL), (29, Severity.TROUBLE), (1, Severity.TROUBLE)]
)
def test_a_certificate_that_ends_soon_is_trouble(days: int, severity: Severity) -> None:
    """A month before, because renewals take people weeks."""
    end = dt.datetime.fromtimestamp(NOW + days * DAY, dt.UTC).strftime("%b %d %H:%M:%S %Y GMT")
    seen = certificate_observations({"notAfter": end}, TargetKind.PLAIN, now=NOW)
    assert [(one.severity, one.found) for one in seen] == [
        (severity, f"the certificate is valid for {days} day{'s' * (days != 1)}")
    ]


@pytest.mark.parametrize("kind", list(TargetKind))
def test_what_to_do_about_a_certificate_names_no_other_product(kind: TargetKind) -> None:
    """Only Harbor keeps a copy of it."""
    end = dt.datetime.fromtimestamp(NOW + DAY, dt.UTC).strftime("%b %d %H:%M:%S %Y GMT")
    [ends] = certificate_observations({"notAfter": end}, kind, now=NOW)
    assert ("Harbor" in ends.todo) is (kind is TargetKind.HARBOR)


@pytest.mark.parametrize(
    ("skew", "severity"), [(0, Severity.WELL), (-59, Severity.WELL), (61, Severity.TROUBLE)]
)
def test_a_clock_that_is_off_is_trouble(skew: int, severity: Severity) -> None:
    """Tokens would be too young or too old."""
    date = email.utils.formatdate(NOW + skew, usegmt=True)
    assert [one.severity for one in clock_observations(date, now=NOW)] == [severity]


def test_no_date_is_no_observation() -> None:
    """Nor is one that cannot be read."""
    assert clock_observations("", now=NOW) == clock_observations("soon", now=NOW) == ()


def test_the_worst_of_several_is_told() -> None:
    """Something unknown is no proof of anything broken."""
    seen = tuple(
        Observation(topic=Topic.PULL, severity=severity, found="")
        for severity in (Severity.UNKNOWN, Severity.TROUBLE, Severity.WELL)
    )
    assert (worst(seen), worst(seen[:1]), worst(())) == (
        Severity.TROUBLE,
        Severity.UNKNOWN,
        Severity.WELL,
    )


def test_a_token_service_that_is_no_url_is_told() -> None:
    """Foreign text ends nothing."""
    challenge = parse_challenge('Bearer realm="https://[",service="x"')
    seen = challenge_observation("https://registry.example.net", challenge, TargetKind.HARBOR)
    assert (seen.severity, "https://[" in seen.found) == (Severity.BROKEN, True)
