"""Nothing is left of a demo, however it ends: no process, no port, no directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.practice.demo.demonstration import (
    FLEET_PROCESS,
    SECONDS,
    Demonstration,
    Traces,
    demonstration,
    eventually,
    is_free,
    traces,
)
from wizard.practice.demo.running import FleetRequest, running_fleet

pytestmark = pytest.mark.usefixtures("warm")


def nothing_is_left(demo: Demonstration, seen: Traces) -> None:
    """Wait until everything is gone: of a killed operator the fleet learns by itself."""
    eventually(lambda: not seen.left(), f"{seen.left()} stays")
    assert list(demo.base.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        ("SIGINT", 130, "Nothing of the demo is left."),
        ("SIGTERM", 143, ""),
        ("SIGHUP", 129, ""),
        ("SIGKILL", -signal.SIGKILL, ""),
    ],
)
def test_the_operator_is_ended(tmp_path: Path, name: str, code: int, word: str) -> None:
    """In the middle of a rollout: its process goes with the fleet, and so do armed watchdogs."""
    with demonstration(tmp_path) as demo:
        demo.wait_until_armed()
        seen = traces(tmp_path)
        assert {line.split()[0] for line in seen.left()} == {
            *("process", "fleet", "port", str(seen.home))
        }

        demo.process.send_signal(signal.Signals[name])

        status, errors = demo.end()
        assert (status, word in errors) == (code, True), errors
        assert "Traceback" not in errors
        nothing_is_left(demo, seen)


def test_the_fleet_is_killed(tmp_path: Path) -> None:
    """Its operator says so and clears away what it has left."""
    with demonstration(tmp_path) as demo:
        demo.wait_until_it_runs()
        seen = traces(tmp_path)

        os.kill(demo.fleet_process, signal.SIGKILL)

        status, errors = demo.end()
        assert status == 5, errors
        assert "The practice fleet has ended before its time" in errors
        assert "Start the demo again." in errors
        nothing_is_left(demo, seen)


def test_the_lifeline_ends_while_the_fleet_starts(tmp_path: Path) -> None:
    """It is given up at once, however large it was to be: nothing is told, and nothing is left."""
    with subprocess.Popen(
        [sys.executable, "-m", FLEET_PROCESS, "--base", str(tmp_path), "--hosts", "1000"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        eventually(lambda: any(tmp_path.glob("*/hosts/*")), "no host is being built")

        told, _errors = process.communicate(timeout=2 * SECONDS)

    assert (process.returncode, told) == (0, b"")
    assert list(tmp_path.iterdir()) == []


def test_both_are_killed(tmp_path: Path) -> None:
    """Nobody is there to clear away, so the next start does."""
    with demonstration(tmp_path) as demo:
        demo.wait_until_it_runs()
        seen = traces(tmp_path)
        os.kill(seen.process, signal.SIGSTOP)

        demo.process.kill()
        os.kill(seen.process, signal.SIGKILL)

        demo.end()
        eventually(lambda: is_free(seen.home), f"{seen.process} does not die")
        assert str(seen.home) in seen.left()
        with running_fleet(FleetRequest(hosts=1, base=tmp_path)):
            assert seen.left() == []
        nothing_is_left(demo, seen)
