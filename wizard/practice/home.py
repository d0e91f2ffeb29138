"""The directory of a running practice fleet: held while it runs, found and cleaned after a crash.

Its owner holds a lock on the file `lock` in it, which the kernel lets go of however the owner
ends. A directory whose lock is free therefore belongs to nobody any more: its processes are ended
and it is removed before the next fleet starts.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from wizard.errors import InputError, PilotageError
from wizard.practice.host.marked_processes import end_processes
from wizard.wording import _

PREFIX: Final = "pilotage-practice-"
LOCK: Final = "lock"
_OF_A_HOST: Final = 400 * 1024
_OF_THE_FLEET: Final = 16 * 1024 * 1024
"""Bytes in small files, which take a page each."""
_BEING_MADE: Final = 60.0
"""Seconds for which a directory without a lock may be one that is just being made."""


def bases(
    environ: Mapping[str, str],
    *,
    in_memory: Sequence[str] = ("/dev/shm",),  # noqa: S108  # homes are private
    temporary: Callable[[], str] = tempfile.gettempdir,
) -> tuple[Path, ...]:
    """Return where fleets may live, the best place first.

    In memory if there is room: the user's own runtime directory, else /dev/shm; a disk makes the
    same fleet four times slower. Else where temporary files are. Raises InputError where those
    have no place at all: libraries need one too, wherever the fleet lives.
    """
    folders = [environ.get("XDG_RUNTIME_DIR", ""), *in_memory]
    found = [Path(folder) for folder in folders if folder and Path(folder).is_dir()]
    try:
        return (*found, Path(temporary()))
    except OSError as error:
        raise InputError(
            _("The practice fleet cannot make its directory: {reason}").format(
                reason=error.strerror or error
            ),
            state=_("Nothing was started."),
            todo=_("Name a directory that you may write to in TMPDIR."),
        ) from error


def default_base(environ: Mapping[str, str], *, hosts: int) -> Path:
    """Return the best place that has room for so many hosts."""
    *better, last = bases(environ)
    needed = room_needed(hosts)
    return next((folder for folder in better if _has_room(folder, needed)), last)


def room_needed(hosts: int) -> int:
    """Return how many bytes the directory of a fleet of so many hosts may grow to."""
    return _OF_THE_FLEET + hosts * _OF_A_HOST


def _has_room(folder: Path, needed: int) -> bool:
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    system = os.statvfs(folder)
    runs_programs = not system.f_flag & getattr(os, "ST_NOEXEC", 0)
    return runs_programs and system.f_bavail * system.f_frsize >= needed


class Home:
    """The directory of one practice fleet, from `open` to `close`.

    Attributes:
        path: absolute, without links, mode 0700.
    """

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def open(cls, base: Path) -> Self:
        """Make a directory in `base` and hold it; raises InputError if that cannot be done."""
        try:
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base)).resolve()
        except OSError as error:
            raise InputError(
                _("The practice fleet cannot make its directory: {reason}").format(
                    reason=error.strerror
                ),
                file=str(base),
                state=_("Nothing was started."),
                todo=_("Name a directory that you may write to in TMPDIR."),
            ) from error
        home = cls(folder, _held(folder))
        if os.statvfs(folder).f_flag & getattr(os, "ST_NOEXEC", 0):
            home.close()
            raise InputError(
                _("Programs cannot be started from here: it is mounted with noexec."),
                file=str(base),
                state=_("Nothing was started."),
                todo=_("Name a directory without noexec in TMPDIR."),
            )
        return home

    def close(self) -> None:
        """End what still runs on its hosts, remove the directory and let go; safe to call twice."""
        if self._lock < 0:
            return
        try:
            end_processes(self.path)
            shutil.rmtree(self.path)
        finally:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        """Return the home."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def clean_stale(base: Path) -> tuple[Path, ...]:
    """Remove the homes in `base` whose owner is gone, with their processes; return their paths.

    Raises PilotageError when one of them cannot be removed.
    """
    removed = []
    for folder in _homes(base):
        lock = _free_lock(folder)
        if lock is None:
            continue
        try:
            end_processes(folder)
            shutil.rmtree(folder)
        except OSError as error:
            raise PilotageError(
                _("What a practice fleet has left behind cannot be removed: {reason}").format(
                    reason=error.strerror
                ),
                file=str(folder),
                todo=_("Remove it."),
            ) from error
        finally:
            os.close(lock)
        removed.append(folder)
    return tuple(removed)


def _held(folder: Path) -> int:
    """Put a lock into `folder` that is held from the moment that it has its name."""
    staged = folder / f".{LOCK}"
    lock = os.open(staged, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(lock, f"{os.getpid()}\n".encode())
    staged.rename(folder / LOCK)
    return lock


def _homes(base: Path) -> Iterator[Path]:
    """Yield the directories in `base` that are ours to judge."""
    try:
        found = sorted(base.glob(f"{PREFIX}*"))
    except OSError:
        return
    for folder in found:
        try:
            status = folder.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid():
            yield folder.resolve()


def _free_lock(folder: Path) -> int | None:
    """Return the lock of a home that nobody holds, held; None where somebody does."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return _lock_of_unfinished(folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _lock_of_unfinished(folder: Path) -> int | None:
    """Return a held lock of a directory whose maker was killed before it put one there."""
    try:
        age = time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return None
    return _held(folder) if age > _BEING_MADE else None
