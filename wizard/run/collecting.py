"""How often the process of a run looks for garbage in cycles."""

from __future__ import annotations

import gc
from typing import Final

_OBJECTS: Final = 10_000
"""New objects between two looks; Python's own 700 come with each host, and are no garbage."""


def collect_seldom() -> None:
    """Look for garbage less often, and never among what the imports left.

    A connection makes some thousand objects that live as long as it does: looking at all of them
    again and again took a tenth of the processor time that reading a host takes.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS)
