"""Own processes by control group: what was started in a group can be ended without knowing pids.

A group survives the death of whoever made it, so it finds everything after a crash too, and
nothing that is not the fleet's. Works on unified and on hybrid machines (cgroup 2 at
`/sys/fs/cgroup` or at `/sys/fs/cgroup/unified`), under systemd as pid 1 or without it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from tests.fleet.command import tool_environment
from tests.fleet.errors import FleetError

OWNER = "pilotage-fleet"
END_SECONDS = 20.0
CONTROLLERS = ("cpu", "memory", "pids")
# A shell puts itself (0) into the group and becomes the program: usage `sh -c ENTER sh GROUP ARGV`.
ENTER = 'echo 0 > "$1/cgroup.procs" && shift && exec "$@"'
# The program is not our child: it outlives us, and there is no exit code to collect.
_DETACH = ("setsid", "--fork")


def mount_point(mountinfo: str) -> Path:
    """Return where cgroup 2 is mounted, from the text of `/proc/self/mountinfo`.

    Raises:
        FleetError: it is not mounted.
    """
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        if right.startswith("cgroup2 "):
            return Path(left.split()[4])
    raise FleetError("cgroup 2 is not mounted on this machine")


@cache
def control_groups() -> Path:
    """Return where this machine has cgroup 2; a fleet's many mounts make that dear to find out."""
    return mount_point(Path("/proc/self/mountinfo").read_text())


class ProcessGroup:
    """A control group of the fleet; its groups inside are named with `/`."""

    def __init__(self, name: str) -> None:
        """Name the group; nothing is made before `start`."""
        self._top = control_groups() / OWNER
        self.path = self._top / name

    def start(self, argv: Sequence[str | Path], output: Path, errors: Path | None = None) -> None:
        """Start a program in this group, detached, in a session of its own.

        Args:
            argv: the command, word by word.
            output: file to which it writes.
            errors: file for its standard error; `output` when None.
        """
        words = [*_DETACH, *self.inside(*argv)]
        with output.open("ab") as out, (errors or output).open("ab") as err:
            subprocess.run(
                [str(word) for word in words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                check=True,
                env=tool_environment(),
            )

    def inside(self, *argv: str | Path) -> tuple[str | Path, ...]:
        """Return the command that runs a tool in this group: it ends with the group.

        A tool that a killed process has left behind can then do nothing after `end`, not even
        when it was not yet in the group: the group that it wants to enter is gone.
        """
        self.make()
        return ("sh", "-c", ENTER, "sh", self.path, *argv)

    def pids(self) -> tuple[int, ...]:
        """Return the processes in this group and in all groups inside it."""
        found: list[int] = []
        for folder in self._folders():
            with contextlib.suppress(OSError):
                found += [int(pid) for pid in (folder / "cgroup.procs").read_text().split()]
        # A process outside the reader's process namespace is shown as 0.
        return tuple(pid for pid in found if pid > 0)

    def end(self) -> None:
        """End every process of the group and remove it; a group that is not there is fine.

        Raises:
            FleetError: processes are left after some seconds.
        """
        deadline = time.monotonic() + END_SECONDS
        while self.path.exists():
            with contextlib.suppress(FileNotFoundError):
                (self.path / "cgroup.kill").write_text("1")
            for folder in sorted(self._folders(), reverse=True):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            if not self.path.exists():
                break
            if time.monotonic() > deadline:
                raise FleetError(f"these processes do not end: {self.pids()} in {self.path}")
            time.sleep(0.02)
        with contextlib.suppress(OSError):
            self._top.rmdir()

    def _folders(self) -> Iterator[Path]:
        for folder, _, _ in os.walk(self.path):
            yield Path(folder)

    def make(self) -> None:
        """Make the group, with the controllers that the machine has to give."""
        self.path.mkdir(parents=True, exist_ok=True)
        above = (self._top.parent, self._top, *reversed(self.path.relative_to(self._top).parents))
        for folder, controller in itertools.product(above, CONTROLLERS):
            # Absent on hybrid machines, and where the machine's root group has processes.
            with contextlib.suppress(OSError):
                (self._top / folder / "cgroup.subtree_control").write_text(f"+{controller}")
