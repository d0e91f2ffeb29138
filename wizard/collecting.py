"""How often a process looks for garbage in cycles."""

from __future__ import annotations

import atexit
import gc
from typing import Final

_WHILE_LOADING: Final = 100_000
"""New objects between two looks; modules make some hundred thousand, of which all stay."""
_OBJECTS: Final = 10_000
"""As above; Python's own 700 come with each host, and are no garbage."""


def start_quickly() -> None:
    """Look for no garbage while modules are loaded, nor in what ends with the process anyway.

    To be called before anything large is imported: those looks took a third of a short command.
    """
    gc.set_threshold(_WHILE_LOADING)
    atexit.register(gc.freeze)


def collect_seldom() -> None:
    """Look for garbage less often, and never among what the imports left.

    A connection makes some thousand objects that live as long as it does: looking at all of them
    again and again took a tenth of the processor time that reading a host takes.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS)
