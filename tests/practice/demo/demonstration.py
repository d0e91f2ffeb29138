"""`pilotage demo` as a process of its own, in a directory where nothing else lives."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wizard.practice.home import PREFIX
from wizard.practice.host.marked_processes import processes_below

SECONDS = 60.0


def environment(base: Path) -> dict[str, str]:
    """Return an environment in which practice fleets live in `base`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(base),
        "PYTHONPATH": str(Path.cwd()),
        "XDG_RUNTIME_DIR": str(base),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def command(*arguments: str) -> list[str]:
    """Return the command line of a demo."""
    return [sys.executable, "-m", "wizard", "demo", *arguments]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """A demo that goes on.

    Attributes:
        process: of the operator.
        base: where its fleet lives.
    """

    process: subprocess.Popen[str]
    base: Path

    @property
    def home(self) -> Path:
        """Return the fleet's directory."""
        [home] = self.base.glob(f"{PREFIX}*")
        return home

    @property
    def fleet_process(self) -> int:
        """Return the fleet's process: it holds the lock."""
        return int((self.home / "lock").read_text())

    @property
    def ports(self) -> list[int]:
        """Return the ports of the hosts, as their operator knows them."""
        lines = (self.home / "operator/known_hosts").read_text().splitlines()
        return [int(line.split()[0].rpartition(":")[2]) for line in lines]

    def wait_until_it_runs(self) -> None:
        """Return once a run of the product is under way on its fleet."""
        eventually(self._runs, "no run was started")

    def _runs(self) -> bool:
        homes = list(self.base.glob(f"{PREFIX}*"))
        return bool(homes) and bool(processes_below(homes[0] / "operator"))

    def end(self) -> tuple[int, str]:
        """Return exit code and errors once it has ended."""
        _output, errors = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, errors


@contextmanager
def demonstration(base: Path, *arguments: str) -> Iterator[Demonstration]:
    """Start a headless demo of one host."""
    errors: IO[str] | int = subprocess.PIPE
    with subprocess.Popen(
        command("--headless", "--hosts", "1", *arguments),
        env=environment(base),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    ) as process:
        try:
            yield Demonstration(process=process, base=base)
        finally:
            process.kill()


def left_behind(home: Path, ports: list[int]) -> list[str]:
    """Return what is left of a fleet: its directory, processes, ports."""
    left = [f"process {pid}" for pid in processes_below(home)]
    left += [str(home)] if home.exists() else []
    return left + [f"port {port}" for port in ports if _listens(port)]


def eventually(condition: Callable[[], bool], complaint: str) -> None:
    """Return as soon as `condition` holds; fail with `complaint` where it never does."""
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, complaint
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
