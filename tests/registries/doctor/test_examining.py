"""The whole look at a registry: a real one, and a Harbor as its API tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.registries.conftest import QuickClock, RealRegistry, put_image
from wizard.errors import InputError
from wizard.fleet.policy import TargetChoice
from wizard.registries.doctor.examining import examine
from wizard.registries.doctor.harbor import (
    health_observation,
    project_observations,
    queue_observation,
    quota_observations,
    rights_observation,
    scanner_observations,
    system_observations,
    volume_observation,
)
from wizard.registries.doctor.observation import Examination, Severity, Topic
from wizard.secret import Secret
from wizard.target import TargetKind

GIB = 1 << 30
URL = "https://h.test"
WELL_INFO = {"harbor_version": "v2.15.2-080b022", "external_url": URL, "read_only": False}


def severities(found: Examination) -> list[tuple[Topic, Severity]]:
    """Return topic and severity of what was seen."""
    return [(one.topic, one.severity) for one in found.observations]


async def test_a_real_plain_registry_is_pulled_from_and_pushed_to(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """In the order in which a client meets it; the certificate of the tests ends tomorrow."""
    await put_image(registry, "library/only-here", clock)
    choice = TargetChoice(url=registry.url, canary="only-here:latest", username="op")
    found = await examine(choice, ca_pem=registry.ca_pem, password=Secret("x"), clock=clock)
    assert (found.kind, found.url) == (TargetKind.PLAIN, registry.url)
    assert severities(found) == [
        (Topic.HEALTH, Severity.WELL),
        (Topic.TRUST, Severity.WELL),
        (Topic.CERTIFICATE, Severity.TROUBLE),
        (Topic.CLOCK, Severity.WELL),
        (Topic.TOKENS, Severity.WELL),
        (Topic.PULL, Severity.WELL),
        (Topic.PUSH, Severity.WELL),
    ]


async def test_a_server_that_nobody_can_talk_to_is_an_observation(clock: QuickClock) -> None:
    """Not an error: telling what is wrong is what was asked for."""
    choice = TargetChoice(url="https://127.0.0.1:1")
    found = await examine(choice, ca_pem=None, password=None, clock=clock)
    assert severities(found) == [(Topic.TRUST, Severity.BROKEN)]


async def test_an_untrusted_registry_is_an_observation_with_its_fingerprint(
    registry: RealRegistry, clock: QuickClock
) -> None:
    """The CA file was forgotten."""
    found = await examine(TargetChoice(url=registry.url), ca_pem=None, password=None, clock=clock)
    assert severities(found) == [(Topic.TRUST, Severity.BROKEN)]
    assert "SHA-256 fingerprint" in found.observations[0].found


@pytest.mark.parametrize(
    ("components", "severity", "words"),
    [
        ([{"name": "core", "status": "healthy"}], Severity.WELL, "healthy"),
        (
            [{"name": "database", "status": "unhealthy", "error": "refused"}],
            Severity.BROKEN,
            "database (refused)",
        ),
    ],
)
def test_health_is_read_from_its_body(
    components: list[Mapping[str, str]], severity: Severity, words: str
) -> None:
    """`/health` answers 200 whatever it says."""
    status = components[0]["status"]
    seen = health_observation({"status": status, "components": components})
    assert (seen.severity, words in seen.found) == (severity, True)


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({}, {}),
        ({"external_url": "http://h.test"}, {Topic.ADDRESS: Severity.BROKEN}),
        ({"read_only": True}, {Topic.READ_ONLY: Severity.BROKEN}),
        ({"harbor_version": "v2.12.4"}, {Topic.HEALTH: Severity.TROUBLE}),
        ({"harbor_version": None}, {Topic.ADDRESS: Severity.UNKNOWN}),
    ],
)
def test_what_the_system_tells_is_held_against_what_hosts_use(
    changed: Mapping[str, Any], broken: Mapping[Topic, Severity]
) -> None:
    """External URL, read-only mode and version; strangers are told none of it."""
    seen = system_observations({**WELL_INFO, **changed}, URL)
    assert {one.topic: one.severity for one in seen if one.severity is not Severity.WELL} == broken


@pytest.mark.parametrize(
    ("user", "severity"),
    [
        (None, Severity.NOTE),
        ({"username": "bob", "sysadmin_flag": False}, Severity.NOTE),
        ({"username": "admin", "sysadmin_flag": True}, Severity.WELL),
    ],
)
def test_who_we_are_decides_what_can_be_provisioned(
    user: Mapping[str, Any] | None, severity: Severity
) -> None:
    """A robot is no user at all."""
    assert rights_observation(user).severity is severity


@pytest.mark.parametrize(
    ("free", "severity"), [(11, Severity.WELL), (9, Severity.TROUBLE), (0, Severity.TROUBLE)]
)
def test_a_disk_that_is_nearly_full_is_told(free: int, severity: Severity) -> None:
    """The database is on it."""
    assert volume_observation({"total": 100 * GIB, "free": free * GIB}).severity is severity


@pytest.mark.parametrize(
    ("queue", "severity"),
    [
        ({"job_type": "REPLICATION", "count": 3, "latency": 5}, Severity.WELL),
        ({"job_type": "REPLICATION", "count": 3, "latency": 601}, Severity.TROUBLE),
        ({"job_type": "GC", "count": 0, "latency": 0, "paused": True}, Severity.TROUBLE),
    ],
)
def test_jobs_that_wait_for_long_are_told(queue: Mapping[str, Any], severity: Severity) -> None:
    """By the age of the oldest, or because somebody paused the queue."""
    assert queue_observation((queue,)).severity is severity


def test_only_a_quota_that_is_nearly_full_is_told() -> None:
    """One without a limit is never full."""
    quotas = tuple(
        {"ref": {"name": name}, "hard": {"storage": hard}, "used": {"storage": 95}}
        for name, hard in (("hub", 100), ("large", 1000), ("free", -1))
    )
    assert [one.found for one in quota_observations(quotas)] == ["project hub uses 95 of 100 bytes"]


def test_a_harbor_without_a_scanner_is_noted() -> None:
    """It is well otherwise."""
    assert [one.severity for one in scanner_observations(())] == [Severity.NOTE]
    trivy = {"name": "Trivy", "is_default": True}
    assert [one.severity for one in scanner_observations((trivy,))] == [Severity.WELL]


@pytest.mark.parametrize(
    ("project", "status", "expected"),
    [
        (None, "healthy", [(Topic.ANONYMOUS, Severity.BROKEN)]),
        (
            {"registry_id": 1, "metadata": {"public": "true"}},
            "healthy",
            [(Topic.ANONYMOUS, Severity.WELL), (Topic.UPSTREAM, Severity.WELL)],
        ),
        (
            {"registry_id": 1, "metadata": {"public": "false"}},
            "unhealthy",
            [(Topic.ANONYMOUS, Severity.BROKEN), (Topic.UPSTREAM, Severity.BROKEN)],
        ),
        ({"metadata": {"public": "true"}}, "healthy", [(Topic.ANONYMOUS, Severity.WELL)]),
    ],
)
def test_a_project_is_public_and_its_upstream_healthy_or_it_is_told(
    project: Mapping[str, Any] | None, status: str, expected: list[tuple[Topic, Severity]]
) -> None:
    """While its endpoint is unhealthy only what is cached is served."""
    endpoints = ({"id": 1, "name": "hub", "status": status}, {"id": 2, "status": "healthy"})
    seen = project_observations("hub", project, endpoints)
    assert [(one.topic, one.severity) for one in seen] == expected


async def test_a_choice_that_cannot_be_meant_is_refused(clock: QuickClock) -> None:
    """Nothing is asked before."""
    choice = TargetChoice(url="https://h.test", addressing="magic")
    with pytest.raises(InputError, match="magic"):
        await examine(choice, ca_pem=None, password=None, clock=clock)
