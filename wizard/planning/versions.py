"""Versions of runtimes as numbers that compare."""

from __future__ import annotations

import re

Version = tuple[int, int, int]

_NUMBERS = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?")


def parse_version(text: str) -> Version | None:
    """Return `(20, 10, 24)` for `20.10.24+dfsg1`, or None when it begins with no version."""
    match = _NUMBERS.match(text)
    if match is None:
        return None
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)
