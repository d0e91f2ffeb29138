"""A Nexus examined from within: each trouble is made on the practice one, and told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.registries.nexus.stage import contracted, provisioned, staged
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import Setting
from wizard.registries.doctor.nexus import look_into_nexus, room, store_observation
from wizard.registries.doctor.observation import Measure, Reading, Severity, Topic
from wizard.registries.nexus.values import BlobStore
from wizard.registries.subject_name import PULLS_WITHOUT_LOGIN, SubjectKind, named


@pytest.mark.parametrize(("minor", "edition"), [(71, "OSS"), (90, "COMMUNITY"), (96, "PRO")])
async def test_a_provisioned_nexus_is_well(minor: int, edition: str) -> None:
    """What provisioning leaves is what the doctor wants, and looking changes nothing."""
    server = PracticeNexus(Setting(minor=minor, edition=edition))
    async with staged(server, transport=contracted(server)) as stage:
        await provisioned(stage.nexus)
        changes = len(stage.changes)
        seen = await look_into_nexus(stage.nexus)
    assert {one.severity for one in seen.observations} == {Severity.WELL}
    assert len(stage.changes) == changes


async def test_a_nexus_is_asked_once_for_its_release() -> None:
    """Two looks need it; a licence counts requests."""
    async with staged(PracticeNexus()) as stage:
        await look_into_nexus(stage.nexus)
        asked = [one for one in stage.server.requests if one.endswith("/v1/status")]
    assert len(asked) == 1


async def test_a_new_nexus_has_all_that_provisioning_mends() -> None:
    """As it comes: no licence, no realm, nobody without an account, no proxy."""
    async with staged(PracticeNexus()) as stage:
        seen = await look_into_nexus(stage.nexus)
    assert [(one.topic, one.fixed_by) for one in seen.observations if one.fixed_by] == [
        (Topic.TOKENS, named(SubjectKind.REALMS)),
        (Topic.LICENCE, named(SubjectKind.LICENCE)),
        (Topic.ANONYMOUS, PULLS_WITHOUT_LOGIN),
        (Topic.UPSTREAM, named(SubjectKind.REPOSITORY)),
    ]


def _wide(server: PracticeNexus) -> None:
    server.security.users["anonymous"].document["roles"] = ["nx-anonymous"]


def _basic(server: PracticeNexus) -> None:
    server.repositories.all["quay"]["docker"].pop("forceBasicAuth")


def _blocked(server: PracticeNexus) -> None:
    server.repositories.all["quay"]["httpClient"]["blocked"] = True


def _offline(server: PracticeNexus) -> None:
    server.repositories.all["docker-group"]["online"] = False


def _frozen(server: PracticeNexus) -> None:
    server.system.writable = False


@pytest.mark.parametrize(
    ("harm", "topic", "severity", "words"),
    [
        (_wide, Topic.ANONYMOUS, Severity.TROUBLE, "every repository"),
        (_basic, Topic.UPSTREAM, Severity.BROKEN, "quay wants an account"),
        (_blocked, Topic.UPSTREAM, Severity.BROKEN, "quay is blocked"),
        (_offline, Topic.UPSTREAM, Severity.BROKEN, "docker-group is offline"),
        (_frozen, Topic.READ_ONLY, Severity.BROKEN, "frozen"),
    ],
)
async def test_one_harm_is_one_observation(
    harm: Callable[[PracticeNexus], None], topic: Topic, severity: Severity, words: str
) -> None:
    """And nothing else is taken for wrong."""
    server = PracticeNexus()
    async with staged(server) as stage:
        await provisioned(stage.nexus)
        harm(server)
        seen = await look_into_nexus(stage.nexus)
    wrong = [one for one in seen.observations if one.severity is not Severity.WELL]
    assert [(one.topic, one.severity) for one in wrong] == [(topic, severity)]
    assert words in wrong[0].found


def test_a_bucket_that_tells_no_room_is_not_full() -> None:
    """Only stores that tell their room are measured by it; a full disk says 0 as well."""
    bucket = BlobStore(name="s3", type="S3", total_size_in_bytes=7)
    files = BlobStore(
        name="files", type="File", total_size_in_bytes=40, available_space_in_bytes=60
    )
    used = Reading(measure=Measure.USED, value=47)
    assert room((bucket, files)) == (Reading(measure=Measure.FREE, value=60, limit=10), used)
    full = BlobStore(name="full", type="File", total_size_in_bytes=10)
    assert room((full,))[0] == Reading(measure=Measure.FREE, value=0, limit=1)
    assert [store_observation(one).severity for one in (bucket, files, full)] == [
        Severity.WELL,
        Severity.WELL,
        Severity.TROUBLE,
    ]
    assert room((bucket,)) == (Reading(measure=Measure.USED, value=7),)
