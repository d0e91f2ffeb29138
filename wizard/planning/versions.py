"""Versions of runtimes as numbers that compare."""

from __future__ import annotations

import re

from wizard.planning.blocks import Blocked
from wizard.planning.plan import BlockReason

Version = tuple[int, int, int]

_NUMBERS = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?")


def parse_version(text: str) -> Version | None:
    """Return `(20, 10, 24)` for `20.10.24+dfsg1`, or None when it begins with no version."""
    match = _NUMBERS.match(text)
    if match is None:
        return None
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)


def usable_version(name: str, version: str, *, error: str, oldest: Version) -> Version:
    """Return the version of a runtime that answers and is known well enough; else raise Blocked."""
    if error:
        raise Blocked(BlockReason.NOT_RUNNING, error)
    parsed = parse_version(version)
    if parsed is None or parsed < oldest:
        raise Blocked(BlockReason.VERSION_UNKNOWN, f"{name} {version}")
    return parsed
