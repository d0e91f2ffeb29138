"""An open connection to one host that runs scripts as root."""

from __future__ import annotations

import asyncio
from typing import Final

from wizard.fleet.host import Host
from wizard.ssh.failures import FailureKind, SSHFailure, classify
from wizard.ssh.library import asyncssh
from wizard.ssh.passwords import Passwords, PasswordUse, secret_name
from wizard.ssh.session import ScriptSession
from wizard.ssh.sudo import Ask, ShellDialogue, needs_sudo, shell_command
from wizard.ssh.transport import OnLine, ScriptResult

CLOSE_SECONDS: Final = 3.0
"""How long a connection may take to say goodbye before it is dropped."""
_PROOF_SECONDS: Final = 30.0
"""How long sudo may take over one password; the other hosts of its group wait so long."""

Channel = asyncssh.SSHClientChannel[bytes]


class SSHConnection:
    """A connection of `SSHTransport`; fits `wizard.ssh.transport.HostConnection`."""

    def __init__(
        self, host: Host, connection: asyncssh.SSHClientConnection, passwords: Passwords
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
        dialogue = ShellDialogue(nonce=nonce)
        session = ScriptSession(dialogue, on_line)
        command = shell_command(self._host, nonce)
        sent = False
        channel: Channel | None = None
        try:
            async with asyncio.timeout(timeout):
                channel, _session = await self._connection.create_session(
                    lambda: session, command, encoding=None
                )
                if needs_sudo(self._host):
                    await self._become_root(channel, session, dialogue)
                sent = True
                _send(channel, session, script)
                await session.done.wait()
        except SSHFailure:
            raise
        except (OSError, ValueError, asyncssh.Error) as error:
            # ValueError: asyncssh cannot decode what came.
            failure = classify(error, self._host.name, connected=True)
            raise SSHFailure(
                failure.kind, host=self._host.name, detail=failure.detail, script_sent=sent
            ) from error
        finally:
            if channel is not None:
                channel.close()
        return self._result(session, dialogue)

    async def _become_root(
        self, channel: Channel, session: ScriptSession, dialogue: ShellDialogue
    ) -> None:
        """Return when root waits for the script; raise SSHFailure otherwise."""
        while True:
            match dialogue.ask():
                case Ask.SCRIPT:
                    return
                case Ask.PASSWORD:
                    await self._give_password(channel, session, dialogue)
                case Ask.WAIT if session.done.is_set():
                    if session.error is not None:
                        raise session.error
                    raise self._refused(dialogue)
                case Ask.WAIT:
                    await session.change()

    async def _give_password(
        self, channel: Channel, session: ScriptSession, dialogue: ShellDialogue
    ) -> None:
        """Send the group's password once; the first host of a group tries it alone."""
        async with (
            self._passwords.of(self._host, PasswordUse.SUDO) as attempt,
            asyncio.timeout(_PROOF_SECONDS),
        ):
            dialogue.passwords_sent += 1
            channel.write(attempt.password.reveal().encode() + b"\n")
            while not session.done.is_set() and dialogue.ask() is Ask.WAIT:
                await session.change()
            if session.error is not None:
                raise session.error
            if dialogue.is_ready:
                attempt.was_right()
            elif dialogue.ask() is Ask.PASSWORD or dialogue.was_wrong():
                attempt.was_wrong()
                raise SSHFailure(
                    FailureKind.SUDO_WRONG_PASSWORD,
                    host=self._host.name,
                    secret=secret_name(self._host, PasswordUse.SUDO),
                )

    def _refused(self, dialogue: ShellDialogue) -> SSHFailure:
        kind, detail = dialogue.refusal()
        return SSHFailure(kind, host=self._host.name, detail=detail)

    def _result(self, session: ScriptSession, dialogue: ShellDialogue) -> ScriptResult:
        """Return what the script printed; raise what kept it from being known."""
        name = self._host.name
        if session.reader_error is not None:
            raise session.reader_error
        if session.too_much:
            raise SSHFailure(FailureKind.GARBAGE, host=name, script_sent=True)
        if session.error is not None:
            failure = classify(session.error, name, connected=True)
            raise SSHFailure(
                failure.kind, host=name, detail=failure.detail, script_sent=True
            ) from session.error
        if not session.ended:
            raise SSHFailure(FailureKind.LOST, host=name, script_sent=True)
        if not dialogue.is_ready:
            raise self._refused(dialogue)
        return ScriptResult(
            exit_status=session.exit_status,
            lines=tuple(session.lines),
            stderr_tail=bytes(session.stderr),
        )

    async def close(self) -> None:
        """Close the connection; safe to call twice."""
        await close_within(self._connection, CLOSE_SECONDS)


async def close_within(connection: asyncssh.SSHClientConnection, seconds: float) -> None:
    """Say goodbye, and drop the connection if the host does not answer or we are cancelled."""
    connection.close()
    try:
        async with asyncio.timeout(seconds):
            await connection.wait_closed()
    except TimeoutError:
        # It went unheard; that is what the drop is for.
        return
    finally:
        if not connection.is_closed():
            connection.abort()


def _send(channel: Channel, session: ScriptSession, script: bytes) -> None:
    try:
        channel.write(script)
        channel.write_eof()
    except BrokenPipeError:
        # The shell was gone before the script came; what it said tells why.
        if not session.done.is_set() and not channel.is_closing():
            raise
