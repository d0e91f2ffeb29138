"""The fleet's certification authorities: one that hosts trust, one that nobody trusts yet.

The upstream stand-in is signed by a CA in the hosts' system store; the targets are signed by
another, which is trusted by nobody until Pilotage distributes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fleet.command import run

DAYS = "30"
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certification authority: two PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIdentity:
    """A server's certificate and key: two PEM files."""

    certificate: Path
    key: Path


def make_authority(folder: Path, name: str) -> Authority:
    """Make a certification authority in `folder`."""
    made = Authority(certificate=folder / f"{name}-ca.pem", key=folder / f"{name}-ca.key")
    run(
        *("openssl", "req", "-x509", *_NEW_KEY, "-days", DAYS, "-subj", f"/CN=Fleet {name} CA"),
        *("-addext", "basicConstraints=critical,CA:TRUE"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        *("-keyout", made.key, "-out", made.certificate),
    )
    return made


def make_server(
    folder: Path, authority: Authority, server: str, names: Sequence[str], address: str
) -> ServerIdentity:
    """Make the identity of `server`, valid for all its names and its address."""
    made = ServerIdentity(certificate=folder / f"{server}.pem", key=folder / f"{server}.key")
    alternatives = ",".join([f"DNS:{name}" for name in names] + [f"IP:{address}"])
    run(
        *("openssl", "req", "-x509", *_NEW_KEY, "-days", DAYS, "-subj", f"/CN={names[0]}"),
        *("-CA", authority.certificate, "-CAkey", authority.key),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-addext", f"subjectAltName={alternatives}"),
        *("-addext", "extendedKeyUsage=serverAuth"),
        *("-keyout", made.key, "-out", made.certificate),
    )
    return made
