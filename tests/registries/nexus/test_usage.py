"""The Community Edition's limits beside what is used and what the fleet will use."""

from __future__ import annotations

import pytest

from tests.registries.nexus.stage import contracted, staged
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import Setting
from wizard.registries.choice.answers import Load
from wizard.registries.nexus.release import Edition, Limits, Release, release_of
from wizard.registries.nexus.usage import Usage
from wizard.registries.provisioning import Action, Finding

FLEET = Load(hosts=300, requests=99_000, components=100, seen=False)


async def _usage(
    server: PracticeNexus, load: Load | None, *, components: int = 0, requests: int = 0
) -> Finding:
    server.system.components, server.system.requests = components, requests
    async with staged(server, transport=contracted(server)) as stage:
        return await Usage(stage.nexus, await stage.nexus.release(), load).look()


@pytest.mark.parametrize(
    ("server", "release"),
    [
        ("Nexus/3.96.1-01 (COMMUNITY)", ((3, 96, 1), Edition.COMMUNITY)),
        ("Nexus/3.71.0-06 (OSS)", ((3, 71, 0), Edition.OSS)),
        ("Nexus/3.90.1-01 (PRO)", ((3, 90, 1), Edition.PRO)),
        ("Nexus/3.99.0 (SOMETHING)", ((3, 99, 0), Edition.UNKNOWN)),
        ("nginx", ((0, 0, 0), Edition.UNKNOWN)),
    ],
)
def test_version_and_edition_stand_in_a_header(
    server: str, release: tuple[tuple[int, int, int], Edition]
) -> None:
    """What is not said there is not known."""
    found = release_of(server)
    assert (found.version, found.edition) == release


def test_limits_were_halved_in_3_87() -> None:
    """And only the Community Edition has any; a hidden version is taken for a new one."""
    community = Edition.COMMUNITY
    assert [
        Release(version=(3, 86, 0), edition=community).limits,
        Release(version=(3, 87, 0), edition=community).limits,
        Release(edition=community).limits,
        Release(version=(3, 96, 0), edition=Edition.PRO).limits,
    ] == [
        Limits(components=100_000, requests_a_day=200_000),
        Limits(components=40_000, requests_a_day=100_000),
        Limits(components=40_000, requests_a_day=100_000),
        None,
    ]


async def test_a_fleet_near_the_limit_is_told() -> None:
    """300 hosts x 30 pulls x (4 + 7 layers) are 99,000 requests a day."""
    finding = await _usage(PracticeNexus(), FLEET)
    assert (finding.action, finding.warnings) == (
        Action.NOTHING,
        (
            "the fleet will ask about 99000 times a day, the edition allows 100000",
            "above either limit a proxy keeps no new image",
        ),
    )


@pytest.mark.parametrize(
    ("requests", "warned"), [(60_000, False), (60_001, True)], ids=["at 60 %", "above"]
)
async def test_sixty_percent_is_where_warnings_begin(*, requests: int, warned: bool) -> None:
    """A fleet grows, and failed requests count too."""
    load = Load(hosts=1, requests=requests, components=0, seen=False)
    finding = await _usage(PracticeNexus(), load)
    assert bool(finding.warnings) is warned


async def test_what_is_over_is_for_a_person() -> None:
    """With what there is and what may be, newest figures first."""
    finding = await _usage(PracticeNexus(), None, components=40_001, requests=100_002)
    assert finding.action is Action.BY_HAND
    assert [(one.field, one.found, one.wanted) for one in finding.differences] == [
        ("components", "40001", "at most 40000"),
        ("requests", "100002", "at most 100000"),
    ]


@pytest.mark.parametrize(("minor", "edition"), [(96, "PRO"), (71, "OSS"), (80, "COMMUNITY")])
async def test_who_has_no_limit_or_no_figures_is_not_bothered(minor: int, edition: str) -> None:
    """The other editions are not metered, and before 3.81 nothing tells what is used."""
    server = PracticeNexus(Setting(minor=minor, edition=edition))
    finding = await _usage(server, None, components=90_000)
    assert (finding.action, finding.warnings) == (Action.NOTHING, ())
