"""Strings and keys as TOML writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tomlkit import string

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def quoted(text: str) -> str:
    """Return a TOML string."""
    return string(text).as_string()


def quoted_key(parts: Sequence[str]) -> str:
    """Return a dotted TOML key, quoted where it must be."""
    return ".".join(part if _BARE_KEY.fullmatch(part) else quoted(part) for part in parts)
