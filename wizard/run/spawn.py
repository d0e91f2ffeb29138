"""Starting the process of a run: detached, so that nothing that happens to us happens to it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import wizard
from wizard.errors import RunError
from wizard.journal.folder import RunFolder
from wizard.run.login import SCOPE
from wizard.run.secret_pipe import write_secrets
from wizard.secret import Secret
from wizard.wording import _

_PATIENCE: Final = 30.0


class Spawner:
    """Starts run processes.

    Args:
        environ: what they inherit; the agent's socket among it.
        in_scope: whether to start them in a scope of the user's manager, asked at each start.
    """

    def __init__(
        self,
        folder: RunFolder,
        state_dir: Path,
        environ: Mapping[str, str],
        *,
        in_scope: Callable[[], bool] = lambda: False,
    ) -> None:
        self._in_scope = in_scope
        self._folder = folder
        self._state_dir = state_dir
        self._environ = environ

    async def start(
        self, run: str, *, secrets: Mapping[str, Secret], without: Iterable[str] = ()
    ) -> None:
        """Start the run's process and return once it has taken the journal.

        `without` names environment variables that hold secrets and are not passed on. Raises
        RunError with the process's last words when it ended before, or took too long.
        """
        await asyncio.to_thread(self._start, run, secrets, frozenset(without))

    def _start(self, run: str, secrets: Mapping[str, Secret], without: frozenset[str]) -> None:
        log = self._folder.log(run)
        words_before = log.stat().st_size if log.exists() else 0
        reader, writer = os.pipe()
        try:
            starter = self._popen(run, reader, without)
        except OSError as error:
            os.close(writer)
            raise RunError(
                _("the run's process could not be started: {error}").format(error=error),
                state=_("Nothing was changed."),
            ) from error
        finally:
            os.close(reader)
        with starter:
            with suppress(BrokenPipeError):
                write_secrets(writer, secrets)
            try:
                code = starter.wait(_PATIENCE)
            except subprocess.TimeoutExpired as error:
                starter.kill()
                raise _failure(_("the run's process did not begin in time"), log, 0) from error
        if code:
            raise _failure(_("the run's process ended at once"), log, words_before)

    def _popen(self, run: str, reader: int, without: frozenset[str]) -> subprocess.Popen[bytes]:
        log = os.open(self._folder.log(run), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        arguments = [run, "--state-dir", str(self._state_dir.absolute())]
        try:
            return subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [
                    *(SCOPE if self._in_scope() else ()),
                    sys.executable,
                    "-m",
                    "wizard.run",
                    *arguments,
                    "--secrets-fd",
                    str(reader),
                    "--detach",
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


def _failure(what: str, log: Path, words_before: int) -> RunError:
    words = log.read_bytes()[words_before:].decode(errors="replace").strip()
    return RunError(
        f"{what}: {words}" if words else what,
        file=str(log),
        state=_("No host was changed by it."),
    )
