"""What a demo cannot be had with: a message of what, where, in what state, what to do; code 2."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.practice.demo.demonstration import SECONDS, command, environment

pytestmark = pytest.mark.usefixtures("warm")


def run(base: Path, *arguments: str, before: str = "exec ") -> subprocess.CompletedProcess[str]:
    """Run a headless demo; `before` ends with an `exec` of what follows it."""
    return subprocess.run(
        ["sh", "-c", before + shlex.join(command("--headless", *arguments))],
        env=environment(base),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def refused(base: Path, *arguments: str, before: str = "exec ") -> str:
    """Return what a headless demo says that is refused, the one way or the other."""
    done = run(base, *arguments, before=before)
    assert done.returncode == 2, done.stderr
    assert list(base.iterdir()) == []
    return done.stderr


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Yield a port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.mark.parametrize("count", ["0", "5001", "-1"])
def test_a_fleet_of_no_size(tmp_path: Path, count: str) -> None:
    """Between one host and five thousand."""
    said = refused(tmp_path, "--hosts", count)

    assert f"A practice fleet has 1 to 5000 hosts, not {count}." in said
    assert "Nothing was started." in said
    assert "Name another number with --hosts." in said


def test_an_unknown_scenario(tmp_path: Path) -> None:
    """The message lists those that there are."""
    said = refused(tmp_path, "--scenario", "tsunami")

    assert "There is no scenario “tsunami”." in said
    assert "calm, bad-ca" in said


def test_a_busy_port(tmp_path: Path, taken_port: int) -> None:
    """The message names it and how to find out who has it; as a document too.

    How many hosts were to be there is narrated before: a demo that is not told has 24.
    """
    done = run(tmp_path, "--port", str(taken_port), "--json")

    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "Starting 24 practice hosts\n" in done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["what"] == f"Port {taken_port} of 127.0.0.1 is taken by another program."
    assert (error["kind"], error["exit_code"]) == ("InputError", 2)
    assert error["state"] == "Nothing was started."
    assert f"lsof -i :{taken_port}" in error["todo"]


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::1", "localhost"])  # noqa: S104  # refused
def test_an_address_that_is_not_of_loopback(tmp_path: Path, address: str) -> None:
    """Practice hosts have passwords that everybody knows: no other machine gets to them."""
    said = refused(tmp_path, "--hosts", "1", "--address", address)

    assert f"“{address}” is not an IPv4 address of loopback." in said
    assert "Starting" not in said


def test_a_terminal_is_needed_for_the_wizard(tmp_path: Path) -> None:
    """A pipe has none; the message names the way without one."""
    done = subprocess.run(
        command(),
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert (done.returncode, list(tmp_path.iterdir())) == (7, [])
    assert "Add --headless" in done.stderr
