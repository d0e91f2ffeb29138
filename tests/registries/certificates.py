"""A certification authority of the tests' own, and servers' identities by it, good and bad."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A server's certificate and key: two PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A certification authority that nobody trusts unless told to."""

    def __init__(self, folder: Path, *, expired: bool = False) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Pilotage test CA")
        self._certificate = (
            _builder(name, name, self._key, valid=_validity(expired=expired))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """Return the certificate that clients need to trust its servers."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def server(self, name: str, *, host: str = "127.0.0.1", expired: bool = False) -> Identity:
        """Return the identity of a server for one address or host name."""
        key = ec.generate_private_key(ec.SECP256R1())
        valid = _validity(expired=expired)
        certificate = (
            _builder(_name(name), self._certificate.subject, key, valid=valid)
            .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        made = Identity(certificate=self._folder / f"{name}.pem", key=self._folder / f"{name}.key")
        made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return made


def _validity(*, expired: bool) -> tuple[dt.timedelta, dt.timedelta]:
    return (-2 * _DAY, -_DAY) if expired else (-_DAY, _DAY)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(host: str) -> x509.GeneralName:
    if host[0].isdigit():
        return x509.IPAddress(ipaddress.ip_address(host))
    return x509.DNSName(host)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    valid: tuple[dt.timedelta, dt.timedelta],
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + valid[0])
        .not_valid_after(now + valid[1])
    )
