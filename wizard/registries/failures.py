"""How a registry can fail to answer, and what to do about each."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from enum import Enum
from typing import Final

import httpx

from wizard.errors import RegistryError
from wizard.wording import _


class Failure(Enum):
    """Why a registry did not do what it was asked."""

    UNRESOLVABLE = "unresolvable"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    WRONG_HOST = "wrong_host"
    NOT_TLS = "not_tls"
    PROXY = "proxy"
    CONNECTION_LOST = "connection_lost"
    REDIRECTED = "redirected"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    NOT_A_REGISTRY = "not_a_registry"
    WRONG_BYTES = "wrong_bytes"
    UNAVAILABLE = "unavailable"
    REJECTED = "rejected"


class RegistryFailure(RegistryError):
    """One request to a registry failed; `status` is 0 where no answer came."""

    def __init__(
        self, kind: Failure, reason: str, *, url: str, status: int = 0, request_id: str = ""
    ) -> None:
        suffix = _(" (request {id})").format(id=request_id) if request_id else ""
        super().__init__(
            f"{url}: {reason}{suffix}",
            state=_("Nothing was changed on any host."),
            todo=advice(kind),
        )
        self.kind = kind
        self.reason = reason
        self.url = url
        self.status = status
        self.request_id = request_id


_EXPIRED_CODES: Final = frozenset({9, 10})
_WRONG_HOST_CODES: Final = frozenset({62, 63, 64})
"""X509_V_ERR_* of OpenSSL: not yet valid and expired; host name, e-mail and address mismatch."""


_MOST_ERRORS: Final = 5
_MOST_WORDS: Final = 500


def advice(kind: Failure) -> str:
    """Return what an operator can do about a failure."""
    return {
        Failure.UNRESOLVABLE: _("Check the host name, and that this machine uses the right DNS."),
        Failure.REFUSED: _("Check the port, and that the registry is running."),
        Failure.TIMED_OUT: _("Check that no firewall is in between, and the port."),
        Failure.UNTRUSTED: _(
            "Give the PEM file of the CA that signed the certificate; compare the fingerprint"
            " with the registry's people first. Verification is never switched off."
        ),
        Failure.EXPIRED: _("Have the registry's certificate renewed, or correct the clock here."),
        Failure.WRONG_HOST: _("Use a name that the certificate is for, or have it issued anew."),
        Failure.NOT_TLS: _("Use the port that speaks HTTPS."),
        Failure.PROXY: _("Check “proxy” of the target: its address, its login, what it lets by."),
        Failure.CONNECTION_LOST: _("Try again; see the registry's own log if it stays so."),
        Failure.REDIRECTED: _("Use the URL that it redirects to."),
        Failure.UNAUTHORISED: _(
            "Give a user name and password; for pulls let everybody read, because runtimes"
            " cannot log in to a mirror."
        ),
        Failure.FORBIDDEN: _("Give the user the right to do this, or name an existing canary."),
        Failure.NOT_FOUND: _("Check the repository, the tag and the prefix."),
        Failure.NOT_A_REGISTRY: _("Check the URL: a web page or another service answers there."),
        Failure.WRONG_BYTES: _("Something between here and the registry changes its answers."),
        Failure.UNAVAILABLE: _("Try again when the registry is well."),
        Failure.REJECTED: _("See what it says, and its own log."),
    }[kind]


def transport_failure(error: httpx.HTTPError, url: str) -> RegistryFailure:
    """Return the failure behind an error of the HTTP client."""
    if isinstance(error, httpx.TimeoutException):
        return RegistryFailure(Failure.TIMED_OUT, _("it did not answer in time"), url=url)
    if isinstance(error, httpx.ProxyError):
        return RegistryFailure(Failure.PROXY, str(error), url=url)
    for cause in _causes(error):
        known = _known(cause)
        if known:
            return RegistryFailure(known[0], known[1], url=url)
    return RegistryFailure(Failure.CONNECTION_LOST, str(error) or type(error).__name__, url=url)


def is_of_tls(error: httpx.HTTPError) -> bool:
    """Tell whether it is about the registry's certificate, whoever handed the connection on."""
    return any(isinstance(cause, ssl.SSLError) for cause in _causes(error))


def _known(cause: BaseException) -> tuple[Failure, str] | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return _certificate(cause), cause.verify_message
        case ssl.SSLError():
            reason = cause.reason or str(cause)
            return Failure.NOT_TLS, _("TLS failed: {reason}").format(reason=reason)
        case socket.gaierror():
            return Failure.UNRESOLVABLE, _("its name has no address")
        case ConnectionRefusedError():
            return Failure.REFUSED, _("it refused the connection")
        case TimeoutError():
            return Failure.TIMED_OUT, _("it did not answer in time")
        case _:
            return None


def _certificate(error: ssl.SSLCertVerificationError) -> Failure:
    if error.verify_code in _EXPIRED_CODES:
        return Failure.EXPIRED
    if error.verify_code in _WRONG_HOST_CODES:
        return Failure.WRONG_HOST
    return Failure.UNTRUSTED


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what is behind an error, groups taken apart, deepest last."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [cause for cause in (one.__cause__, one.__context__) if cause]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def answer_failure(response: httpx.Response) -> RegistryFailure:
    """Return the failure that an answer other than the wanted one means."""
    status = response.status_code
    kinds = {
        401: Failure.UNAUTHORISED,
        403: Failure.FORBIDDEN,
        404: Failure.NOT_FOUND,
        405: Failure.FORBIDDEN,
        429: Failure.UNAVAILABLE,
        502: Failure.UNAVAILABLE,
        503: Failure.UNAVAILABLE,
        504: Failure.UNAVAILABLE,
    }
    kind = kinds.get(status, Failure.REJECTED)
    what = f"HTTP {status} {said(response)}".strip()
    if response.is_success and "html" in response.headers.get("content-type", ""):
        kind = Failure.NOT_A_REGISTRY
    if response.is_redirect:
        kind = Failure.REDIRECTED
        what = f"HTTP {status} → {response.headers.get('location', '?')}"
    return RegistryFailure(
        kind,
        what,
        url=str(response.request.url),
        status=status,
        request_id=response.headers.get("x-request-id", ""),
    )


def said(response: httpx.Response) -> str:
    """Return the registry's own words for an error, or its content type.

    Harbor and registries: `{"errors": [{"code", "message"}]}` (Artifactory: `status`); Nexus:
    `[{"id", "message"}]` for a wrong field, else a JSON string.
    """
    media_type = response.headers.get("content-type", "").partition(";")[0].strip()
    if "json" not in media_type:
        return str(media_type)
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return str(media_type)
    match body:
        case {"errors": [*errors]} | [*errors] if errors:
            return "; ".join(map(_said_once, errors[:_MOST_ERRORS]))
        case str() if body:
            return body[:_MOST_WORDS]
        case _:
            return str(media_type)


def _said_once(error: object) -> str:
    match error:
        case dict():
            named = error.get("code") or error.get("id") or error.get("status") or ""
            return f"{named} {error.get('message', '')}".strip()[:_MOST_WORDS]
        case _:
            return str(error)[:_MOST_WORDS]
