"""The cache of what is built once for all fleets of this machine, and how an entry is made.

What is in the cache under its final name is complete: everything is made in a folder of
another name and renamed. One lock per entry lets a second builder wait for the first instead of
doing it again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

DEFAULT_CACHE = Path("/var/cache/pilotage-fleet")
BUILD_SECONDS = 1800.0

Say = Callable[[str], None]


def cache_root(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the cache: `PILOTAGE_FLEET_CACHE`, or the default."""
    return Path(environment.get("PILOTAGE_FLEET_CACHE") or DEFAULT_CACHE)


@contextmanager
def building(final: Path) -> Iterator[Path]:
    """Give a folder to build in; what a killed builder has left of it is deleted."""
    folder = final.with_name(f".building-{final.name}")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def only_builder(final: Path) -> Iterator[bool]:
    """Hold the entry's lock; the value tells whether somebody has built it already."""
    with final.with_name(f".{final.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield final.exists()
