"""The practice fleet's certification authorities, and the identities of its servers.

A CA's key lives in this process only. Servers' keys are files, because that is the one form in
which Python's `ssl` takes them; they are readable by their owner alone.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wizard.clock import Clock

KNOWN: Final = "Pilotage practice CA"
UNKNOWN: Final = "Pilotage practice CA that nobody trusts"
UPSTREAM: Final = "Pilotage practice CA of the public"

LOOPBACK: Final = ("localhost", "127.0.0.1")
"""Names under which every practice server is reached."""

_EARLIER: Final = dt.timedelta(hours=1)
_VALID: Final = dt.timedelta(days=90)
_PRIVATE: Final = 0o600
_CURVE: Final = ec.SECP256R1()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A server's certificate, its CA's behind it, and its key: two PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A certification authority with a new key.

    Args:
        name: its common name.
        clock: tells from when on its certificates are valid: an hour ago, for 90 days.
    """

    def __init__(self, name: str, *, clock: Clock) -> None:
        self._key = ec.generate_private_key(_CURVE)
        now = dt.datetime.fromtimestamp(int(clock.now()), tz=dt.UTC)
        self._validity = (now - _EARLIER, now + _VALID)
        subject = _common_name(name)
        self._certificate = (
            self._builder(subject, subject, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """Return the certificate that clients need to trust its servers."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    def issue(self, folder: Path, server: str, *, names: Sequence[str] = LOOPBACK) -> Identity:
        """Write the certificate and the key of a server.

        Args:
            folder: where `<server>.pem` and `<server>.key` are written; it exists.
            server: what it is called in the files' names and in the certificate.
            names: DNS names and IP addresses that the certificate is for.
        """
        key = ec.generate_private_key(_CURVE)
        issuer = self._key.public_key()
        certificate = (
            self._builder(_common_name(server), self._certificate.subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False
            )
            .add_extension(
                x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        identity = Identity(certificate=folder / f"{server}.pem", key=folder / f"{server}.key")
        chain = certificate.public_bytes(serialization.Encoding.PEM) + self.pem.encode("ascii")
        identity.certificate.write_bytes(chain)
        _write_private(
            identity.key,
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )
        return identity

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        start, end = self._validity
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_private(file: Path, content: bytes) -> None:
    """Write a file that was never readable by others, not even for a moment."""
    file.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(file, flags, _PRIVATE), "wb") as out:
        out.write(content)
