"""A practice fleet as a process of its own: its lifeline, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wizard.practice.host.marked_processes import processes_below

pytestmark = pytest.mark.usefixtures("warm")

SECONDS = 30


@contextmanager
def fleet_process(base: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Start a fleet of two hosts in `base`, and yield it with what it says of itself."""
    command = [sys.executable, "-m", "wizard.practice", str(base), "--hosts", "2", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def listens(described: Any) -> bool:
    """Tell whether a host of a fleet can be reached."""
    host = described["hosts"][0]
    with socket.socket() as probe:
        return probe.connect_ex((host["address"], host["port"])) == 0


def test_it_says_where_everything_is(tmp_path: Path) -> None:
    """One line of JSON, when all of it can be used."""
    with fleet_process(tmp_path, "--jump") as (_process, described):
        assert Path(described["migration_file"]).is_file()
        assert [Path(host["root"]).is_dir() for host in described["hosts"]] == [True, True]
        assert listens(described)


@pytest.mark.parametrize("how", ["end of input", *("SIGINT", "SIGTERM", "SIGHUP")])
def test_it_ends_with_its_lifeline_and_leaves_nothing(tmp_path: Path, how: str) -> None:
    """No process, no port, no directory, and no complaint."""
    with fleet_process(tmp_path) as (process, described):
        if how == "end of input":
            assert process.stdin is not None
            process.stdin.close()
        else:
            process.send_signal(signal.Signals[how])
        status = process.wait(SECONDS)
        assert process.stderr is not None
        assert (status, process.stderr.read()) == (0, "")

    assert list(tmp_path.iterdir()) == []
    assert not listens(described)


def test_the_next_start_cleans_what_a_killed_one_left(tmp_path: Path) -> None:
    """SIGKILL leaves a directory and perhaps processes; both are gone after the next start."""
    with fleet_process(tmp_path) as (process, killed):
        left = subprocess.Popen(
            ["sleep", "300"], env={"PILOTAGE_ROOT": killed["hosts"][0]["root"], "PATH": "/bin"}
        )
        os.kill(int((Path(killed["home"]) / "lock").read_text()), signal.SIGKILL)
        process.wait(SECONDS)
    assert Path(killed["home"]).is_dir()

    with fleet_process(tmp_path) as (_process, described):
        assert left.wait(SECONDS) == -signal.SIGKILL
        assert processes_below(Path(killed["home"])) == []
        assert [folder.name for folder in tmp_path.iterdir()] == [Path(described["home"]).name]


def test_two_fleets_do_not_disturb_each_other(tmp_path: Path) -> None:
    """One that lives is not taken for one that was left behind."""
    with fleet_process(tmp_path) as (_one, first), fleet_process(tmp_path) as (_two, second):
        assert listens(first)
        assert listens(second)


def test_an_address_that_is_not_of_loopback(tmp_path: Path) -> None:
    """A message and exit code 2; nothing is left."""
    done = refused_fleet(str(tmp_path), "--address", "192.0.2.1")

    assert "“192.0.2.1” is not an IPv4 address of loopback." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_machine_that_lets_too_few_files_be_open(tmp_path: Path) -> None:
    """The message says how many are needed, and what to do."""
    done = refused_fleet(str(tmp_path), "--hosts", "500", before="ulimit -n 300; ")

    assert "So many hosts need 2524 open files, and this machine allows 300." in done.stderr
    assert "ulimit" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_base_that_is_not_there(tmp_path: Path) -> None:
    """The message names it."""
    done = refused_fleet(str(tmp_path / "missing"))

    assert f"{tmp_path}/missing: The practice fleet cannot make its directory" in done.stderr


@pytest.mark.parametrize("count", ["0", "5001", "many"])
def test_a_fleet_of_no_size(tmp_path: Path, count: str) -> None:
    """Between one host and five thousand."""
    done = refused_fleet(str(tmp_path), "--hosts", count)

    assert "--hosts" in done.stderr


def refused_fleet(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Start a fleet that refuses, with the exit code of wrong input and nothing on its output."""
    command = shlex.join([sys.executable, "-m", "wizard.practice", *arguments])
    done = subprocess.run(
        ["sh", "-c", f"{before}exec {command}"],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    return done
