"""The commands in processes of their own, on the real engine, against loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.clock import SystemClock
from wizard.run.places import run_folder

PATIENCE = 60


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """Return a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        yield server.getsockname()[1]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose home and state are the test's own."""
    return {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}


def command(*arguments: str) -> list[str]:
    """Return the command line of `pilotage` with arguments."""
    return [sys.executable, "-m", "wizard", *arguments]


def write_migration(folder: Path, port: int) -> str:
    """Write a migration of one host on loopback and return its path."""
    path = folder / "migration.yaml"
    path.write_text(
        f"version: 1\nhosts:\n  web1: {{address: 127.0.0.1, port: {port}}}\n", encoding="utf-8"
    )
    return str(path)


def test_a_host_that_refuses_is_a_trouble_with_its_place(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    """The discovery runs in its own process, ends, and is found again by `runs` and `show`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed_port = server.getsockname()[1]
    file = write_migration(tmp_path, closed_port)

    found = subprocess.run(
        command("discover", "-m", file, "--json"),
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    document = json.loads(found.stdout)
    shown = subprocess.run(
        command("show", document["run"]),
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert found.returncode == 5
    assert [trouble["host"] for trouble in document["troubles"]] == ["web1"]
    assert document["hosts"] == []
    assert "Traceback" not in found.stderr
    assert shown.returncode == 0
    assert "unreachable" in shown.stdout


def test_ctrl_c_ends_the_view_and_not_the_run(
    tmp_path: Path, environ: dict[str, str], deaf_port: int
) -> None:
    """The run's process lives on, takes an order, and ends."""
    file = write_migration(tmp_path, deaf_port)
    folder = run_folder(tmp_path / "state" / "pilotage", SystemClock())

    with subprocess.Popen(
        command("discover", "-m", file),
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as view:
        assert view.stderr is not None
        assert "started" in view.stderr.readline()
        assert "read 0 of 1" in view.stderr.readline()
        view.send_signal(signal.SIGINT)
        words = view.stderr.read()
        code = view.wait(PATIENCE)
    (run,) = folder.runs()
    was_running = folder.is_running(run)
    ordered = subprocess.run(
        command("order", "stop", run), env=environ, timeout=PATIENCE, check=False
    )
    watched = subprocess.run(
        command("watch", run, "--json"),
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert code == 130
    assert f"Run {run} goes on in its own process" in words
    assert was_running is True
    assert (ordered.returncode, watched.returncode) == (0, 0)
    assert json.loads(watched.stdout.splitlines()[-1])["state"] == "ended"
