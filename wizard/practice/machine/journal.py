"""The journal of a practice host: what `journalctl` has to show."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_KEPT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the journal: when (seconds since the epoch), of which unit and program."""

    at: float
    unit: str
    program: str
    pid: int
    message: str

    def short(self, host: str) -> str:
        """Return the line as `journalctl` shows it."""
        stamp = time.strftime("%b %d %H:%M:%S", time.gmtime(self.at))
        return f"{stamp} {host} {self.program}[{self.pid}]: {self.message}"


class Journal:
    """The last lines that services and systemd logged."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._entries: deque[Entry] = deque(maxlen=_KEPT)

    def write(self, unit: str, message: str, *, program: str = "systemd", pid: int = 1) -> None:
        """Log one message for a unit; each of its lines is an entry."""
        at = self._now()
        for line in message.split("\n"):
            self._entries.append(Entry(at=at, unit=unit, program=program, pid=pid, message=line))

    def entries(self, unit: str = "", since: float = 0.0) -> tuple[Entry, ...]:
        """Return entries, oldest first; of all units unless one is given."""
        return tuple(
            entry
            for entry in self._entries
            if entry.at >= since and (not unit or entry.unit == unit)
        )

    def messages(self, unit: str = "") -> tuple[str, ...]:
        """Return the messages alone, oldest first."""
        return tuple(entry.message for entry in self.entries(unit))
