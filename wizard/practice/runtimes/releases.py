"""Versions of runtimes, compared."""

from __future__ import annotations

import re

Release = tuple[int, int, int]


def release_of(version: str) -> Release:
    """Return the three numbers that a version such as `20.10.24+dfsg1` begins with."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    if not found:
        raise ValueError(f"not a version: {version!r}")
    return int(found[1]), int(found[2]), int(found[3] or 0)
