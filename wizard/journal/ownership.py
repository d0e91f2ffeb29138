"""Which process runs a run: two can never own the same one.

The kernel's lock on a file beside the journal decides; it goes away with its process, however
that ends. The journal's PROCESS_STARTED says who it is, for people.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from wizard.clock import Clock
from wizard.errors import JournalError, RunError
from wizard.wording import _

_PATIENCE: Final = 2.0
_PAUSE: Final = 0.02


class RunLock:
    """The right to run one run, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    async def take(self, clock: Clock) -> None:
        """Take the lock, or raise RunError after two seconds.

        It waits because a reader that asks `is_held` holds a shared lock for an instant.
        """
        descriptor = _open(self._path)
        give_up = clock.monotonic() + _PATIENCE
        while not _try(descriptor, fcntl.LOCK_EX):
            if clock.monotonic() >= give_up:
                os.close(descriptor)
                raise RunError(
                    _("another process runs this run already"),
                    file=str(self._path),
                    state=_("It goes on undisturbed."),
                    todo=_("Attach to it with `pilotage watch`."),
                )
            await clock.sleep(_PAUSE)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_held(path: Path) -> bool:
    """Tell whether a living process runs the run of this lock file."""
    if not path.exists():
        return False
    descriptor = _open(path)
    try:
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(
            _("the lock of the run cannot be opened: {error}").format(error=error),
            file=str(path),
            todo=_("Check who owns the directory, and whether its disk is full."),
        ) from error


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
