"""A warm interpreter does what a cold one does, only sooner."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.practice.demo.demonstration import FLEET_PROCESS, environment, eventually
from wizard.practice.home import PREFIX
from wizard.practice.host.marked_processes import MARK, processes_below

SECONDS = 30


def ran(interpreter: str, *words: str, folder: Path) -> tuple[int, str, str]:
    """Return exit status, output and errors of what an interpreter is told to run."""
    done = subprocess.run(
        [interpreter, *words],
        env=environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    return done.returncode, done.stdout, done.stderr


@contextmanager
def fleet_started(interpreter: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Yield what was started for a fleet that can be used, and the number of its process."""
    with subprocess.Popen(
        [interpreter, "-m", FLEET_PROCESS, "--base", str(folder), "--hosts", "1"],
        env={**environment(folder), MARK: str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        [lock] = folder.glob(f"{PREFIX}*/lock")
        yield process, int(lock.read_text())


@pytest.mark.parametrize(
    "words",
    [
        ("-m", "wizard", "--version"),
        ("-m", "wizard", "--no-such-option"),
        ("-m", "wizard", "plan", "-m", "missing.yaml"),
        ("-c", "import os; print(os.getcwd(), os.environ['LANG']); raise SystemExit(9)"),
    ],
)
def test_it_says_and_ends_as_a_cold_one(
    warm_interpreter: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Status, output and errors are the same to the byte."""
    assert ran(warm_interpreter, *words, folder=tmp_path) == ran(
        sys.executable, *words, folder=tmp_path
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_reaches_the_process_that_it_stands_for(
    warm_interpreter: str, tmp_path: Path, number: signal.Signals
) -> None:
    """One that can be taken is handed on; of the other the process dies too.

    Its environment and its command line are told by the kernel: processes of a fleet are found so.
    """
    with fleet_started(warm_interpreter, tmp_path) as (process, fleet):
        assert fleet in processes_below(tmp_path)
        assert fleet != process.pid
        assert FLEET_PROCESS.encode() in Path(f"/proc/{fleet}/cmdline").read_bytes().split(b"\0")

        os.kill(process.pid, number)

        assert process.wait(SECONDS) == (0 if number is signal.SIGTERM else -number)
    eventually(lambda: fleet not in processes_below(tmp_path), "the process goes on")


def test_of_a_signal_that_ends_the_process_whoever_waits_is_told(
    warm_interpreter: str, tmp_path: Path
) -> None:
    """One that cannot be taken ends also what stands for it."""
    with fleet_started(warm_interpreter, tmp_path) as (process, fleet):
        os.kill(fleet, signal.SIGKILL)

        assert process.wait(SECONDS) == -signal.SIGKILL


@pytest.mark.parametrize("said", [0, 8, 12], ids=["nothing", "a length", "a part"])
def test_one_that_is_killed_while_it_asks_takes_nothing_along(
    warm_interpreter: str, tmp_path: Path, said: int
) -> None:
    """The next one is served, and what came with the request is held by nobody."""
    if warm_interpreter == sys.executable:
        pytest.skip("this kernel has no descriptors of processes: nothing is warm")
    kept, passed = os.pipe()
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(Path(warm_interpreter).with_name("socket")))
        if said:
            words = (1000).to_bytes(8, "little") + b"part"
            socket.send_fds(asking, [words[:said]], [passed])
    os.close(passed)

    status, output, _errors = ran(warm_interpreter, "-m", "wizard", "--version", folder=tmp_path)

    assert (status, output.startswith("pilotage")) == (0, True)
    assert os.read(kept, 1) == b""
    os.close(kept)
