"""An open connection to one host that runs scripts as root."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import asyncssh

from wizard.fleet.host import Host, Sudo
from wizard.secret import Secret
from wizard.ssh.failures import FailureKind, SSHFailure, classify
from wizard.ssh.sudo import Ask, SudoDialogue, plain_command, sudo_command
from wizard.ssh.sudo_passwords import SudoPasswords
from wizard.ssh.transport import OnLine, ScriptResult

_STDERR_TAIL: Final = 4096
_MAX_OUTPUT: Final = 64 * 1024 * 1024
_CLOSE_SECONDS: Final = 3.0


class _ScriptSession(asyncssh.SSHClientSession[bytes]):
    """Collects what one script prints; wakes whoever waits at each change."""

    def __init__(self, on_line: OnLine | None, dialogue: SudoDialogue | None) -> None:
        self.lines: list[bytes] = []
        self.stderr = bytearray()
        self.exit_status: int | None = None
        self.error: Exception | None = None
        self.too_much = False
        self.done = asyncio.Event()
        self.changed = asyncio.Event()
        self._partial = b""
        self._received = 0
        self._on_line = on_line
        self._dialogue = dialogue

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Take output of the script."""
        if datatype == asyncssh.EXTENDED_DATA_STDERR:
            self._take_errors(data)
            return
        self._received += len(data)
        if self._received > _MAX_OUTPUT:
            self.too_much = True
            self.done.set()
            self.changed.set()
            return
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._take_line(line)

    def _take_errors(self, data: bytes) -> None:
        self.stderr += data
        del self.stderr[:-_STDERR_TAIL]
        if self._dialogue is not None and not self._dialogue.is_ready:
            self._dialogue.saw_errors(data)
            self.changed.set()

    def _take_line(self, line: bytes) -> None:
        if self._dialogue is not None and self._dialogue.saw_line(line):
            self.changed.set()
            return
        self.lines.append(line)
        if self._on_line is not None:
            self._on_line(line)

    def exit_status_received(self, status: int) -> None:
        """Remember how the shell ended."""
        self.exit_status = status

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that nothing more will come."""
        if self._partial:
            self._take_line(self._partial)
            self._partial = b""
        self.error = exc
        self.done.set()
        self.changed.set()


class SSHConnection:
    """A connection of `SSHTransport`; fits `wizard.ssh.transport.HostConnection`."""

    def __init__(
        self,
        host: Host,
        connection: asyncssh.SSHClientConnection,
        passwords: SudoPasswords,
    ) -> None:
        self._host = host
        self._connection = connection
        self._passwords = passwords

    @property
    def host(self) -> Host:
        """Return the host at its other end."""
        return self._host

    async def run_script(
        self,
        script: bytes,
        *,
        nonce: str,
        timeout: float,  # noqa: ASYNC109  # see the protocol
        on_line: OnLine | None = None,
    ) -> ScriptResult:
        """Run `script` as root and return what it printed; see `HostConnection`."""
        dialogue = SudoDialogue(nonce=nonce) if self._needs_sudo() else None
        session = _ScriptSession(on_line, dialogue)
        command = sudo_command(nonce) if dialogue else plain_command()
        sent = False
        channel: asyncssh.SSHClientChannel[bytes] | None = None
        try:
            async with asyncio.timeout(timeout):
                channel, _session = await self._connection.create_session(
                    lambda: session, command, encoding=None
                )
                if dialogue:
                    await self._become_root(channel, session, dialogue)
                sent = True
                channel.write(script)
                channel.write_eof()
                await session.done.wait()
        except SSHFailure:
            raise
        except (OSError, asyncssh.Error) as error:
            failure = classify(error, self._host.name, connected=True)
            raise SSHFailure(
                failure.kind, host=self._host.name, detail=failure.detail, script_sent=sent
            ) from error
        finally:
            if channel is not None:
                channel.close()
        return self._result(session)

    def _needs_sudo(self) -> bool:
        match self._host.sudo:
            case Sudo.NONE:
                return False
            case Sudo.AUTO:
                return self._host.user != "root"
            case Sudo.PASSWORD | Sudo.PASSWORDLESS:
                return True

    async def _become_root(
        self,
        channel: asyncssh.SSHClientChannel[bytes],
        session: _ScriptSession,
        dialogue: SudoDialogue,
    ) -> None:
        """Return when root waits for the script; raise SSHFailure otherwise."""

        def send(password: Secret) -> None:
            dialogue.passwords_sent += 1
            channel.write(password.reveal().encode() + b"\n")

        while True:
            if session.done.is_set():
                kind, detail = dialogue.refusal()
                raise SSHFailure(kind, host=self._host.name, detail=detail)
            match dialogue.ask():
                case Ask.SCRIPT:
                    return
                case Ask.PASSWORD:
                    await self._give_password(send, session, dialogue)
                case Ask.WAIT:
                    session.changed.clear()
                    await session.changed.wait()

    async def _give_password(
        self, send: Callable[[Secret], None], session: _ScriptSession, dialogue: SudoDialogue
    ) -> None:
        """Send the group's password once; the first host of a group tries it alone."""
        async with self._passwords.of(self._host) as attempt:
            send(attempt.password)
            while not session.done.is_set() and dialogue.ask() is Ask.WAIT:
                session.changed.clear()
                await session.changed.wait()
            if dialogue.is_ready:
                attempt.was_right()
                return
            if dialogue.ask() is Ask.PASSWORD:
                attempt.was_wrong()
                raise SSHFailure(
                    FailureKind.SUDO_WRONG_PASSWORD,
                    host=self._host.name,
                    secret=f"sudo:{self._host.credential}",
                )

    def _result(self, session: _ScriptSession) -> ScriptResult:
        if session.too_much:
            raise SSHFailure(FailureKind.GARBAGE, host=self._host.name, script_sent=True)
        if session.error is not None:
            failure = classify(session.error, self._host.name, connected=True)
            raise SSHFailure(
                failure.kind, host=self._host.name, detail=failure.detail, script_sent=True
            ) from session.error
        if session.exit_status is None and not session.lines:
            raise SSHFailure(FailureKind.LOST, host=self._host.name, script_sent=True)
        return ScriptResult(
            exit_status=session.exit_status,
            lines=tuple(session.lines),
            stderr_tail=bytes(session.stderr),
        )

    async def close(self) -> None:
        """Close the connection; safe to call twice."""
        self._connection.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._connection.wait_closed()
        except TimeoutError:
            self._connection.abort()
