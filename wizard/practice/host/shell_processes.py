"""Real processes on behalf of practice hosts: started in sessions of their own, and awaited."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from wizard.practice.host.marked_processes import MARK, processes_below

NOTHING: Final = subprocess.DEVNULL


class ShellProcess:
    """A process of a practice host; a thread awaits it only where the kernel has no pidfd."""

    def __init__(self, process: subprocess.Popen[bytes], root: Path) -> None:
        self._process = process
        self._root = root
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        if hasattr(os, "pidfd_open"):
            pidfd = os.pidfd_open(process.pid)
            self._loop.add_reader(pidfd, self._reap, pidfd)
        else:
            threading.Thread(target=self._await_in_thread, daemon=True).start()

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        stdin: int = NOTHING,
        stdout: int = NOTHING,
        stderr: int = NOTHING,
    ) -> ShellProcess:
        """Start `command` in `folder`; streams are descriptors. Raises OSError."""
        process = subprocess.Popen(  # noqa: S603  # the commands of practice hosts are theirs
            command,
            env=environment,
            cwd=folder,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        return cls(process, Path(environment[MARK]))

    @property
    def pid(self) -> int:
        """Return its number, which is that of its session too."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Tell whether it has ended."""
        return self._ended.done()

    def when_ended(self, act: Callable[[], None]) -> None:
        """Call `act` once it has ended."""
        self._ended.add_done_callback(lambda _ended: act())

    async def wait(self) -> int:
        """Return its exit status once it has ended, negative for a signal."""
        return await asyncio.shield(self._ended)

    def kill(self) -> None:
        """End it and everything in its session at once; raises ProcessLookupError if it is gone."""
        if self.has_ended:
            raise ProcessLookupError(self.pid)
        for pid in processes_below(self._root):
            # A child that leads a group of its own, as those of `timeout`, is in the session still.
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(pid) == self.pid:
                    os.kill(pid, signal.SIGKILL)
        os.killpg(self.pid, signal.SIGKILL)

    def _reap(self, pidfd: int) -> None:
        self._loop.remove_reader(pidfd)
        os.close(pidfd)
        self._end(self._process.wait())

    def _await_in_thread(self) -> None:
        status = self._process.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._end, status)

    def _end(self, status: int) -> None:
        if not self._ended.done():
            self._ended.set_result(status)
