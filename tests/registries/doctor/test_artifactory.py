"""The doctor on an Artifactory, licensed and free, before and after it is opened to hosts."""

from __future__ import annotations

import httpx
import pytest

from tests.registries.conftest import QuickClock
from wizard.fleet.policy import TargetChoice
from wizard.practice.artifactory.artifactory import PracticeArtifactory, Setting
from wizard.registries.doctor.artifactory import health_observation
from wizard.registries.doctor.examining import examine
from wizard.registries.doctor.observation import Examination, Measure, Severity, Topic
from wizard.secret import Secret
from wizard.target import TargetKind

WITHIN = (Topic.HEALTH, Topic.LICENCE, Topic.UPSTREAM, Topic.ANONYMOUS, Topic.LOGIN, Topic.RIGHTS)


async def _examined(
    server: PracticeArtifactory,
    *,
    password: Secret | None = None,
    url: str = "https://art.test",
) -> Examination:
    return await examine(
        TargetChoice(url=url, username="admin"),
        ca_pem=None,
        password=password or server.setting.password,
        clock=QuickClock(),
        transport=httpx.ASGITransport(server),
        with_upload=False,
    )


def _told(found: Examination) -> dict[Topic, set[Severity]]:
    """Return how bad each part within is; the stand-in has no root of a registry."""
    told: dict[Topic, set[Severity]] = {}
    for one in found.observations:
        if one.topic in WITHIN and not one.found.startswith("Artifactory answers"):
            told.setdefault(one.topic, set()).add(one.severity)
    return told


def _with_cache(server: PracticeArtifactory, *keys: str) -> PracticeArtifactory:
    for key in keys:
        server.repositories[key] = {"key": key, "rclass": "remote", "packageType": "docker"}
    return server


async def test_one_that_caches_nothing_is_broken() -> None:
    """Fresh from its installation; nothing of it is changed by looking."""
    server = PracticeArtifactory()
    found = await _examined(server)
    assert (found.kind, _told(found)) == (
        TargetKind.ARTIFACTORY,
        {
            Topic.HEALTH: {Severity.WELL},
            Topic.LICENCE: {Severity.WELL},
            Topic.UPSTREAM: {Severity.BROKEN},
        },
    )
    assert {request.split()[0] for request in server.requests} == {"GET"}


@pytest.mark.parametrize(("opened", "severity"), [(False, "broken"), (True, "well")])
async def test_who_may_pull_is_tried_without_the_login(*, opened: bool, severity: str) -> None:
    """As a runtime does, which cannot log in to a mirror."""
    server = _with_cache(PracticeArtifactory(), "docker-remote")
    server.anonymous = opened
    told = _told(await _examined(server))
    assert (told[Topic.UPSTREAM], told[Topic.ANONYMOUS]) == (
        {Severity.WELL},
        {Severity(severity)},
    )


async def test_only_the_repository_that_hosts_use_is_judged() -> None:
    """Others may well be closed."""
    server = _with_cache(PracticeArtifactory(), "docker-remote", "private-remote")
    found = await _examined(server, url="https://art.test/artifactory/api/docker/docker-remote")
    words = " ".join(one.found for one in found.observations)
    assert ("docker-remote" in words, "private-remote" in words) == (True, False)


@pytest.mark.parametrize("licence", ["jcr edition", ""])
async def test_what_a_licence_leaves_to_a_person_is_a_note(licence: str) -> None:
    """A free edition makes no repositories through its API; one that is not told may or may not."""
    server = PracticeArtifactory(Setting(licence=licence, tells_licence=bool(licence)))
    told = _told(await _examined(server))
    assert told[Topic.LICENCE] == {Severity.NOTE}


async def test_a_wrong_password_is_tried_once() -> None:
    """Failed logins lock users out."""
    server = _with_cache(PracticeArtifactory(), "docker-remote")
    found = await _examined(server, password=Secret("planted-and-wrong"))
    tried = [one for one in server.requests if one.endswith("/api/system/version")]
    assert (found.is_login_refused, len(tried)) == (True, 1)
    assert Topic.UPSTREAM not in _told(found)


def test_one_that_says_it_is_not_ready_is_broken() -> None:
    """It still answers."""
    assert health_observation(is_up=False).severity is Severity.BROKEN


@pytest.mark.parametrize(
    ("free", "severities", "gib"),
    [
        ("172.06 GB (84.23%)", [Severity.WELL], ["172"]),
        ("1,172.06 MB (0.5%)", [Severity.TROUBLE], ["1"]),
        ("0 bytes (0%)", [Severity.TROUBLE], ["0"]),
        ("Infinite", [], []),
    ],
)
async def test_a_disk_that_is_nearly_full_is_told(
    free: str, severities: list[Severity], gib: list[str]
) -> None:
    """In the product's own words for sizes; a bucket has no end."""
    found = await _examined(PracticeArtifactory(Setting(free_space=free)))
    told = [one for one in found.observations if one.topic is Topic.STORAGE]
    assert [one.severity for one in told] == severities
    assert [one.found.split()[0] for one in told] == gib
    assert len([one for one in found.readings if one.measure is Measure.FREE]) == len(severities)
