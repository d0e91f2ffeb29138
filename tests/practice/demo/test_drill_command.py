"""`pilotage demo --drill` before one is held: which there are, and what it does not go with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.practice.demo.test_demo_command import told
from wizard.practice.demo.drills import DRILLS

pytestmark = pytest.mark.usefixtures("warm")


def test_every_drill_is_listed_with_its_story_and_goal(tmp_path: Path) -> None:
    """In words, folded to the screen, and as a document."""
    status, words, _errors = told(tmp_path, "--drill", "--list")
    document = json.loads(told(tmp_path, "--drill", "--list", "--json")[1])

    assert status == 0
    assert [line for line in words.splitlines() if not line.startswith(" ")] == list(DRILLS)
    assert max(len(line) for line in words.splitlines()) <= 80
    assert document["document"] == "drills"
    unfolded = " ".join(words.split())
    for listed, drill in zip(document["drills"], DRILLS.values(), strict=True):
        assert (listed["name"], listed["goal"]) == (drill.scenario, drill.goal)
        assert f"{drill.scenario} {drill.story} Goal: {drill.goal}" in unfolded
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ("--headless",),
            2,
            (
                "A drill is done by hand: it does not go with --headless.",
                "Nothing was started.",
                "Leave one of the two out.",
            ),
        ),
        ((), 7, ("The wizard needs a terminal.", "A drill cannot be done without one.")),
        (
            ("--scenario", "slow-host"),
            2,
            ("There is no drill “slow-host”.", f"Choose one of: {', '.join(DRILLS)}."),
        ),
    ],
    ids=["headless", "without a terminal", "a scenario that is none"],
)
def test_what_a_drill_does_not_go_with(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    """A message with the way out, and no fleet was begun."""
    status, output, errors = told(tmp_path, "--drill", *arguments)

    assert (status, output) == (code, "")
    assert [one for one in words if one not in errors] == []
    assert "Starting" not in errors
    assert list(tmp_path.iterdir()) == []


def test_a_refused_drill_is_told_as_a_document(tmp_path: Path) -> None:
    """With the kind of error and the exit code that it has."""
    status, output, _errors = told(tmp_path, "--drill", "--headless", "--json")

    error = json.loads(output)["error"]
    assert (status, error["exit_code"], error["kind"]) == (2, 2, "InputError")
    assert "--headless" in error["what"]
