"""asyncssh, imported without the programs that it would look for libraries with.

At its import it looks for nettle (UMAC) and liboqs (sntrup761) by `ctypes.util.find_library`, which
on Linux starts ldconfig, a compiler and a linker: a sixth of what the process of a run takes to
start. The loader tells the same and starts nothing, so whatever is installed is still used.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import sys
from collections.abc import Iterator
from typing import Final

_VERSIONS: Final = range(20, 0, -1)
"""Of the interface of a shared library, the newest first."""


def loadable(name: str) -> str | None:
    """Return the file name by which the loader finds the library `name`, or None."""
    for file in (*(f"lib{name}.so.{version}" for version in _VERSIONS), f"lib{name}.so"):
        with contextlib.suppress(OSError):
            ctypes.CDLL(file)
            return file
    return None


@contextlib.contextmanager
def _by_the_loader() -> Iterator[None]:
    """Let libraries be looked for by the loader alone."""
    usual = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = loadable
    try:
        yield
    finally:
        ctypes.util.find_library = usual


with _by_the_loader():
    import asyncssh

__all__ = ["asyncssh", "loadable"]
