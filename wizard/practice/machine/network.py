"""The way of practice runtimes to registries: real HTTPS to loopback addresses, nothing else.

Runtimes know registries by name (`registry-1.docker.io`); a `Network` knows where on loopback a
name is. Certificates are really verified, against exactly the authorities that the real runtime
would look at. Errors carry the words of Go's net, crypto/tls and crypto/x509, as the runtimes
print them.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

import h11

from wizard.errors import PilotageError

HOST_HEADER: Final = "X-Practice-Host"
"""Names the practice host to a registry, because all of them have the same address."""
_CERTIFICATE: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----"
)
_PIECE: Final = 65_536
_CONTEXTS: Final = 64
_PORTS: Final = {"https": 443, "http": 80}
_HOSTNAME_MISMATCH: Final = 62
_IP_MISMATCH: Final = 64
_X509: Final[Mapping[int, str]] = {
    10: "x509: certificate has expired or is not yet valid: current time is after its end",
    9: "x509: certificate has expired or is not yet valid: current time is before its beginning",
    _HOSTNAME_MISMATCH: "x509: certificate is not valid for any names, but wanted to match {name}",
    _IP_MISMATCH: "x509: cannot validate certificate for {name} because it doesn't contain any "
    "IP SANs",
}
"""Go's words by OpenSSL's verify code; every other one is an unknown authority."""
_UNKNOWN_AUTHORITY: Final = "x509: certificate signed by unknown authority"


class Unreachable(PilotageError):
    """A registry did not answer; `what` has Go's words without the request before them."""


class Untrusted(Unreachable):
    """The certificate of a registry is signed by nobody that the client trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a registry answered; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom a client trusts.

    Attributes:
        authorities: PEM bundles; what is no certificate in them is passed over, as Go does.
        verify: False for a registry that is marked insecure.
    """

    authorities: tuple[bytes, ...] = ()
    verify: bool = True


@dataclass(slots=True, kw_only=True)
class Network:
    """Names of registries and where on loopback they are.

    Attributes:
        names: `host` or `host:port` as a client has it, to an address and a port.
        timeout: seconds for one request.
    """

    names: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    timeout: float = 30.0
    _contexts: dict[bytes, ssl.SSLContext] = field(default_factory=dict)

    @asynccontextmanager
    async def client(self, host: str, trust: Trust) -> AsyncIterator[Client]:
        """Yield a client of the practice host `host`; its connections end with it."""
        client = Client(network=self, host=host, trust=trust)
        try:
            yield client
        finally:
            client.close()

    def address(self, parts: SplitResult) -> tuple[str, int]:
        """Return where a URL leads; raises Unreachable for a name that nobody knows."""
        name = parts.hostname or ""
        port = parts.port or _PORTS[parts.scheme]
        found = self.names.get(f"{name}:{port}") or self.names.get(name)
        if found:
            return found
        if name == "localhost":
            return "127.0.0.1", port
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            raise Unreachable(f"dial tcp: lookup {name}: no such host") from None
        if not address.is_loopback:
            raise Unreachable(f"dial tcp {name}:{port}: connect: network is unreachable")
        return name, port

    def resolve(self, name: str) -> str:
        """Return the address of a name for those who look at networks, or nothing.

        A name that the network knows is taken for another machine, although it is on loopback
        here: Docker trusts loopback blindly, and `localhost` stands for a registry far away.
        """
        if any(known == name or known.startswith(f"{name}:") for known in self.names):
            return "192.0.2.1"
        if name == "localhost":
            return "127.0.0.1"
        try:
            return str(ipaddress.ip_address(name))
        except ValueError:
            return ""

    def context(self, trust: Trust) -> ssl.SSLContext:
        """Return the TLS context of a trust; equal ones share one."""
        key = hashlib.sha256(b"\0".join((b"%d" % trust.verify, *trust.authorities))).digest()
        context = self._contexts.get(key)
        if context is None:
            if len(self._contexts) >= _CONTEXTS:
                self._contexts.clear()
            context = self._contexts[key] = _context(trust)
        return context


