"""`SSHTransport`: connections to a whole fleet over asyncssh.

What asyncssh would do per connection (parse files, resolve names in six threads, wait two
minutes) is done once, bounded, here (facts/fleet.md §3).
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncssh

from wizard.clock import Clock
from wizard.fleet.host import Host
from wizard.secret import Secret
from wizard.ssh.connection import SSHConnection
from wizard.ssh.failures import RETRIABLE, FailureKind, SSHFailure, classify
from wizard.ssh.host_keys import HostKeys, name_of, rejected
from wizard.ssh.keys import KeyRing
from wizard.ssh.known_hosts import KnownKeys
from wizard.ssh.sudo_passwords import SudoPasswords
from wizard.ssh.tunnels import ResolveHop, Tunnels

_RESOLVER_THREADS: Final = 32
_GREETING_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the transport; times in seconds.

    Attributes:
        connect: one attempt, from DNS to the end of authentication.
        handshakes: under way at the same time; open connections are not bounded.
        attempts: for failures that another try can cure, before any script was sent.
        retry_delay: before the second attempt; doubled and jittered after that.
        keepalive: between keepalives; three missed ones end a connection.
    """

    connect: float = 30.0
    handshakes: int = 64
    attempts: int = 4
    retry_delay: float = 0.5
    keepalive: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What of the operator's surroundings the transport uses.

    Attributes:
        home: home directory, for default keys and known hosts.
        agent_path: SSH_AUTH_SOCK, or None.
        approved_keys: Pilotage's own file of approved host keys.
    """

    home: Path
    agent_path: str | None
    approved_keys: Path


class SSHTransport:
    """Opens connections; fits `wizard.ssh.transport.Transport`.

    Args:
        environment: the operator's surroundings.
        secrets: by `<kind>:<credential or key path>`.
        resolve_hop: turns a jump host's spelling into a Host.
        clock: waits between attempts.
        limits: bounds.
    """

    def __init__(
        self,
        *,
        environment: Environment,
        secrets: Mapping[str, Secret],
        resolve_hop: ResolveHop,
        clock: Clock,
        limits: Limits | None = None,
    ) -> None:
        self._secrets = secrets
        self._clock = clock
        self._limits = limits or Limits()
        self._keys = KeyRing(
            secrets=secrets, agent_path=environment.agent_path, home=environment.home
        )
        self._host_keys = HostKeys(
            store=environment.approved_keys,
            default_files=(
                environment.home / ".ssh" / "known_hosts",
                Path("/etc/ssh/ssh_known_hosts"),
            ),
        )
        self._passwords = SudoPasswords(secrets)
        self._tunnels = Tunnels(connect=self._open, resolve_hop=resolve_hop)
        self._handshakes = asyncio.Semaphore(self._limits.handshakes)
        self._resolver = ThreadPoolExecutor(_RESOLVER_THREADS, "resolve")
        # Jitter only spreads load; it protects nothing.
        self._jitter = random.Random()  # noqa: S311

    async def connect(self, host: Host) -> SSHConnection:
        """Return an open connection to `host`; raises SSHFailure."""
        for attempt in range(1, self._limits.attempts):
            try:
                return await self._connect_once(host)
            except SSHFailure as failure:
                if failure.kind not in RETRIABLE or failure.kind is FailureKind.TIMED_OUT:
                    raise
            delay = self._limits.retry_delay * 2 ** (attempt - 1)
            await self._clock.sleep(delay * self._jitter.uniform(0.5, 1.5))
        try:
            return await self._connect_once(host)
        except SSHFailure as failure:
            greeting = await self._foreign_greeting(host, failure)
            if not greeting:
                raise
            raise SSHFailure(FailureKind.GARBAGE, host=host.name, detail=greeting) from failure

    async def _connect_once(self, host: Host) -> SSHConnection:
        tunnel = await self._tunnels.through(host.proxy_jump)
        connection = await self._open(host, tunnel)
        return SSHConnection(host, connection, self._passwords)

    async def _open(
        self, host: Host, tunnel: asyncssh.SSHClientConnection | None
    ) -> asyncssh.SSHClientConnection:
        known = self._host_keys.known(host)
        client = _Client(known)
        try:
            keys = await self._keys.for_host(host)
            async with self._handshakes, asyncio.timeout(self._limits.connect):
                address = host.address if tunnel else await self._resolve(host)
                return await self._handshake(host, address, tunnel, client, keys)
        except (OSError, asyncssh.Error) as error:
            raise await self._failure(host, tunnel, client, error) from error

    async def _handshake(
        self,
        host: Host,
        address: str,
        tunnel: asyncssh.SSHClientConnection | None,
        client: _Client,
        keys: tuple[asyncssh.SSHKeyPair, ...],
    ) -> asyncssh.SSHClientConnection:
        known = client.known
        login = self._secrets.get(f"login:{host.credential}")
        return await asyncssh.connect(
            address,
            host.port,
            tunnel=tunnel or (),
            config=None,
            username=host.user,
            client_keys=list(keys) or None,
            agent_path=None,
            password=login.reveal() if login else None,
            known_hosts=(known.trusted, known.authorities, known.revoked),
            host_key_alias=name_of(host),
            client_factory=lambda: client,
            preferred_auth="publickey,password,keyboard-interactive",
            gss_host=None,
            compression_algs=None,
            connect_timeout=self._limits.connect,
            login_timeout=self._limits.connect,
            keepalive_interval=self._limits.keepalive,
            keepalive_count_max=3,
        )

    async def _failure(
        self,
        host: Host,
        tunnel: asyncssh.SSHClientConnection | None,
        client: _Client,
        error: BaseException,
    ) -> SSHFailure:
        known = client.known
        if client.offered is not None:
            return rejected(host, known, client.offered)
        failure = classify(error, host.name)
        match failure.kind:
            case FailureKind.KEY_UNKNOWN:
                return rejected(host, known, client.offered)
            case FailureKind.NO_COMMON_ALGORITHM if known.trusted:
                # Known keys narrow what is asked for: a host with another type of key now
                # fails here instead of showing its changed key (facts/fleet.md §3.2).
                offered = await self._offered_key(host, tunnel)
                return rejected(host, known, offered) if offered else failure
            case FailureKind.AUTHENTICATION if client.wanted_password:
                secret = f"login:{host.credential}"
                if secret not in self._secrets:
                    return SSHFailure(FailureKind.SECRET_MISSING, host=host.name, secret=secret)
                return failure
            case _:
                return failure

    async def _offered_key(
        self, host: Host, tunnel: asyncssh.SSHClientConnection | None
    ) -> asyncssh.SSHKey | None:
        """Return the key that the host shows when nothing is known of it."""
        try:
            async with asyncio.timeout(self._limits.connect):
                address = host.address if tunnel else await self._resolve(host)
                return await asyncssh.get_server_host_key(
                    address, host.port, tunnel=tunnel or (), config=None
                )
        except (OSError, asyncssh.Error):
            return None

    async def _foreign_greeting(self, host: Host, failure: SSHFailure) -> str:
        """Return what answers at the host's port, if it is not SSH but closes the connection."""
        if failure.kind is not FailureKind.BUSY or failure.host != host.name or host.proxy_jump:
            return ""
        try:
            async with asyncio.timeout(_GREETING_SECONDS):
                reader, writer = await asyncio.open_connection(await self._resolve(host), host.port)
                try:
                    writer.write(b"SSH-2.0-Pilotage\r\n")
                    greeting = await reader.readline()
                finally:
                    writer.close()
        except OSError:
            return ""
        words = greeting.decode("utf-8", "replace").strip()
        return "" if words.startswith("SSH-") else words

    async def _resolve(self, host: Host) -> str:
        try:
            return str(ipaddress.ip_address(host.address))
        except ValueError:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(
                self._resolver,
                lambda: socket.getaddrinfo(host.address, host.port, type=socket.SOCK_STREAM),
            )
            return str(found[0][4][0])

    async def aclose(self) -> None:
        """Close jump connections, agents and threads."""
        await self._tunnels.aclose()
        await self._keys.aclose()
        self._resolver.shutdown(wait=False, cancel_futures=True)


class _Client(asyncssh.SSHClient):
    """Sees the host key that was offered and whether a password was wanted."""

    def __init__(self, known: KnownKeys) -> None:
        self.known = known
        self.offered: asyncssh.SSHKey | None = None
        self.wanted_password = False

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Remember a key that is not among the known ones, and refuse it."""
        del host, addr, port
        self.offered = key
        return False

    def password_auth_requested(self) -> None:
        """Note that the host would take a password."""
        self.wanted_password = True

    def kbdint_auth_requested(self) -> str | None:
        """Note that the host would ask for one; asyncssh answers with the password, if any."""
        self.wanted_password = True
        answer: str | None = NotImplemented
        return answer
