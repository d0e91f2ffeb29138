"""What is wanted of a registry's certificate, what was made, and the errand that places it; pure.

What makes it is `own_authority`, which loads more than whoever only names values needs.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.errand.errand import Errand, ErrandName
from wizard.registries.installing.host_path import check_host_path
from wizard.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWish:
    """What is wanted.

    Attributes:
        names: DNS names and addresses by which clients reach the registry.
        days: for which it is valid.
        keeps_key: the authority's key is kept, so that it can issue again.
        authority, authority_key: an earlier one, as PEM; empty and None for a new one.
    """

    names: tuple[str, ...]
    days: int
    keeps_key: bool = False
    authority: str = ""
    authority_key: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCertificate:
    """What was made, as PEM; the authority's key is there only where it was asked for."""

    authority: str
    chain: str
    key: Secret
    authority_key: Secret | None = None


def certificate_errand(host: str, *, folder: str, chain: str) -> Errand:
    """Return the errand that places a certificate; its payload is the key. Raises InputError."""
    check_host_path(folder)
    return Errand(name=ErrandName.TLS_FILES, host=host, arguments=(folder, chain), has_payload=True)
