"""`pilotage demo` as a process of its own, in a directory where nothing else lives."""

from __future__ import annotations

import fcntl
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wizard.practice.home import PREFIX
from wizard.practice.host.marked_processes import processes_below

FLEET_PROCESS = "wizard.practice.demo"
SECONDS = 60.0
_LISTENS = "0A"
_OTHER_REGISTRIES = 2
"""The upstream's, and the target that the migration file does not name."""


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
        """Return the fleet's process."""
        return fleet_of(self.home)

    def wait_until_it_runs(self) -> None:
        """Return once a run of the product is under way on its fleet."""
        eventually(self._runs, "no run was started")

    def wait_until_armed(self) -> None:
        """Return once a watchdog on a host guards a change."""
        eventually(lambda: is_armed(self.base), "nothing was armed")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What is there of a fleet while it runs.

    Attributes:
        home: its directory.
        process: its process.
        ports: all that this process listens on: of hosts, of registries, of the jump host.
    """

    home: Path
    process: int
    ports: frozenset[int]

    def left(self) -> list[str]:
        """Return what is left of it: processes, directory, ports."""
        left = [f"process {pid}" for pid in processes_below(self.home)]
        left += [f"fleet process {self.process}"] if _is_a_fleet(self.process) else []
        left += [str(self.home)] if self.home.exists() else []
        return left + [f"port {port}" for port in sorted(self.ports) if _listens(port)]


def traces(base: Path) -> Traces:
    """Return the traces of the one fleet in `base`; fails where its ports are not those known."""
    [home] = base.glob(f"{PREFIX}*")
    ports = _ports_of(fleet_of(home))
    files = [(home / "operator" / name).read_text() for name in ("known_hosts", "migration.yaml")]
    known = {int(port) for text in files for port in re.findall(r"(?:\]|localhost):(\d+)", text)}
    assert known, files
    assert known <= ports, (known, ports)
    assert len(ports) >= len(known) + _OTHER_REGISTRIES
    return Traces(home=home, process=fleet_of(home), ports=ports)


def fleet_of(home: Path) -> int:
    """Return the process of the fleet in a home: it holds the lock."""
    return int((home / "lock").read_text())


def is_free(home: Path) -> bool:
    """Tell whether nobody holds a home any more: one that was killed does until it has died."""
    with (home / "lock").open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def is_armed(base: Path) -> bool:
    """Tell whether a host of a fleet in `base` has a change that nobody has confirmed yet."""
    return any(base.glob(f"{PREFIX}*/hosts/*/root/var/lib/pilotage/*/armed"))


def _ports_of(process: int) -> frozenset[int]:
    """Return the TCP ports that a process of Linux listens on."""
    links = []
    for path in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            links.append(os.readlink(path))  # noqa: PTH115  # no path: `socket:[7]`
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    own = {link.removeprefix("socket:[").rstrip("]") for link in links}
    listening = [row for row in rows if row[3] == _LISTENS and row[9] in own]
    return frozenset(int(row[1].partition(":")[2], 16) for row in listening)


def _is_a_fleet(process: int) -> bool:
    """Tell whether a process is there and is still that of a fleet."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
    return FLEET_PROCESS.encode() in words


def eventually(condition: Callable[[], bool], complaint: str) -> None:
    """Return as soon as `condition` holds; fail with `complaint` where it never does."""
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, complaint
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
