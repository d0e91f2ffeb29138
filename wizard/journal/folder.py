"""Where the journals of all runs are kept: one directory, readable by its owner only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from wizard.clock import Clock
from wizard.errors import InputError, JournalError
from wizard.journal.ownership import RunLock, is_held
from wizard.journal.store import Draft, Journal
from wizard.wording import _

_RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SUFFIX: Final = ".journal"


class RunFolder:
    """The directory `runs/` of the operator's state; every run has three files in it.

    `<run>.journal` (and SQLite's own beside it), `<run>.lock` and `<run>.log`.
    """

    def __init__(self, root: Path, clock: Clock) -> None:
        self._root = root
        self._clock = clock

    def create(self, run: str, *, documents: Mapping[str, str], first: Sequence[Draft]) -> None:
        """Create the journal of a new run; raises JournalError if it exists."""
        path = self._file(run, _SUFFIX)
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._root.chmod(0o700)
        except OSError as error:
            raise JournalError(
                _("journals cannot be kept here: {error}").format(error=error),
                file=str(self._root),
                state=_("Nothing was started."),
                todo=_("Set XDG_STATE_HOME to a directory of your own."),
            ) from error
        Journal.create(path, clock=self._clock, documents=documents, first=first).close()

    def open(self, run: str) -> Journal:
        """Open the journal of a run; raises JournalError if there is none."""
        return Journal.open(self._file(run, _SUFFIX), clock=self._clock)

    def has(self, run: str) -> bool:
        """Tell whether there is a journal of that run."""
        return self._file(run, _SUFFIX).is_file()

    def lock(self, run: str) -> RunLock:
        """Return the lock of a run, not taken yet."""
        return RunLock(self._file(run, ".lock"))

    def is_running(self, run: str) -> bool:
        """Tell whether a living process runs it."""
        return is_held(self._file(run, ".lock"))

    def log(self, run: str) -> Path:
        """Return where the run's process writes what it has to say."""
        return self._file(run, ".log")

    def runs(self) -> tuple[str, ...]:
        """Return the names of all runs that have a journal, newest first."""
        if not self._root.is_dir():
            return ()
        names = (path.name.removesuffix(_SUFFIX) for path in self._root.glob(f"*{_SUFFIX}"))
        return tuple(sorted(filter(_RUN.fullmatch, names), reverse=True))

    def _file(self, run: str, suffix: str) -> Path:
        if not _RUN.fullmatch(run):
            raise InputError(
                _("“{run}” is not the name of a run").format(run=run),
                todo=_("List the known runs with `pilotage runs`."),
            )
        return self._root / f"{run}{suffix}"
