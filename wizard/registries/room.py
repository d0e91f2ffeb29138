"""How much of a disk must stay free, whatever lies on it."""

from __future__ import annotations

from typing import Final

FREE_SHARE: Final = 0.1
"""Of a disk that a registry lies on: a full one ends its database (goharbor/harbor#13304)."""


def is_short(*, free: float, total: float) -> bool:
    """Tell whether a disk of so many bytes has too few left; an unknown total is never short."""
    return bool(total) and free < FREE_SHARE * total
