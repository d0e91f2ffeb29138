"""`SSHTransport`: connections to a whole fleet over asyncssh.

What asyncssh would do per connection (parse files, resolve names in six threads, wait two
minutes) is done once, bounded, here (facts/fleet.md §3).
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wizard.clock import Clock
from wizard.fleet.host import Host
from wizard.secret import Secret
from wizard.ssh.addresses import Addresses
from wizard.ssh.connection import SSHConnection
from wizard.ssh.failures import RETRIABLE, FailureKind, SSHFailure, classify
from wizard.ssh.greeting import foreign_greeting
from wizard.ssh.host_keys import HostKeys, name_of, rejected
from wizard.ssh.keys import KeyRing
from wizard.ssh.library import asyncssh
from wizard.ssh.login import Login
from wizard.ssh.passwords import Passwords, PasswordUse, secret_name
from wizard.ssh.tunnels import ResolveHop, Tunnels
from wizard.ssh.window import Window
from wizard.wording import _

_CIPHERS: Final = "^aes256-gcm@openssh.com,aes128-gcm@openssh.com"
"""Put first: the default, chacha20-poly1305, costs asyncssh a fifth of a host's CPU more."""
_SYSTEM_KNOWN_HOSTS: Final = Path("/etc/ssh/ssh_known_hosts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the transport; times in seconds.

    Attributes:
        connect: one attempt to resolve, and one from the dialling to the end of the login.
        handshakes: under way at the same time; fewer on a route (directly, or through the same
            jump hosts) that refuses some. Open connections are not bounded.
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
        self._clock = clock
        self._limits = limits or Limits()
        self._keys = KeyRing(
            secrets=secrets, agent_path=environment.agent_path, home=environment.home
        )
        self._host_keys = HostKeys(
            store=environment.approved_keys,
            default_files=(environment.home / ".ssh" / "known_hosts", _SYSTEM_KNOWN_HOSTS),
        )
        self._passwords = Passwords(secrets)
        self._tunnels = Tunnels(connect=self._open, resolve_hop=resolve_hop)
        self._handshakes = asyncio.Semaphore(self._limits.handshakes)
        self._windows: dict[tuple[str, ...], Window] = {}
        self._addresses = Addresses()
        # Jitter only spreads load; it protects nothing.
        self._jitter = random.Random()  # noqa: S311

    async def connect(self, host: Host) -> SSHConnection:
        """Return an open connection to `host`; raises SSHFailure, and InputError for files."""
        for attempt in range(1, self._limits.attempts):
            try:
                return await self._connect_once(host)
            except SSHFailure as failure:
                if failure.kind not in RETRIABLE:
                    raise
                if failure.kind is FailureKind.BUSY:
                    self._window(host).refused()
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
        self._window(host).served()
        return SSHConnection(host, connection, self._passwords)

    def _window(self, host: Host) -> Window:
        """Return the bound on handshakes by the host's route.

        A jump host at its limit so slows down only those behind it.
        """
        return self._windows.setdefault(host.proxy_jump, Window(self._limits.handshakes))

    async def _open(
        self, host: Host, tunnel: asyncssh.SSHClientConnection | None
    ) -> asyncssh.SSHClientConnection:
        known = self._host_keys.known(host)
        login = Login(host, known, await self._keys.for_host(host), self._passwords)
        let_in: bool | None = None
        try:
            async with asyncio.timeout(self._limits.connect):
                addresses = () if tunnel else await self._addresses.resolve(host.address, host.port)
            async with (
                self._window(host).place(),
                self._handshakes,
                asyncio.timeout(self._limits.connect),
            ):
                if tunnel is not None:
                    connection = await self._handshake(host, tunnel, login)
                else:
                    dialled = await self._addresses.dial(addresses, self._limits.connect)
                    connection = await self._handshake(host, dialled, login)
            let_in = True
            login.succeeded()
        except (OSError, ValueError, asyncssh.Error) as error:
            # ValueError: asyncssh cannot decode what came.
            let_in = False if isinstance(error, asyncssh.PermissionDenied) else None
            raise await self._failure(host, tunnel, login, error) from error
        finally:
            await login.settle(let_in=let_in)
        return connection

    async def _handshake(
        self,
        host: Host,
        way: asyncssh.SSHClientConnection | socket.socket,
        login: Login,
    ) -> asyncssh.SSHClientConnection:
        known = login.known
        dialled = way if isinstance(way, socket.socket) else None
        try:
            return await asyncssh.connect(
                host.address,
                host.port,
                sock=dialled,
                tunnel=() if isinstance(way, socket.socket) else way,
                config=None,
                username=host.user,
                # They come one by one from the login, which so knows what was offered.
                client_keys=None,
                agent_path=None,
                password=login.password,
                known_hosts=(known.usable, known.authorities, known.revoked),
                host_key_alias=name_of(host),
                client_factory=lambda: login,
                preferred_auth="publickey,password,keyboard-interactive",
                gss_host=None,
                compression_algs=None,
                encryption_algs=_CIPHERS,
                login_timeout=self._limits.connect,
                keepalive_interval=self._limits.keepalive,
                keepalive_count_max=3,
            )
        except BaseException:
            if dialled is not None:
                dialled.close()
            raise

    async def _failure(
        self,
        host: Host,
        tunnel: asyncssh.SSHClientConnection | None,
        login: Login,
        error: BaseException,
    ) -> SSHFailure:
        known = login.known
        if login.offered is not None:
            return rejected(host, known, login.offered)
        failure = classify(error, host.name)
        match failure.kind:
            case FailureKind.KEY_UNKNOWN:
                return rejected(host, known, None)
            case FailureKind.NO_COMMON_ALGORITHM if known.usable:
                # Known keys narrow what is asked for: a host with another type of key now
                # fails here instead of showing its changed key (facts/fleet.md §3.2).
                offered = await self._offered_key(host, tunnel)
                return rejected(host, known, offered) if offered else failure
            case FailureKind.AUTHENTICATION:
                return _not_let_in(host, login, failure)
            case FailureKind.REFUSED | FailureKind.UNRESOLVABLE if tunnel and host.proxy_jump:
                detail = _("{what}, seen from {hop}").format(
                    what=failure.detail, hop=host.proxy_jump[-1]
                )
                return SSHFailure(failure.kind, host=host.name, detail=detail)
            case _:
                return failure

    async def _offered_key(
        self, host: Host, tunnel: asyncssh.SSHClientConnection | None
    ) -> asyncssh.SSHKey | None:
        """Return the key that the host shows when nothing is known of it."""
        try:
            async with asyncio.timeout(self._limits.connect):
                if tunnel is not None:
                    return await asyncssh.get_server_host_key(
                        host.address, host.port, tunnel=tunnel, config=None
                    )
                addresses = await self._addresses.resolve(host.address, host.port)
                dialled = await self._addresses.dial(addresses, self._limits.connect)
                try:
                    return await asyncssh.get_server_host_key(sock=dialled, config=None)
                finally:
                    dialled.close()
        except (OSError, asyncssh.Error):
            return None

    async def _foreign_greeting(self, host: Host, failure: SSHFailure) -> str:
        """Return what answers at the host's port, if it is not SSH but closes the connection."""
        if failure.kind is not FailureKind.BUSY or failure.host != host.name or host.proxy_jump:
            return ""
        return await foreign_greeting(self._addresses, host.address, host.port)

    async def aclose(self) -> None:
        """Close jump connections, agents and threads."""
        await self._tunnels.aclose()
        await self._keys.aclose()
        self._addresses.close()


def _not_let_in(host: Host, login: Login, failure: SSHFailure) -> SSHFailure:
    """Return which secret would let us in, if one is missing; else the failure as it is."""
    missing = login.keys.missing_passphrase
    if login.keys.is_missing_wanted or (missing and login.refusal is None):
        return SSHFailure(
            FailureKind.SECRET_MISSING,
            host=host.name,
            detail=missing.removeprefix("passphrase:"),
            secret=missing,
        )
    if login.refusal is not None and login.refusal.kind is FailureKind.SECRET_MISSING:
        return SSHFailure(
            FailureKind.SECRET_MISSING,
            host=host.name,
            detail=_("no key was accepted, a password would be"),
            secret=secret_name(host, PasswordUse.LOGIN),
        )
    if login.refusal is not None:
        return login.refusal
    if not login.offered_keys:
        detail = _("no key was offered")
    else:
        detail = _("offered: {keys}").format(keys=", ".join(login.offered_keys))
    return SSHFailure(failure.kind, host=host.name, detail=detail)
