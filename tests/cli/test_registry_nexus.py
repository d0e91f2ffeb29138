"""Nexus from the command line: looked at, asked about, its licence accepted by a person only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeService
from wizard.errand.errand import ErrandAnswer, ErrandName, ErrandOutcome, ErrandStep

_IMAGE = "sonatype/nexus3:3.96.4"
_INSTALL = ("registry", "nexus-install", "web1", "--image", _IMAGE, "--yes")
_TEXT = "These words bind you."
_GOOD = {
    "architecture": "x86_64",
    "processors": "4",
    "available": str(8 << 20),
    "disk": str(100 << 20),
    "docker": "28.5.2",
    "files": "1048576",
    "nexus": "nobody",
    "data": "none",
}


def _answers(*, accepted: bool = False, changes: Mapping[str, str] | None = None) -> ErrandAnswer:
    told = {**_GOOD, **(changes or {})}
    told["licence"] = f"{'0' * 64} {json.dumps({'accepted': accepted, 'disclaimer': _TEXT})}"
    steps = [ErrandStep(subject=key, result="same", detail=text) for key, text in told.items()]
    return ErrandAnswer(outcome=ErrandOutcome.DONE, steps=tuple(steps))


def _sent(service: PracticeService) -> list[ErrandName]:
    return [call["errand"].name for call in service.called("start_errand")]


def test_yes_accepts_no_licence(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """It is shown, and installed is all that it is."""
    service.errand = _answers()
    file = tmp_path / "password"

    outcome = pilotage(*_INSTALL, "--password-to", str(file))

    assert outcome.code == 8
    assert _TEXT in outcome.err
    assert _sent(service) == [ErrandName.NEXUS_HOST, ErrandName.NEXUS_INSTALL]


def test_an_option_that_names_the_licence_accepts_what_was_shown(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """And a password that was made is kept before it is sent, where it was asked for only."""
    service.errand = _answers()
    file = tmp_path / "password"

    outcome = pilotage(*_INSTALL, "--password-to", str(file), "--accept-eula")
    again = pilotage(*_INSTALL, "--password-to", str(file), "--accept-eula")

    password = file.read_text(encoding="utf-8").strip()
    payloads = {call["payload"].reveal() for call in service.called("start_errand")[1:3]}
    assert (outcome.code, again.code) == (0, 0)
    assert _sent(service)[:3] == [
        *(ErrandName.NEXUS_HOST, ErrandName.NEXUS_INSTALL, ErrandName.NEXUS_LICENCE)
    ]
    assert (payloads, file.stat().st_mode & 0o077) == ({f"password: {password}"}, 0)
    words = " ".join(
        word for call in service.called("start_errand") for word in call["errand"].arguments
    )
    assert password not in outcome.out + outcome.err + words
    assert file.read_text(encoding="utf-8").strip() == password


def test_a_licence_that_is_accepted_is_asked_about_no_more(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """By whoever accepted it."""
    service.errand = _answers(accepted=True)

    outcome = pilotage(*_INSTALL, "--password", "env:NEXUS", environ={"NEXUS": "chosen-word"})

    assert (outcome.code, _TEXT in outcome.err) == (0, False)
    assert "from the first day: pilotage registry nexus-backup --apply" in outcome.err
    assert _sent(service) == [ErrandName.NEXUS_HOST, ErrandName.NEXUS_INSTALL]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"architecture": "s390x"}, "There is no image of Nexus for s390x."),
        ({"available": str(1 << 20)}, "1.0 GiB of memory are free; 2 are needed"),
        ({"disk": str(1 << 20)}, "1.0 GiB are free for its data; 5 are needed"),
        ({"port": "8082"}, "Port 8082 is taken."),
        ({"nexus": "theirs"}, "A container is called “nexus”"),
        ({"data": "theirs"}, "is not the data of a Nexus"),
        ({"files": "4096"}, "A container may open 4096 files"),
        ({"remapped": "yes"}, "Docker gives its containers other users"),
        ({"docker": ""}, "There is no Docker."),
    ],
)
def test_what_stands_against_it_is_told_and_nothing_is_sent(
    pilotage: Pilotage, service: PracticeService, change: dict[str, str], words: str
) -> None:
    """One finding for each, with a way out."""
    service.errand = _answers(changes=change)

    outcome = pilotage(*_INSTALL, "--password", "env:NEXUS", environ={"NEXUS": "chosen-word"})

    assert outcome.code == 5
    assert [words in line for line in outcome.err.splitlines() if "Blocked:" in line] == [True]
    assert _sent(service) == [ErrandName.NEXUS_HOST]


def test_its_own_container_is_no_obstacle_to_going_on(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Its ports are taken by itself."""
    service.errand = _answers(changes={"nexus": "ours", "data": "ours", "port": "8081"})

    outcome = pilotage("registry", "nexus-preflight", "web1")

    assert (outcome.code, outcome.out) == (0, "Nothing stands against Nexus there.\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--image", "sonatype/nexus3"), "may be another Nexus tomorrow"),
        (("--image", "sonatype/nexus3:latest"), "may be another Nexus tomorrow"),
        (("--image", "Sonatype nexus"), "is no name of an image"),
        (("--image", _IMAGE, "--data", "/etc"), "is a directory of the system"),
        (("--image", _IMAGE, "--data", "nexus"), "no absolute path"),
        (("--image", _IMAGE, "--connector", "8081"), "has the port of another one"),
        (("--image", _IMAGE, "--listen", "all"), "is no address"),
        (("--image", _IMAGE, "--archive-sha256", "abc"), "is no SHA-256"),
        (("--image", _IMAGE, "--heap", "64"), "less than 512 MiB"),
    ],
)
def test_what_cannot_work_is_refused_before_a_host_is_asked(
    pilotage: Pilotage, service: PracticeService, options: tuple[str, ...], words: str
) -> None:
    """With the exit code of input."""
    outcome = pilotage("registry", "nexus-install", "web1", *options, "--yes")

    assert (outcome.code, words in outcome.err, service.calls) == (2, True, [])


def test_data_go_only_when_they_are_named(pilotage: Pilotage, service: PracticeService) -> None:
    """The question says which."""
    service.errand = _answers()
    named: tuple[Any, ...] = ("--delete-data", "/srv/nexus-data")

    declined = pilotage("registry", "nexus-remove", "web1", *named, typed="n\n")
    pilotage("registry", "nexus-remove", "web1", "--yes")
    pilotage("registry", "nexus-remove", "web1", *named, "--yes")

    assert (declined.code, "delete all in /srv/nexus-data" in declined.err) == (8, True)
    arguments = [call["errand"].arguments for call in service.called("start_errand")]
    assert arguments == [("nexus", ""), ("nexus", "/srv/nexus-data")]
