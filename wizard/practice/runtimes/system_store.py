"""The certificates that a Go program of the host trusts (facts/runtimes.md §6)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

BUNDLES: Final = (
    "etc/ssl/certs/ca-certificates.crt",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/ssl/ca-bundle.pem",
    "etc/pki/tls/cacert.pem",
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "etc/ssl/cert.pem",
)


def system_store(root: Path) -> bytes:
    """Return the first bundle that is there; a process reads it once in its life."""
    for bundle in BUNDLES:
        try:
            return (root / bundle).read_bytes()
        except OSError:
            continue
    return b""
