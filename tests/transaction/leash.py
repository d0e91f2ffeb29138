"""Which processes of a practice host are left, without looking at those of the whole machine."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.transaction.await_until import until

_HIGH: Final = 100
"""A shell keeps descriptors of its own from 10 on, and the lock of the script is 9."""


@dataclass(slots=True, kw_only=True)
class Leashes:
    """One end of a pipe for each program started on a host; the other is held by what it starts.

    The end that is kept tells when nobody holds the other any more.
    """

    kept: list[int] = field(default_factory=list)

    @contextmanager
    def given(self) -> Iterator[int]:
        """Return the descriptor that a process has to inherit which is started meanwhile."""
        self.all_gone()
        kept, low = os.pipe()
        self.kept.append(kept)
        high = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _HIGH)
        os.close(low)
        try:
            yield high
        finally:
            os.close(high)

    def all_gone(self) -> bool:
        """Tell whether no process is left of all that were started."""
        poll = select.poll()
        for kept in self.kept:
            poll.register(kept, 0)
        for kept, _ in poll.poll(0):
            os.close(kept)
            self.kept.remove(kept)
        return not self.kept

    def drop(self) -> None:
        """Ask for no process any more, though a nap of a killed one may be left."""
        while self.kept:
            os.close(self.kept.pop())


async def kill_below(folder: Path) -> None:
    """End the processes that name a path below `folder`, by signal 9, and see them gone."""
    below = str(folder).encode() + b"/"
    with os.scandir("/proc") as entries:
        everybody = [int(entry.name) for entry in entries if entry.name.isdigit()]
    killed = _naming(below, everybody)
    for number in killed:
        # It may just have come to its own end.
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    await until(lambda: not _naming(below, killed), "a process outlives its kill", pause=0.01)


def _naming(words: bytes, processes: list[int]) -> list[int]:
    return [number for number in processes if words in _command_line(number)]


def _command_line(process: int) -> bytes:
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:  # noqa: PTH123  # pathlib is slow here
            return file.read()
    except OSError:
        return b""
