"""A registry's certificate from a certification authority of one's own, where there is none yet.

Containers' clients read names from subjectAltName only, and want an authority that says that it is
one (RFC 5280 §4.2.1.6, §4.2.1.9).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wizard.errors import InputError
from wizard.secret import Secret
from wizard.wording import _

_CURVE: Final = ec.SECP256R1()
_EARLIER: Final = dt.timedelta(hours=1)
"""Clocks of hosts may be a little behind."""

_AUTHORITY_DAYS: Final = 3650
_LONGEST_NAME: Final = 64
"""Of a common name (RFC 5280, upper bounds)."""

_DNS: Final = re.compile(
    r"(?=.{1,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certification authority: what everybody may have, and what its owner alone may."""

    certificate: str
    key: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFiles:
    """What a registry and its clients need, as PEM.

    Attributes:
        authority: for `target.ca_file`.
        chain: the server's certificate, its authority's behind it.
        key: the server's.
    """

    authority: str
    chain: str
    key: Secret


def new_authority(name: str, *, now: dt.datetime, days: int, renews: bool) -> Authority:
    """Make an authority; one whose key nobody keeps lasts no longer than the one certificate."""
    key = ec.generate_private_key(_CURVE)
    subject = _common_name(f"Authority of {name}")
    end = now + dt.timedelta(days=max(days, _AUTHORITY_DAYS) if renews else days)
    certificate = (
        _builder(subject, subject, key.public_key(), (now - _EARLIER, end))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate=_pem(certificate), key=_key_pem(key))


def issue(
    authority: Authority, names: Sequence[str], *, now: dt.datetime, days: int
) -> ServerFiles:
    """Return a certificate of the authority for DNS names and addresses; raises InputError."""
    issuer, signer = _loaded(authority)
    alternatives = [_alternative(name) for name in names]
    end = min(now + dt.timedelta(days=days), issuer.not_valid_after_utc)
    if not names or end <= now:
        raise InputError(
            _("The authority has expired, or no name was given."),
            todo=_("Make a new authority: leave out --ca and --ca-key."),
        )
    key = ec.generate_private_key(_CURVE)
    certificate = (
        _builder(_common_name(names[0]), issuer.subject, key.public_key(), (now - _EARLIER, end))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return ServerFiles(
        authority=authority.certificate,
        chain=_pem(certificate) + authority.certificate,
        key=_key_pem(key),
    )


def covers(chain: str, names: Sequence[str], *, now: dt.datetime) -> bool:
    """Tell whether a certificate is for exactly these names, and valid now."""
    try:
        certificate = x509.load_pem_x509_certificate(chain.encode())
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound):
        return False
    is_now = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
    return is_now and set(found.value) == {_alternative(name) for name in names}


def _loaded(authority: Authority) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
        key = serialization.load_pem_private_key(authority.key.reveal().encode(), password=None)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, TypeError, x509.ExtensionNotFound):
        # Its own words could quote the key.
        raise InputError(
            _("The authority's certificate or key cannot be read."),
            todo=_("Name its ca.crt with --ca, and with --ca-key what --ca-key-to kept."),
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not constraints.value.ca:
        raise InputError(
            _("This is no authority that Pilotage made."),
            todo=_("Let your own authority issue the certificate, and name its files."),
        )
    if key.public_key() != certificate.public_key():
        raise InputError(
            _("The key is not that of the authority's certificate."),
            todo=_("Name its ca.crt with --ca, and with --ca-key what --ca-key-to kept."),
        )
    return certificate, key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    validity: tuple[dt.datetime, dt.datetime],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:_LONGEST_NAME])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        if not _DNS.fullmatch(name.lower()):
            raise InputError(
                _("“{value}” is no name of a host.").format(value=name),
                todo=_("Name it as clients spell it, without https:// and without a port."),
            ) from None
        return x509.DNSName(name.lower())


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _key_pem(key: ec.EllipticCurvePrivateKey) -> Secret:
    return Secret(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode("ascii")
    )