def _context(trust: Trust) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificates = certificates_of(*trust.authorities)
    if certificates:
        context.load_verify_locations(cadata=certificates.decode())
    return context


def certificates_of(*bundles: bytes) -> bytes:
    """Return the PEM certificates in some files, without what else is in them."""
    return b"\n".join(one for bundle in bundles for one in _CERTIFICATE.findall(bundle))


@dataclass(slots=True, kw_only=True)
class Client:
    """One runtime at one task: connections are kept from request to request."""

    network: Network
    host: str
    trust: Trust
    _open: dict[str, _Connection] = field(default_factory=dict)

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Answer:
        """Return what is at `url`; raises Unreachable and Untrusted."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        try:
            async with asyncio.timeout(self.network.timeout):
                kept = self._open.pop(origin, None)
                connection = kept or await self._connect(parts)
                answer = await connection.request(method, parts, headers or {}, self.host)
        except TimeoutError:
            raise Unreachable(
                "net/http: request canceled (Client.Timeout exceeded while awaiting headers)"
            ) from None
        except (OSError, h11.RemoteProtocolError, asyncio.IncompleteReadError) as error:
            raise _in_words_of_go(error, parts, self.network.address(parts)) from error
        if connection.reusable():
            self._open[origin] = connection
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """End all connections."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    async def _connect(self, parts: SplitResult) -> _Connection:
        address, port = self.network.address(parts)
        secure = parts.scheme == "https"
        reader, writer = await asyncio.open_connection(
            address,
            port,
            ssl=self.network.context(self.trust) if secure else None,
            server_hostname=parts.hostname if secure else None,
        )
        return _Connection(reader=reader, writer=writer)


@dataclass(slots=True, kw_only=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    state: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))

    async def request(
        self, method: str, parts: SplitResult, headers: Mapping[str, str], host: str
    ) -> Answer:
        """Send one request and read its answer."""
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        lines = {"Host": parts.netloc, HOST_HEADER: host, **headers}
        request = h11.Request(method=method, target=target, headers=list(lines.items()))
        self.writer.write(
            (self.state.send(request) or b"") + (self.state.send(h11.EndOfMessage()) or b"")
        )
        await self.writer.drain()
        response: h11.Response | None = None
        body = bytearray()
        while True:
            event = self.state.next_event()
            if event is h11.NEED_DATA:
                self.state.receive_data(await self.reader.read(_PIECE))
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and response is not None:
                return _answer(response, bytes(body))

    def reusable(self) -> bool:
        """Make ready for another request, and tell whether there can be one."""
        if self.state.our_state is not h11.DONE or self.state.their_state is not h11.DONE:
            return False
        self.state.start_next_cycle()
        return not self.reader.at_eof()

    def close(self) -> None:
        """End it without waiting: everything that was asked has been answered."""
        self.writer.transport.abort()


def _answer(response: h11.Response, body: bytes) -> Answer:
    headers = {name.decode().lower(): value.decode() for name, value in response.headers}
    return Answer(status=response.status_code, headers=headers, body=body)


def _in_words_of_go(error: Exception, parts: SplitResult, address: tuple[str, int]) -> Unreachable:
    if isinstance(error, ssl.SSLCertVerificationError):
        words = _X509.get(error.verify_code, _UNKNOWN_AUTHORITY)
        return Untrusted(words.format(name=parts.hostname))
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        if reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"}:
            return Unreachable("http: server gave HTTP response to HTTPS client")
        return Unreachable(f"remote error: tls: {reason.lower().replace('_', ' ')}")
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"dial tcp {address[0]}:{address[1]}: connect: connection refused")
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return Unreachable("read: connection reset by peer")
    return Unreachable("EOF")
