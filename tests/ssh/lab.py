"""Hosts on loopback: virtual ones in this process, and a real sshd with its default limits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from wizard.clock import SystemClock
from wizard.fleet.host import Host
from wizard.secret import Secret
from wizard.ssh.client import Environment, Limits, SSHTransport

USER = "root"
Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(kw_only=True)
class Behaviour:
    """How virtual hosts behave.

    Attributes:
        password: takes this password; empty: keys only.
        keyboard: asks for the password by keyboard-interactive.
        banner: printed before the login.
        path: folder in front of the shell's PATH.
        login_shell: run as `login_shell -c COMMAND`, as sshd does.
        environment: more variables of the shell.
        frozen: accepts the command and never answers.
        hangs_up: takes the script and closes the channel without an exit status.
        drops_after: ends the connection once so many bytes of a script came.
    """

    password: str = ""
    keyboard: bool = False
    banner: str = ""
    path: str = ""
    login_shell: str = "/bin/sh"
    environment: dict[str, str] = field(default_factory=dict)
    frozen: bool = False
    hangs_up: bool = False
    drops_after: int = 0
    commands: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    shells: list[asyncio.subprocess.Process] = field(default_factory=list)


class _Server(asyncssh.SSHServer):
    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._behaviour.connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        self._behaviour.logins.append(username)
        if self._behaviour.banner and self._connection:
            self._connection.send_auth_banner(self._behaviour.banner)
        return True

    def password_auth_supported(self) -> bool:
        return bool(self._behaviour.password) and not self._behaviour.keyboard

    def validate_password(self, username: str, password: str) -> bool:
        return password == self._behaviour.password

    def kbdint_auth_supported(self) -> bool:
        return self._behaviour.keyboard

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        return "", "", "en", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Iterable[str]) -> bool:
        return list(responses) == [self._behaviour.password]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """Keys and files of a small SSH world."""

    folder: Path
    key: Path
    host_key: asyncssh.SSHKey
    port: int

    @property
    def known_hosts(self) -> Path:
        """Return the file of known hosts."""
        return self.folder / "known_hosts"

    def host(self, address: str = "127.0.1.1", **options: object) -> Host:
        """Return a host of the lab with keys and known hosts set."""
        values: dict[str, object] = {
            "name": f"host-{address}",
            "address": address,
            "port": self.port,
            "user": USER,
            "identity_files": (str(self.key),),
            "identities_only": True,
            "known_hosts_files": (str(self.known_hosts),),
        }
        return Host(**(values | options))  # type: ignore[arg-type]  # the options of Host by name

    def know(
        self, address: str, port: int | None = None, key: asyncssh.SSHKey | None = None
    ) -> None:
        """Put a host key into the file of known hosts."""
        line = (key or self.host_key).export_public_key().decode().strip()
        with self.known_hosts.open("a") as file:
            file.write(f"[{address}]:{port or self.port} {line}\n")

    @contextlib.asynccontextmanager
    async def transport(
        self,
        secrets: dict[str, str] | None = None,
        hops: dict[str, Host] | None = None,
        agent_path: str | None = None,
        **limits: float,
    ) -> AsyncIterator[SSHTransport]:
        """Yield a transport whose operator has this lab's folder as home."""
        transport = SSHTransport(
            environment=Environment(
                home=self.folder,
                agent_path=agent_path,
                approved_keys=self.folder / "approved_keys",
            ),
            secrets={name: Secret(value) for name, value in (secrets or {}).items()},
            resolve_hop=lambda hop: (hops or {})[hop],
            clock=SystemClock(),
            limits=Limits(**{"connect": 10.0, "retry_delay": 0.05, **limits}),  # type: ignore[arg-type]  # numbers by name
        )
        try:
            yield transport
        finally:
            await transport.aclose()

    @contextlib.asynccontextmanager
    async def virtual_hosts(
        self,
        addresses: Iterable[str],
        behaviour: Behaviour | None = None,
        host_key: asyncssh.SSHKey | None = None,
    ) -> AsyncIterator[Behaviour]:
        """Serve virtual hosts that run commands with the machine's own shell."""
        behaviour = behaviour or Behaviour()
        options = asyncssh.SSHServerConnectionOptions(
            server_host_keys=[host_key or self.host_key],
            authorized_client_keys=str(self.folder / "authorized_keys"),
            process_factory=lambda process: _serve(process, behaviour),
            server_factory=lambda: _Server(behaviour),
            encoding=None,
            line_editor=False,
        )
        async with contextlib.AsyncExitStack() as stack:
            for address in addresses:
                acceptor = await asyncssh.listen(address, self.port, options=options)
                stack.push_async_callback(_end, acceptor)
            stack.push_async_callback(_end_shells, behaviour)
            yield behaviour

    @contextlib.asynccontextmanager
    async def raw_server(self, speak: Speak, address: str = "127.0.1.1") -> AsyncIterator[None]:
        """Serve something that is not SSH; every connection is closed at the end."""
        serving: set[asyncio.Task[None] | None] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            serving.add(asyncio.current_task())
            with contextlib.suppress(OSError):
                try:
                    await speak(reader, writer)
                finally:
                    writer.close()
                    await writer.wait_closed()

        async with await asyncio.start_server(serve, address, self.port):
            yield
        async with asyncio.timeout(10):
            for task in serving:
                assert task is not None
                await task

    @contextlib.asynccontextmanager
    async def sshd(self, address: str = "127.0.0.1", **settings: str) -> AsyncIterator[Host]:
        """Yield a real sshd on loopback with default limits, known and reachable by key."""
        port = free_port(address)
        key_file = self.folder / f"sshd_key_{port}"
        self.host_key.write_private_key(key_file)
        key_file.chmod(0o600)
        lines = {
            "ListenAddress": f"{address}:{port}",
            "HostKey": str(key_file),
            "AuthorizedKeysFile": str(self.folder / "authorized_keys"),
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PermitRootLogin": "yes",
            "LogLevel": "FATAL",
            **settings,
        }
        config = self.folder / f"sshd_config_{port}"
        config.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        program = shutil.which("sshd") or "/usr/sbin/sshd"
        if os.geteuid() == 0:
            await asyncio.to_thread(Path("/run/sshd").mkdir, mode=0o755, exist_ok=True)
        process = await asyncio.create_subprocess_exec(program, "-D", "-e", "-f", str(config))
        try:
            await _listening(address, port)
            self.know(address, port)
            yield self.host(address, name="bastion", port=port, user=_own_user())
        finally:
            process.terminate()
            await process.wait()


