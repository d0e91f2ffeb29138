"""Starting the process of a run: detached, so that nothing that happens to us happens to it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import wizard
from wizard.clock import Clock
from wizard.errors import JournalError, RunError
from wizard.journal.events import EventKind
from wizard.journal.folder import RunFolder
from wizard.run.secret_pipe import write_secrets
from wizard.secret import Secret
from wizard.wording import _

_PATIENCE: Final = 30.0
_PAUSE: Final = 0.05
_LAST_WORDS: Final = 2000


class Spawner:
    """Starts run processes and remembers them until they are reaped.

    Args:
        environ: what they inherit; the agent's socket among it.
    """

    def __init__(
        self, folder: RunFolder, state_dir: Path, clock: Clock, environ: Mapping[str, str]
    ) -> None:
        self._folder = folder
        self._state_dir = state_dir
        self._clock = clock
        self._environ = environ
        self._children: list[subprocess.Popen[bytes]] = []

    async def start(
        self, run: str, *, secrets: Mapping[str, Secret], without: Iterable[str] = ()
    ) -> None:
        """Start the run's process and return once it has taken the journal.

        `without` names environment variables that hold secrets and are not passed on. Raises
        RunError with the process's last words when it ended before, or took too long.
        """
        self._children = [child for child in self._children if child.poll() is None]
        reader, writer = os.pipe()
        try:
            child = self._popen(run, reader, set(without))
        except OSError as error:
            os.close(writer)
            raise RunError(
                _("the run's process could not be started: {error}").format(error=error),
                state=_("Nothing was changed."),
            ) from error
        finally:
            os.close(reader)
        self._children.append(child)
        with suppress(BrokenPipeError):
            await asyncio.to_thread(write_secrets, writer, secrets)
        await self._wait(run, child)

    def _popen(self, run: str, reader: int, without: set[str]) -> subprocess.Popen[bytes]:
        log = os.open(self._folder.log(run), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [
                    sys.executable,
                    "-m",
                    "wizard.run.process",
                    run,
                    "--state-dir",
                    str(self._state_dir.absolute()),
                    "--secrets-fd",
                    str(reader),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(reader,),
                start_new_session=True,
                umask=0o077,
                # `-m` looks here first: never in a directory that somebody else can write to.
                cwd=Path(wizard.__file__).parents[1],
                env={name: text for name, text in self._environ.items() if name not in without},
            )
        finally:
            os.close(log)

    async def _wait(self, run: str, child: subprocess.Popen[bytes]) -> None:
        give_up = self._clock.monotonic() + _PATIENCE
        journal = await asyncio.to_thread(self._folder.open, run)
        try:
            while True:
                started = journal.of_kind(EventKind.PROCESS_STARTED)
                if any(event.data["pid"] == child.pid for event in started):
                    return
                if child.poll() is not None:
                    raise self._failure(_("the run's process ended at once"), run)
                if self._clock.monotonic() > give_up:
                    child.terminate()
                    raise self._failure(_("the run's process did not begin in time"), run)
                await self._clock.sleep(_PAUSE)
        finally:
            with suppress(JournalError):
                journal.close()

    def _failure(self, what: str, run: str) -> RunError:
        log = self._folder.log(run)
        words = log.read_text(errors="replace")[-_LAST_WORDS:].strip() if log.exists() else ""
        return RunError(
            f"{what}: {words}" if words else what,
            file=str(log),
            state=_("No host was changed by it."),
        )
