"""Wait for what daemons do a moment later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_PAUSE: Final = 0.05


def problem_after(find_problem: Callable[[], str], seconds: float) -> str:
    """Return the problem that is still there after some seconds, or nothing."""
    deadline = time.monotonic() + seconds
    while (found := find_problem()) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return found
