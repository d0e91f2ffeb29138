"""Waiting for another process to do its part, with a bound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(
    condition: Callable[[], bool], complaint: str, *, seconds: float = 20, pause: float = 0.2
) -> None:
    """Return as soon as `condition` holds; fail with `complaint` after `seconds`.

    `pause` is what lies between two looks, in seconds.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, complaint
        await asyncio.sleep(pause)
