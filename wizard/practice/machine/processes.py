"""The process table of a practice host, as files in its `/proc`.

What the host scripts read there is real text: `comm`, `cmdline`, `environ`, `cgroup`, `stat`,
the boot id, the mounts. A process of the host itself has no `ns` links: none means the
namespaces of the reader, so that thousands of hosts need few files.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FIRST_PID: Final = 5_000_000
"""Beyond what any kernel gives out, so that a `kill` of a script can never meet a real process."""
TICKS: Final = 100
"""Clock ticks in a second, as `getconf CLK_TCK` says."""
_MOUNTS: Final = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
_UNSEEN_FIELDS: Final = "1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0"
"""Fields 4 to 21 of a line of `stat`, between the state and the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A simulated process.

    Attributes:
        pid: its number; no process of this machine has it.
        name: what `comm` says, as `dockerd`.
        arguments: its command line, the program first.
        environment: its variables.
        unit: the unit that it belongs to, as `docker.service`, or empty.
        apart: `pid` or `user` where it lives in another such namespace (a container, rootless).
    """

    pid: int
    name: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    apart: str = ""


class ProcessTable:
    """Write processes into `ROOT/proc`; numbers are given once in the life of a host."""

    def __init__(self, root: Path) -> None:
        self._proc = root / "proc"
        self._next = FIRST_PID
        self._booted_at = 0.0
        self._running: dict[int, Process] = {}

    def __iter__(self) -> Iterator[Process]:
        """Iterate over the running processes."""
        return iter(tuple(self._running.values()))

    def __contains__(self, pid: object) -> bool:
        """Tell whether a process runs."""
        return pid in self._running

    def process(self, pid: int) -> Process | None:
        """Return a running process."""
        return self._running.get(pid)

    def boot(self, boot_id: str, now: float) -> None:
        """Begin a boot at `now` (seconds since the epoch): nothing runs but process 1."""
        self.clear()
        self._booted_at = now
        self._write("sys/kernel/random/boot_id", f"{boot_id}\n")
        self._write("stat", f"btime {int(now)}\n")
        self._write("self/mountinfo", _MOUNTS)
        self._write("1/comm", "systemd\n")
        self._write("1/stat", f"1 (systemd) S {_UNSEEN_FIELDS} 1 0 0\n")

    def start(
        self,
        name: str,
        arguments: tuple[str, ...],
        *,
        now: float,
        environment: Mapping[str, str] | None = None,
        unit: str = "",
        apart: str = "",
    ) -> Process:
        """Let a process run from `now` (seconds since the epoch) on, and return it."""
        self._next += 1
        process = Process(
            pid=self._next,
            name=name,
            arguments=arguments,
            environment=environment or {},
            unit=unit,
            apart=apart,
        )
        self._running[process.pid] = process
        self._describe(process, now)
        return process

    def end(self, pid: int) -> None:
        """Let a process be no more; one that is gone already is no mistake."""
        if self._running.pop(pid, None):
            shutil.rmtree(self._proc / str(pid), ignore_errors=True)

    def clear(self) -> None:
        """Let no process run."""
        for pid in tuple(self._running):
            self.end(pid)

    def _describe(self, process: Process, now: float) -> None:
        folder = str(process.pid)
        ticks = int((now - self._booted_at) * TICKS)
        group = f"/system.slice/{process.unit}" if process.unit else "/"
        variables = "".join(f"{key}={value}\0" for key, value in process.environment.items())
        self._write(f"{folder}/comm", f"{process.name}\n")
        self._write(f"{folder}/cmdline", "".join(f"{word}\0" for word in process.arguments))
        self._write(f"{folder}/environ", variables)
        self._write(f"{folder}/cgroup", f"0::{group}\n")
        self._write(
            f"{folder}/stat", f"{process.pid} ({process.name}) S {_UNSEEN_FIELDS} {ticks} 0 0\n"
        )
        if process.apart:
            self._set_apart(process)

    def _set_apart(self, process: Process) -> None:
        for namespace in ("pid", "user"):
            own = self._proc / f"self/ns/{namespace}"
            if not own.exists():
                self._write(f"self/ns/{namespace}", "")
            link = self._proc / f"{process.pid}/ns/{namespace}"
            link.parent.mkdir(exist_ok=True)
            if namespace == process.apart:
                link.touch()
            else:
                link.hardlink_to(own)

    def _write(self, path: str, text: str) -> None:
        place = self._proc / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
