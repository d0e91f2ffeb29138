"""Read and replace a whole text file: never half of it, never somebody else's link."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from wizard.errors import InputError, MigrationFileError
from wizard.wording import _

MAX_BYTES: Final = 32 * 1024 * 1024
_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_NEW_FILE: Final = 0o644


def exists(path: Path) -> bool:
    """Tell whether the path leads to anything; raises MigrationFileError if that is hidden."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    return True


def read_whole(path: Path, *, if_missing: str = "") -> str:
    """Return the text of the file, a byte order mark left out; `if_missing` says what to do.

    Raises MigrationFileError when it is missing, a directory, not readable or not UTF-8; for the
    last with line and column.
    """
    try:
        content = read_regular(path, limit=MAX_BYTES)
    except OSError as error:
        raise _unreadable(path, error, if_missing=if_missing) from error
    except ValueError as error:
        raise MigrationFileError(str(error), file=str(path)) from error
    try:
        return content.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        raise MigrationFileError(
            _("The byte 0x{byte:02x} is not UTF-8.").format(byte=content[error.start]),
            file=str(path),
            line=before.count("\n") + 1,
            column=len(before) - (before.rfind("\n") + 1) + 1,
            todo=_("Save the file as UTF-8."),
        ) from error


def read_regular(path: Path, *, limit: int, check: Callable[[int], None] | None = None) -> bytes:
    """Return the bytes of a regular file, never waiting for the other end of a pipe.

    `check` is given the permission bits of what was opened and may raise. Raises OSError when it
    cannot be opened, and ValueError with the reason when it is too large or no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            raise ValueError(
                _("This is not a regular file of at most {limit} bytes.").format(limit=limit)
            )
        if check:
            check(stat.S_IMODE(status.st_mode))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(descriptor)


def write_whole(path: Path, text: str, *, mode: int = _NEW_FILE) -> None:
    """Replace the file atomically and durably; links are followed, mode and owner kept.

    `mode` is that of a new file. Raises InputError, the old file untouched, when it cannot be.
    """
    real = Path(os.path.realpath(path))
    try:
        _replace(real, text.encode(), mode)
    except OSError as error:
        raise _unwritable(path, error) from error


def write_new(path: Path, text: str, *, mode: int = _NEW_FILE) -> None:
    """Write a file that was not there, durably, and open to nobody else before `mode` says so.

    Raises InputError when there is one already, or it cannot be written; a part is never left.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise InputError(
            _("The file is there already."),
            file=str(path),
            state=_("It is as it was."),
            todo=_("Name another one, or remove it."),
        ) from error
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            os.fchmod(descriptor, mode)
            file.flush()
            os.fsync(descriptor)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from error
        raise


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        _("The file cannot be written: {reason}.").format(reason=error.strerror),
        file=str(path),
        state=_("It is as it was."),
        todo=_("Name a place where you may write."),
    )


def _replace(real: Path, content: bytes, mode: int) -> None:
    try:
        before = real.stat()
    except FileNotFoundError:
        before = None
    descriptor, temporary = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if before is None:
                os.fchmod(descriptor, mode)
            else:
                _keep_owner(descriptor, before)
                os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(real)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(real.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _keep_owner(descriptor: int, before: os.stat_result) -> None:
    ours = os.fstat(descriptor)
    if (ours.st_uid, ours.st_gid) != (before.st_uid, before.st_gid):
        os.fchown(descriptor, before.st_uid, before.st_gid)


def _unreadable(path: Path, error: OSError, *, if_missing: str = "") -> MigrationFileError:
    todo = {
        errno.ENOENT: if_missing or _("Write it, or name another one."),
        errno.EISDIR: _("Name the file in it."),
        errno.EACCES: _("Make it readable for you."),
    }.get(error.errno or 0, "")
    return MigrationFileError(
        _("The file cannot be read: {reason}.").format(reason=error.strerror),
        file=str(path),
        todo=todo,
    )
