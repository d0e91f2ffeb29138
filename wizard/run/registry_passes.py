"""Passes of provisioning: who goes over which registry, and how each one ended.

A pass is to provisioning what a run is to hosts. It lives in the process that asks for it; while it
does, no other of this machine goes over the same registry.
"""

from __future__ import annotations

import fcntl
import os
from asyncio import CancelledError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Final

from wizard.errors import JournalError, PilotageError, RunError
from wizard.wording import _

_FOR_ITS_OWNER: Final = 0o600


class PassResult(Enum):
    """How a pass ended."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """By whoever asked for it, after the subject that was under way."""
    UNKNOWN = "unknown"
    """Nobody noted its end: it is at work, or was cut."""

    @classmethod
    def of(cls, error: BaseException) -> PassResult:
        """Return how an error ends a pass; a process that dies notes nothing."""
        match error:
            case PilotageError():
                return cls.FAILED
            case GeneratorExit() | CancelledError() | KeyboardInterrupt():
                return cls.STOPPED
        return cls.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryPass:
    """One pass over one registry that changed something, or tried to.

    Attributes:
        at, ended: seconds since the epoch; `ended` is 0 where nobody noted its end.
        by: who was at work, and from where.
        url: of the target, as hosts use it.
        reason: why it failed.
        at_work: whether its process is there still.
    """

    identity: str
    at: float
    by: str
    url: str
    ended: float = 0.0
    result: PassResult = PassResult.UNKNOWN
    reason: str = ""
    at_work: bool = False

    @property
    def was_cut(self) -> bool:
        """Tell whether its process went without a word."""
        return self.result is PassResult.UNKNOWN and not self.at_work


def cut_passes(passes: Sequence[RegistryPass]) -> tuple[RegistryPass, ...]:
    """Return those of passes, the newest first, that nobody has gone on with since."""
    newest: dict[str, RegistryPass] = {}
    for one in passes:
        newest.setdefault(one.url, one)
    return tuple(one for one in newest.values() if one.was_cut)


class Turns:
    """Who is at work: a locked file for each registry, which a killed process lets go of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def taken(self, url: str, *, by: str) -> Iterator[None]:
        """Take the turn at a registry; raises RunError where another process has it."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self._file(url), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FOR_ITS_OWNER)
        except OSError as error:
            raise JournalError(
                _("nobody can be kept from changing it too: {reason}").format(
                    reason=error.strerror
                ),
                file=str(self._file(url)),
                todo=_("Make room, or set XDG_STATE_HOME to a directory of your own."),
            ) from error
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise self._is_taken(url, os.read(file, 1000).decode(errors="replace")) from error
            os.ftruncate(file, 0)
            os.write(file, by.encode())
            yield
        finally:
            os.close(file)

    def is_taken(self, url: str) -> bool:
        """Tell whether somebody is at work at a registry now."""
        try:
            file = os.open(self._file(url), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(file)
        return False

    def _file(self, url: str) -> Path:
        return self._folder / f"{sha256(url.encode()).hexdigest()[:16]}.lock"

    @staticmethod
    def _is_taken(url: str, holder: str) -> RunError:
        return RunError(
            _("{holder} is provisioning {url} right now").format(
                holder=holder or _("somebody"), url=url
            ),
            state=_("Nothing was changed."),
            todo=_("Wait until that ends, then start again: what is done is left as it is."),
        )
