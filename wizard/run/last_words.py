"""What the process of a run said last: the reason why it is gone, where it could give one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_TOOK: Final = "took the run: process"
_LONGEST: Final = 2000
"""Bytes of the log that are looked at."""


def took_words(pid: int) -> str:
    """Return the line that a process writes to the log when it takes the run."""
    return f"{_TOOK} {pid}\n"


def last_words(log: Path) -> str:
    """Return what the process that took the run last said since; empty if not a word.

    A process that was killed says nothing, and what an earlier one said is no reason. The text is
    cleaned only when shown.
    """
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LONGEST))
            tail = file.read(_LONGEST)
    except OSError:
        return ""
    _earlier, _took, said = f"\n{tail.decode(errors='replace')}".rpartition(f"\n{_TOOK} ")
    return said.partition("\n")[2].strip() if _took else said.strip()
