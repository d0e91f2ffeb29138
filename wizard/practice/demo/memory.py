"""How much memory processes have had at most, as far as the kernel tells."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

_KIBIBYTE: Final = 1024
_HIGH_WATER: Final = "VmHWM:"


class PeakMemory:
    """The peak of processes that are not ours to wait for, looked at while they live.

    Attributes:
        size: in bytes, of the largest of them so far; 0 where the kernel does not tell.
    """

    def __init__(self) -> None:
        self.size = 0
        self._pid = 0

    def watch(self, pid: int) -> None:
        """Look at another process from now on."""
        self._pid = pid

    def look(self) -> None:
        """Take the present high-water mark; a process that is gone has none."""
        if self._pid:
            self.size = max(self.size, _high_water(self._pid))


def own_usage() -> dict[str, Any]:
    """Return of this process: pid, seconds of CPU, peak_memory in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1 if sys.platform == "darwin" else _KIBIBYTE
    return {
        "pid": os.getpid(),
        "seconds": used.ru_utime + used.ru_stime,
        "peak_memory": used.ru_maxrss * unit,
    }


def _high_water(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    sizes = (line.split()[1] for line in lines if line.startswith(_HIGH_WATER))
    return next((int(size) * _KIBIBYTE for size in sizes), 0)
