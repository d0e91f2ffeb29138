"""`pilotage demo` as people and programs use it."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.practice.demo.demonstration import SECONDS, command, environment
from wizard.practice.demo.scenarios import SCENARIOS
from wizard.practice.designs import CATALOGUE, fleet_designs

pytestmark = pytest.mark.usefixtures("warm")

HOSTS = len(CATALOGUE) + 1
"""Every flavour is in the first wave, and one host is in another."""


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
    """Of a demo of which nothing special is asked: every flavour goes there and comes back.

    Exit code 0, figures in the document, and narration on standard error.
    """
    began = time.monotonic()
    status, output, errors = told(tmp_path, "--headless", "--json", "--hosts", str(HOSTS))
    wall = time.monotonic() - began

    document = json.loads(output)
    assert (status, document["document"], document["version"]) == (0, "demo", 1), errors
    assert (document["as_documented"], document["unmet"]) == (True, [])
    assert (document["scenario"], document["hosts"], document["seed"]) == ("calm", HOSTS, 0)
    assert (document["addressing"], document["blocked"]) == ("root", [])
    assert {design.flavour for design in fleet_designs(HOSTS)} == set(CATALOGUE)
    assert (document["rollout"], document["rollback"]) == (
        {"confirmed": HOSTS},
        {"rolled_back": HOSTS},
    )
    assert [phase["name"] for phase in document["phases"]] == [
        *("start", "look", "target", "discovery", "plan"),
        *("rollout", "proof", "rollback", "proof_of_rollback"),
    ]
    assert wall / 3 < document["seconds"] < wall
    assert all(10 << 20 < size < 1 << 30 for size in document["peak_memory"].values())
    assert "Rollout: the canary first, then in waves" in errors
    assert list(tmp_path.iterdir()) == []
