"""What a kernel without /proc leaves out: the uptime, and the start times of a host's shells.

Host scripts read both below `/proc` of their host, and below the machine's own only where the
host's has nothing. On a machine that has no /proc, as macOS, the fleet writes them.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from wizard.clock import Clock

UPTIME: Final = "uptime"
_PERIOD: Final = 0.2
"""Seconds for which an uptime stands."""
_NOTE_AND_RUN: Final = (
    'mkdir -p "$PILOTAGE_ROOT/proc/$$" && '
    'echo "$$ (sh) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 $1 0 0" '
    '>"$PILOTAGE_ROOT/proc/$$/stat"; shift; exec "$@"'
)


def machine_has_proc() -> bool:
    """Tell whether this machine's kernel tells what host scripts ask."""
    return Path("/proc/uptime").exists() and Path("/proc/self/stat").exists()


def noted(command: Sequence[str], *, ticks: int) -> tuple[str, ...]:
    """Return a command line that notes its process on its host before it becomes `command`."""
    return ("sh", "-c", _NOTE_AND_RUN, "sh", str(ticks), *command)


def forget(root: Path, pid: int) -> None:
    """Take the note of a process away."""
    shutil.rmtree(root / "proc" / str(pid), ignore_errors=True)


class Uptime:
    """The uptime of all hosts of a fleet, in one file that they share."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._began = clock.monotonic()

    @property
    def ticks(self) -> int:
        """Return hundredths of a second since the fleet began."""
        return int((self._clock.monotonic() - self._began) * 100)

    def share(self, root: Path) -> None:
        """Let a host read it."""
        (root / "proc" / UPTIME).symlink_to(self._file)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the file true."""
        self._write()
        # No task group: it would put whatever ends the fleet into an exception group.
        going = asyncio.create_task(self._go())
        try:
            yield
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)

    async def _go(self) -> None:
        while True:
            await self._clock.sleep(_PERIOD)
            self._write()

    def _write(self) -> None:
        staged = self._file.with_suffix(".new")
        staged.write_text(f"{self.ticks / 100:.2f} 0.00\n")
        staged.replace(self._file)
