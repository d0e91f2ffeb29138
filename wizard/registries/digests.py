"""Digests as registries name content by them; pure."""

from __future__ import annotations

import hashlib


def digest_of(content: bytes) -> str:
    """Return `sha256:…` of some bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