async def _serve(process: asyncssh.SSHServerProcess[bytes], behaviour: Behaviour) -> None:
    behaviour.commands.append(process.command or "")
    if behaviour.frozen:
        await process.stdin.read()
        await asyncio.Event().wait()
    if behaviour.hangs_up:
        process.stdout.write((process.command or "").split()[4].rstrip(";").encode() + b"\nin\n")
        await process.stdin.read()
        process.channel.close()
        return
    if behaviour.drops_after:
        await process.stdin.read(behaviour.drops_after)
        process.channel.get_connection().abort()
        return
    environ = {"PATH": f"{behaviour.path}:{os.environ['PATH']}", "HOME": "/"}
    shell = await asyncio.create_subprocess_exec(
        *(behaviour.login_shell, "-c", process.command or ""),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environ | behaviour.environment,
        start_new_session=True,
    )
    behaviour.shells.append(shell)
    assert shell.stdin is not None
    assert shell.stdout is not None
    assert shell.stderr is not None
    feeding = asyncio.create_task(_feed(process.stdin, shell.stdin))
    async with asyncio.TaskGroup() as pumps:
        pumps.create_task(_carry(shell.stdout, process.stdout))
        pumps.create_task(_carry(shell.stderr, process.stderr))
    status = await shell.wait()
    feeding.cancel()
    with contextlib.suppress(OSError):
        process.exit(status)


async def _feed(source: asyncssh.SSHReader[bytes], shell: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65536):
            shell.write(data)
            await shell.drain()
    shell.close()


async def _carry(source: asyncio.StreamReader, sink: asyncssh.SSHWriter[bytes]) -> None:
    while data := await source.read(65536):
        with contextlib.suppress(OSError):
            sink.write(data)


async def _end_shells(behaviour: Behaviour) -> None:
    for shell in behaviour.shells:
        if shell.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            await shell.wait()
    for connection in behaviour.connections:
        connection.abort()
        await connection.wait_closed()


async def _end(acceptor: asyncssh.SSHAcceptor) -> None:
    acceptor.close()
    await acceptor.wait_closed()


async def _listening(address: str, port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _reader, writer = await asyncio.open_connection(address, port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return


def _own_user() -> str:
    return os.environ.get("USER") or USER


def free_port(address: str) -> int:
    """Return a TCP port that is free at `address` now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def make_lab(folder: Path) -> Lab:
    """Make keys for a lab in `folder`."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(folder / "key")
    key.write_public_key(folder / "authorized_keys")
    (folder / "key").chmod(0o600)
    return Lab(
        folder=folder,
        key=folder / "key",
        host_key=asyncssh.generate_private_key("ssh-ed25519"),
        port=free_port("127.0.1.1"),
    )
