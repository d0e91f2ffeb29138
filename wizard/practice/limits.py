"""What this machine must have for a fleet of some size, looked at before anything is started."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from wizard.errors import InputError
from wizard.practice.home import room_needed
from wizard.wording import _

MOST: Final = 5000
"""Hosts of one fleet."""
_MEBIBYTE: Final = 1024 * 1024
_PROCESSES: Final = 300 * _MEBIBYTE
"""Bytes of memory for what does not grow with the fleet: interpreters, registries, shells."""
_OF_A_HOST: Final = 250 * 1024
"""Bytes of memory for each host in the fleet process, the run process and the wizard."""
_MEMORY: Final = Path("/proc/meminfo")
_AVAILABLE: Final = "MemAvailable:"


def check_room(base: Path, *, hosts: int) -> None:
    """Raise InputError where the directory or the memory has no room for so many hosts."""
    needed = room_needed(hosts)
    free = _free_in(base)
    if free is not None and free < needed:
        raise InputError(
            _("So many hosts need {needed} MB of files, and there is room for {free} MB.").format(
                needed=_megabytes(needed), free=_megabytes(free)
            ),
            file=str(base),
            state=_("Nothing was started."),
            todo=_("Name a directory with more room in TMPDIR, or practise with fewer hosts."),
        )
    check_memory(_available(), hosts=hosts)


def check_memory(available: int | None, *, hosts: int) -> None:
    """Raise InputError where so many hosts do not fit into `available` bytes; None is unknown."""
    needed = _PROCESSES + hosts * _OF_A_HOST
    if available is not None and available < needed:
        raise InputError(
            _("So many hosts need {needed} MB of memory, and {free} MB are free.").format(
                needed=_megabytes(needed), free=_megabytes(available)
            ),
            state=_("Nothing was started."),
            todo=_("End other programs, or practise with fewer hosts."),
        )


def _free_in(base: Path) -> int | None:
    """Return the free bytes of a directory, None where it cannot be told: `Home.open` says why."""
    try:
        system = os.statvfs(base)
    except OSError:
        return None
    return system.f_bavail * system.f_frsize


def _available() -> int | None:
    """Return the bytes of memory that programs can still have, None where nothing tells."""
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kibibytes = (line.split()[1] for line in lines if line.startswith(_AVAILABLE))
    return next((int(number) * 1024 for number in kibibytes), None)


def _megabytes(size: int) -> int:
    return -(-size // _MEBIBYTE)
