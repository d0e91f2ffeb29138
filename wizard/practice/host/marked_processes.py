"""The real processes of practice hosts: found by what is in their environment, and ended.

Every shell of a practice host is started with `PILOTAGE_ROOT` in its environment, and whatever it
starts inherits that: children in sessions of their own, watchdogs whose parents are gone, and
what a fleet leaves behind that was killed itself. The path in it belongs to one fleet alone, so
nothing else can be mistaken for one of its processes, not even by a number that is given anew.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wizard.errors import PilotageError
from wizard.wording import _

MARK: Final = "PILOTAGE_ROOT"
_SECONDS: Final = 10.0
_PAUSE: Final = 0.02


def processes_below(folder: Path) -> list[int]:
    """Return the processes whose practice root is `folder` or lies below it."""
    return [pid for pid, environment in _environments() if _belongs(environment, folder)]


def end_processes(folder: Path, *, seconds: float = _SECONDS) -> None:
    """End the processes whose practice root is `folder` or lies below it, with SIGKILL.

    Looks again until none is left, because a process can start another one while it is looked
    at. Raises PilotageError when some are left after `seconds`.
    """
    until = time.monotonic() + seconds
    while left := processes_below(folder):
        for pid in left:
            _end(pid, folder)
        if time.monotonic() > until:
            raise PilotageError(
                _("Processes of practice hosts do not end: {pids}").format(
                    pids=" ".join(str(pid) for pid in left)
                ),
                file=str(folder),
                todo=_("End them, then remove the directory."),
            )
        time.sleep(_PAUSE)


def _belongs(environment: bytes, folder: Path) -> bool:
    mark = f"{MARK}={folder}".encode()
    begin = 0 if environment.startswith(mark) else environment.find(b"\0" + mark) + 1
    following = environment[begin + len(mark) : begin + len(mark) + 1]
    return environment[begin:].startswith(mark) and following in {b"/", b"\0", b""}


def _environments() -> Iterator[tuple[int, bytes]]:
    """Yield the environment of each process that we may look at."""
    if not sys.platform.startswith("linux"):
        yield from _environments_by_ps()
        return
    with os.scandir("/proc") as entries:
        names = [entry.name for entry in entries if entry.name.isdigit()]
    for name in names:
        environment = _environment(name)
        if environment:
            yield int(name), environment


def _environment(process: int | str) -> bytes:
    """Return the environment of a process, nothing when it is gone, a zombie or not ours."""
    try:
        with open(f"/proc/{process}/environ", "rb") as file:  # noqa: PTH123  # pathlib is slow here
            return file.read()
    except OSError:
        return b""


def _environments_by_ps() -> Iterator[tuple[int, bytes]]:
    """Yield what `ps` tells of our processes: words of the command line and of the environment."""
    told = subprocess.run(
        ("/bin/ps", "-x", "-E", "-ww", "-o", "pid=,command="),
        capture_output=True,
        check=True,
        timeout=_SECONDS,
    )
    for line in told.stdout.splitlines():
        number, _space, words = line.strip().partition(b" ")
        if number.isdigit():
            yield int(number), b"\0" + words.replace(b" ", b"\0")


def _end(pid: int, folder: Path) -> None:
    with contextlib.suppress(ProcessLookupError):
        if not hasattr(os, "pidfd_open"):
            os.kill(pid, signal.SIGKILL)
            return
        # Held by a descriptor, the number cannot become another process between look and signal.
        held = os.pidfd_open(pid)
        try:
            if _belongs(_environment(pid), folder):
                signal.pidfd_send_signal(held, signal.SIGKILL)
        finally:
            os.close(held)
