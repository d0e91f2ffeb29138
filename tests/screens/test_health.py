"""The live page of a registry: what is wrong, and what moves, as long as somebody looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from screens.dialogs.health import EVERY
from screens.glyphs import choose_glyphs
from screens.session import Step
from screens.sparkline import sparkline
from tests.screens.stage import Stage, on_stage, scripted
from wizard.errors import RegistryError
from wizard.registries.doctor.observation import Topic
from wizard.service import Examination, Measure, Observation, Reading, Severity
from wizard.target import TargetKind

GIB = 1 << 30
FOUND = Examination(
    url="https://harbor.example.net",
    kind=TargetKind.HARBOR,
    version="2.15.2",
    observations=(
        Observation(topic=Topic.TRUST, severity=Severity.WELL, found="its certificate is trusted"),
        Observation(
            topic=Topic.READ_ONLY,
            severity=Severity.BROKEN,
            found="it is read-only\x1b[2J",
            todo="Set read_only to false.",
            source="goharbor/harbor, src/core",
        ),
    ),
    readings=(
        Reading(measure=Measure.ANSWER, value=0.012),
        Reading(measure=Measure.FREE, value=4 * GIB, limit=10 * GIB),
        Reading(measure=Measure.QUEUE, value=3),
    ),
)


async def open_page(stage: Stage) -> None:
    """Type a URL and look."""
    await stage.focus("#url-input")
    await stage.type("https://harbor.example.net")
    await stage.press("f4")
    await stage.see("How the registry is")


async def test_it_tells_what_is_wrong_what_to_do_and_what_is_measured(tmp_path: Path) -> None:
    """At 80x24; what is over its limit has a sign of its own beside the colour."""
    service = scripted(tmp_path)
    service.examination = FOUND
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await open_page(stage)
        await stage.see(
            "harbor 2.15.2  looked at every 10 s",
            "time to answer    12 ms",
            "free on its disk  4 GiB",
            "at least 10 GiB",
            "✗ BROKEN    it is read-only",
            "✓ well      its certificate is trusted",
            "BROKEN: it is read-only",
            "Set read_only to false.",
        )


async def test_a_probe_counts_what_is_wrong_and_enter_leads_there(tmp_path: Path) -> None:
    """A target that answers is not yet one that is ready."""
    service = scripted(tmp_path)
    service.examination = FOUND
    async with on_stage(tmp_path, service=service) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.see("Health       ✗ 1 BROKEN  F4 lists them")
        await stage.focus("#found")
        service.examination = replace(FOUND, observations=FOUND.observations[:1])
        await stage.press("home", "enter")
        await stage.see("How the registry is", "✓ well")
        await stage.press("escape")
        await stage.see("Health       ✓ nothing is wrong with it")


async def test_it_is_looked_at_again_and_again_but_uploads_only_once(tmp_path: Path) -> None:
    """A queue that grows is seen to grow; a registry is not filled by being watched."""
    service = scripted(tmp_path)
    service.examination = FOUND
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await open_page(stage)
        await stage.see("jobs waiting      3")
        readings = (Reading(measure=Measure.QUEUE, value=4_812),)
        service.examination = replace(FOUND, readings=readings)
        stage.clock.advance(EVERY)
        await stage.see("jobs waiting      4,812", "▁█")
        uploads = [one["with_upload"] for one in service.called("examine_registry")]
        assert uploads == [True, False]


async def test_a_look_that_fails_is_told_and_looking_goes_on(tmp_path: Path) -> None:
    """As when somebody restarts it; the page is for just that hour."""
    service = scripted(tmp_path)
    service.examination = FOUND
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await stage.see("Which registry")
        service.failure = RegistryError("it did not answer in time", todo="Check the port.")
        await open_page(stage)
        await stage.see("it did not answer in time", "Check the port.")
        stage.clock.advance(EVERY)
        await stage.see("harbor 2.15.2")


async def test_a_login_that_is_refused_is_tried_once(tmp_path: Path) -> None:
    """Ten seconds later it would be as wrong, and failed logins lock users out."""
    service = scripted(tmp_path)
    refused = Observation(topic=Topic.LOGIN, severity=Severity.BROKEN, found="it is wrong")
    service.examination = replace(FOUND, observations=(refused,))
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await open_page(stage)
        await stage.see("it is wrong")
        for _again in range(3):
            stage.clock.advance(EVERY)
            await stage.pilot.pause()
        assert len(service.called("examine_registry")) == 1


async def test_a_mistake_of_ours_ends_the_watching_with_a_word(tmp_path: Path) -> None:
    """What is on the screen would pass for news."""
    service = scripted(tmp_path)
    service.examination = FOUND
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await open_page(stage)
        await stage.see("harbor 2.15.2")
        service.failure = ZeroDivisionError()
        stage.clock.advance(EVERY)
        await stage.see("a mistake of ours ended the watching: ZeroDivisionError")


async def test_with_fields_that_are_wrong_nothing_is_looked_at(tmp_path: Path) -> None:
    """Each says so; nobody is asked."""
    async with on_stage(tmp_path, step=Step.REGISTRY) as stage:
        await stage.see("Which registry")
        stage.part("#url-input").value = ""
        stage.part("#password-input").value = "hunter2"
        await stage.press("f4")
        await stage.see("the registry's URL is needed", "not the password itself")
        assert stage.service.called("examine_registry") == []


@pytest.mark.parametrize(
    ("values", "width", "expected"),
    [
        ([], 8, ""),
        ([5, 5, 5], 8, "▁▁▁"),
        ([0, 7], 8, "▁█"),
        ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"),
        ([9, 0, 7], 2, "▁█"),
        ([1, 2], 0, ""),
    ],
)
def test_a_sparkline_is_as_high_as_its_values(
    values: list[float], width: int, expected: str
) -> None:
    """Between the least and the greatest that are shown."""
    assert sparkline(values, width) == expected


def test_a_terminal_without_blocks_gets_a_sparkline_too() -> None:
    """In ASCII."""
    choose_glyphs({"TERM": "linux"})
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == "_.-=+*#@"
