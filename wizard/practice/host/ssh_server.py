"""SSH to practice hosts: real handshakes on loopback, one port per host.

A host that nobody connects to is a listening socket and nothing else. Faults are switches that
count from the next connection or command on.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wizard.practice.host.root import LOGIN
from wizard.practice.host.ssh_session import CommandHost, CommandSession
from wizard.practice.loopback import listening_socket
from wizard.ssh.library import asyncssh

_BACKLOG: Final = 64
_CLOSE_SECONDS: Final = 3.0
_REST_SECONDS: Final = 0.1
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
KEY_TYPE: Final = "ssh-ed25519"

MayForward = Callable[[str, int], bool]
"""Tells whether a jump host connects to an address and a port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may log in to the hosts of a fleet: root by key, `op` by key or password.

    Attributes:
        key: the operator's public key.
        password: of `op`; empty: keys only.
    """

    key: asyncssh.SSHKey
    password: str = ""


@dataclass(slots=True, kw_only=True)
class SSHFaults:
    """What is wrong with the SSH of a host.

    Attributes:
        refuse: nobody gets a connection.
        slow: seconds before each command is started.
        drop_after: the connection is dropped, once, as soon as a command has printed this.
        gone_after_drop: from that drop on nobody gets a connection.
        max_sessions: at the same time on one connection, as sshd's MaxSessions; 0: no limit.
    """

    refuse: bool = False
    slow: float = 0.0
    drop_after: bytes = b""
    gone_after_drop: bool = False
    max_sessions: int = 0


class SSHServer:
    """The SSH server of one host.

    Args:
        host: what runs the commands.
        access: who may log in.
        may_forward: given for a jump host.

    Attributes:
        faults: what is wrong with it.
    """

    def __init__(
        self, host: CommandHost, access: Access, *, may_forward: MayForward | None = None
    ) -> None:
        self.host = host
        self.access = access
        self.faults = SSHFaults()
        self.may_forward = may_forward
        self._key = asyncssh.generate_private_key(KEY_TYPE)
        self._socket: socket.socket | None = None
        self._options: asyncssh.SSHServerConnectionOptions | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._greeting: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> tuple[str, int]:
        """Return the address and the port that it listens on; it does."""
        if self._socket is None:
            raise RuntimeError("this host does not listen")
        address, port = self._socket.getsockname()[:2]
        return address, port

    @property
    def public_key(self) -> str:
        """Return the host key as a line of known_hosts has it."""
        return self._key.export_public_key().decode().strip()

    def listen(self, address: str, port: int) -> None:
        """Listen on a loopback address; port 0 lets the kernel choose.

        Raises InputError when the port is busy or this machine does not have the address.
        """
        self._socket = listening_socket(address, port, backlog=_BACKLOG)
        self._attend()

    def change_key(self, key: asyncssh.SSHKey | None = None) -> asyncssh.SSHKey:
        """Have another host key, or that one, from now on; return the one that it had."""
        had, self._key = self._key, key or asyncssh.generate_private_key(KEY_TYPE)
        self._options = None
        return had

    def drop(self) -> None:
        """Drop every connection, as when the network goes away; commands go on."""
        for connection in tuple(self._connections):
            connection.abort()

    async def close(self) -> None:
        """Listen no more and end every connection."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        tasks = tuple(self._greeting)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.drop()
        async with asyncio.timeout(_CLOSE_SECONDS):
            for connection in tuple(self._connections):
                await connection.wait_closed()

    def _accept(self) -> None:
        if self._socket is None:
            return
        try:
            connected, _peer = self._socket.accept()
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._rest()
            return
        if self.faults.refuse or not self.host.is_up:
            # An abortive close: the client reads it as a refusal.
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connected.close()
            return
        task = asyncio.get_running_loop().create_task(self._greet(connected))
        self._greeting.add(task)
        task.add_done_callback(self._greeting.discard)

    def _rest(self) -> None:
        """Leave who comes waiting for a moment: this process has no descriptor left."""
        if self._socket is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.call_later(_REST_SECONDS, self._attend)

    def _attend(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().add_reader(self._socket, self._accept)

    async def _greet(self, connected: socket.socket) -> None:
        if self._options is None:
            self._options = asyncssh.SSHServerConnectionOptions(
                server_factory=lambda: _Login(self, self._connections),
                server_host_keys=[self._key],
                encoding=None,
                line_editor=False,
                allow_pty=False,
                agent_forwarding=False,
                gss_host=None,
                keepalive_interval=0,
            )
        with contextlib.suppress(OSError, asyncssh.Error):
            async with self.host.login_turn():
                await asyncssh.run_server(connected, options=self._options)


class _Login(asyncssh.SSHServer):
    """One connection: who logs in, and what may be opened on it."""

    def __init__(self, server: SSHServer, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._server = server
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None
        self._user = ""
        self._sessions = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._connection is not None:
            self._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        self._user = username
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username in {"root", LOGIN} and key == self._server.access.key

    def password_auth_supported(self) -> bool:
        return bool(self._server.access.password)

    def validate_password(self, username: str, password: str) -> bool:
        right = hmac.compare_digest(password.encode(), self._server.access.password.encode())
        return username == LOGIN and right

    def session_requested(self) -> CommandSession | bool:
        limit = self._server.faults.max_sessions
        if limit and self._sessions >= limit:
            return False
        self._sessions += 1
        return _CountedSession(self._server.host, self._user, self._session_ended)

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> bool:
        del orig_host, orig_port
        may_forward = self._server.may_forward
        return may_forward is not None and may_forward(dest_host, dest_port)

    def _session_ended(self) -> None:
        self._sessions -= 1


class _CountedSession(CommandSession):
    def __init__(self, host: CommandHost, user: str, ended: Callable[[], None]) -> None:
        super().__init__(host, user)
        self._note_end = ended

    def connection_lost(self, exc: Exception | None) -> None:
        self._note_end()
        super().connection_lost(exc)
