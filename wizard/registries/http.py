"""What all clients of a registry share: trust, no cookies, bounded answers, careful repeats.

One seam to the network (an `httpx.AsyncBaseTransport`), one error (`RegistryFailure`). Only
requests that change nothing are tried again: nobody knows whether the others arrived.
"""

from __future__ import annotations

import asyncio
import http.cookiejar
import ssl
from collections.abc import Mapping
from typing import Final

import httpx

from wizard.clock import Clock
from wizard.errors import InputError
from wizard.registries.failures import Failure, RegistryFailure, is_of_tls, transport_failure
from wizard.secret import Secret
from wizard.wording import _

MAXIMUM_ANSWER: Final = 4 << 20
"""Bytes; the distribution spec's own limit for manifests, and nothing larger is asked for."""

_TIMEOUT: Final = httpx.Timeout(15.0, connect=8.0)
LONGEST: Final = 180.0
"""Seconds for one whole answer: httpx bounds each read alone, and a server could drip for ever."""
_PAUSES: Final = (0.5, 1.5)
"""Seconds before each further try of a request that changes nothing."""

_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
_TOO_MANY: Final = 429
_SAFE: Final = frozenset({"GET", "HEAD"})


class _NoCookies(http.cookiejar.CookieJar):
    """A jar that keeps nothing.

    Every answer of Harbor's API sets a session cookie, and a client that sends it back is
    refused its second write for want of a CSRF token (facts/harbor.md §1).
    """

    def set_cookie(self, cookie: http.cookiejar.Cookie) -> None:
        """Forget the cookie."""


def trust(ca_pem: str | None) -> ssl.SSLContext:
    """Return this machine's trust with the target's CA added; raises InputError."""
    context = ssl.create_default_context()
    # Runtimes verify as Go does, which is less picky than Python 3.13 about old private CAs.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if ca_pem:
        try:
            context.load_verify_locations(cadata=ca_pem)
        except ssl.SSLError as error:
            raise InputError(
                _("the CA file holds no certificate that can be read: {reason}").format(
                    reason=error.reason or error
                ),
                state=_("Nothing was changed."),
                todo=_("Give PEM certificates (`-----BEGIN CERTIFICATE-----`)."),
            ) from error
    return context


class _Proxied(httpx.AsyncBaseTransport):
    """The network behind a proxy, whose own trouble is not the registry's."""

    def __init__(self, ca_pem: str | None, proxy: Secret) -> None:
        self._name = httpx.URL(proxy.reveal()).netloc.decode()
        self._inner = httpx.AsyncHTTPTransport(
            verify=trust(ca_pem), trust_env=False, proxy=proxy.reveal()
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises ProxyError where the proxy does not answer or lets nobody by."""
        try:
            return await self._inner.handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            if is_of_tls(error):
                raise
            reason = str(error) or type(error).__name__
            words = _("the proxy {name} does not lead there: {reason}")
            raise httpx.ProxyError(words.format(name=self._name, reason=reason)) from error

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()


def _direct(ca_pem: str | None) -> httpx.AsyncBaseTransport:
    return httpx.AsyncHTTPTransport(verify=trust(ca_pem), trust_env=False)


def open_client(
    ca_pem: str | None,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    proxy: Secret | None = None,
) -> httpx.AsyncClient:
    """Return the client that everything of a target goes through.

    No proxy and no `.netrc` of the environment is used, because hosts reach the target
    directly; `proxy` is the URL of one that the operator named for this target.
    """
    return httpx.AsyncClient(
        transport=transport or (_Proxied(ca_pem, proxy) if proxy else _direct(ca_pem)),
        timeout=_TIMEOUT,
        follow_redirects=False,
        trust_env=False,
        cookies=_NoCookies(),
        headers={"User-Agent": "pilotage"},
    )


async def send(
    client: httpx.AsyncClient,
    clock: Clock,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    patience: httpx.Timeout = _TIMEOUT,
) -> httpx.Response:
    """Return the whole answer to a request, whatever its status.

    A reading request is tried again, with pauses of `clock`, while the registry is unwell; one
    with a login not where it came too often, since some count failed logins so.
    Raises RegistryFailure when no answer comes, or one longer than MAXIMUM_ANSWER.
    """
    pauses = _PAUSES if method in _SAFE else ()
    has_login = any(name.lower() == "authorization" for name in headers or ())
    unwell = _TRY_AGAIN - {_TOO_MANY} if has_login else _TRY_AGAIN
    for pause in (*pauses, None):
        try:
            request = client.build_request(
                method, url, headers=headers, content=content, timeout=patience
            )
        except httpx.InvalidURL as error:
            raise RegistryFailure(Failure.NOT_A_REGISTRY, str(error), url=url) from error
        try:
            response = await receive(client, request)
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            if pause is None:
                raise transport_failure(error, url) from error
        except httpx.HTTPError as error:
            raise transport_failure(error, url) from error
        else:
            if pause is None or response.status_code not in unwell:
                return response
        await clock.sleep(pause)
    raise AssertionError("the last try either answers or raises")


async def receive(
    client: httpx.AsyncClient, request: httpx.Request, *, longest: float = LONGEST
) -> httpx.Response:
    """Return one whole answer, however much or slowly somebody would like to send.

    Raises RegistryFailure for more than MAXIMUM_ANSWER bytes or `longest` seconds, httpx.HTTPError.
    """
    try:
        async with asyncio.timeout(longest):
            return await _whole(client, request)
    except TimeoutError as error:
        raise RegistryFailure(
            Failure.TIMED_OUT, _("its answer came to no end"), url=str(request.url)
        ) from error


async def _whole(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    response = await client.send(request, stream=True)
    received = bytearray()
    try:
        async for piece in response.aiter_bytes():
            received += piece
            if len(received) > MAXIMUM_ANSWER:
                raise RegistryFailure(
                    Failure.NOT_A_REGISTRY,
                    _("its answer is longer than {bytes} bytes").format(bytes=MAXIMUM_ANSWER),
                    url=str(request.url),
                    status=response.status_code,
                )
    finally:
        await response.aclose()
    # What was received is decoded already.
    headers = response.headers.copy()
    headers.pop("content-encoding", None)
    whole = httpx.Response(
        response.status_code,
        headers=headers,
        content=bytes(received),
        request=request,
        extensions=response.extensions,
    )
    # The charset is whatever the other side says, and Python knows some that make no text.
    whole.encoding = "utf-8"
    return whole
