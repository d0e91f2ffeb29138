"""What certificate a registry shows, for people to compare."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from wizard.wording import _

_TIMEOUT: Final = 8.0
"""Seconds."""

_HTTPS: Final = 443


async def presented_fingerprint(url: str) -> str:
    """Return the SHA-256 of the certificate that is shown at a URL, or nothing.

    The connection carries no request, no credential, and its answer is believed by nobody: it
    is there so that a person can compare the fingerprint before giving a CA file.
    """
    parts = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(_TIMEOUT):
            _reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port or _HTTPS, ssl=context, server_hostname=parts.hostname
            )
    except (OSError, ssl.SSLError):
        return ""
    try:
        tls = writer.get_extra_info("ssl_object")
        return fingerprint(tls.getpeercert(binary_form=True))
    finally:
        writer.transport.abort()


def verified_certificate(response: httpx.Response) -> Mapping[str, object]:
    """Return the certificate of the connection that an answer came over, as Python parses it."""
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream else None
    return tls.getpeercert() or {} if tls else {}


def fingerprint(certificate: bytes) -> str:
    """Return the fingerprint as `openssl x509 -fingerprint -sha256` prints it."""
    digest = hashlib.sha256(certificate).hexdigest().upper()
    return ":".join(digest[index : index + 2] for index in range(0, len(digest), 2))


def describe(certificate: Mapping[str, Any]) -> str:
    """Return subject, issuer and end of validity of a verified certificate as one line."""
    if not certificate:
        return ""
    subject, issuer = (_name(certificate.get(key, ())) for key in ("subject", "issuer"))
    return _("{subject}, issued by {issuer}, valid until {date}").format(
        subject=subject, issuer=issuer, date=_date(certificate.get("notAfter"))
    )


def _date(told: Any) -> str:
    """Return the day of a time as OpenSSL tells it, `Nov 29 13:43:55 2027 GMT`, by ISO 8601."""
    try:
        seconds = ssl.cert_time_to_seconds(str(told))
    except ValueError:
        return "?"
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d")


def _name(names: Any) -> str:
    pairs = {key: value for part in names for key, value in part}
    return str(pairs.get("commonName") or pairs.get("organizationName") or "?")
