"""`pilotage demo` as people and programs use it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.practice.demo.demonstration import SECONDS, command, environment
from wizard.practice.demo.scenarios import SCENARIOS


def told(base: Path, *arguments: str) -> tuple[int, str, str]:
    """Return exit code, output and errors of a demo."""
    done = subprocess.run(
        command(*arguments),
        env=environment(base),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_every_scenario_is_listed_with_its_ending(tmp_path: Path) -> None:
    """In words, and as a document."""
    status, words, _errors = told(tmp_path, "--list")
    document = json.loads(told(tmp_path, "--list", "--json")[1])

    assert status == 0
    assert [line for line in words.splitlines() if not line.startswith(" ")] == list(SCENARIOS)
    for listed, scenario in zip(document["scenarios"], SCENARIOS.values(), strict=True):
        assert listed["name"] == scenario.name
        assert f"    {listed['summary']}\n    Ends: {listed['ending']}\n" in words


def test_a_headless_demo_is_one_document(tmp_path: Path) -> None:
    """Everything went as documented: exit code 0, figures, and narration on standard error."""
    status, output, errors = told(tmp_path, "--headless", "--json", "--hosts", "2", "--seed", "3")

    document = json.loads(output)
    assert (status, document["document"], document["version"]) == (0, "demo", 1), errors
    assert document["as_documented"] is True
    assert document["unmet"] == []
    assert (document["scenario"], document["hosts"], document["seed"]) == ("calm", 2, 3)
    assert (document["rollout"], document["rollback"]) == ({"confirmed": 2}, {"rolled_back": 2})
    assert document["seconds"] >= sum(phase["seconds"] for phase in document["phases"]) - 0.1
    assert all(10 << 20 < size < 1 << 30 for size in document["peak_memory"].values())
    assert "Rollout: the canary first, then in waves" in errors
    assert list(tmp_path.iterdir()) == []


def test_a_summary_for_people_says_who_was_struck(tmp_path: Path) -> None:
    """A table of phases, figures, and how hosts ended."""
    status, output, errors = told(
        tmp_path, *("--headless", "--hosts", "2", "--scenario", "lost-after-activation")
    )

    assert status == 0, errors
    words = dict(line.split("  ", 1) for line in output.splitlines() if "  " in line)
    assert words["Scenario"].strip() == "lost-after-activation"
    assert words["Struck"].strip().startswith("lost_after_activation ")
    assert words["Not as documented"].strip() == "0"
    assert float(words["rollout"]) > 0
    assert words["After the rollback"].strip() == "2 rolled back"
