"""One command over SSH on a practice host: a real shell between pipes, as sshd starts it.

A connection that ends takes its pipes along and nothing else: the command goes on, as on a real
host (facts/fleet.md §3.4).
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from wizard.practice.host.shell_processes import ShellProcess
from wizard.ssh.library import asyncssh

_STDERR: Final = asyncssh.EXTENDED_DATA_STDERR
_CANNOT_START: Final = 255


class CommandHost(Protocol):
    """What SSH wants of its host."""

    @property
    def is_up(self) -> bool:
        """Tell whether the host is there at all."""
        ...

    def start(
        self, command: str, *, user: str, stdin: int, stdout: int, stderr: int
    ) -> ShellProcess:
        """Start a shell command as `user` with descriptors as streams; raises OSError."""
        ...

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Begin when the host gets to the command: at once unless it is slow or busy."""
        ...

    def login_turn(self) -> AbstractAsyncContextManager[None]:
        """Begin when the host gets to a login."""
        ...

    def heard(self, data: bytes) -> bool:
        """Tell whether the connection goes on after the command has printed `data`."""
        ...

    def look_after(self, task: asyncio.Task[None]) -> None:
        """Keep a task until it is done, and end it with the host."""
        ...


class CommandSession(asyncssh.SSHServerSession[bytes]):
    """A session that runs one command, or a shell that reads commands; never a terminal."""

    def __init__(self, host: CommandHost, user: str) -> None:
        self._host = host
        self._user = user
        self._command = ""
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._given: asyncio.WriteTransport | None = None
        self._waiting = bytearray()
        self._input_ended = False
        self._outlets: list[_Outlet] = []

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Remember the channel."""
        self._channel = chan

    def shell_requested(self) -> bool:
        """Run the login shell, which reads commands."""
        self._command = "exec sh"
        return True

    def exec_requested(self, command: str) -> bool:
        """Run a command with the login shell."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Start it."""
        self._host.look_after(asyncio.get_running_loop().create_task(self._run()))

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Hand input to the command."""
        del datatype
        if self._given is None:
            self._waiting += data
        else:
            self._given.write(data)

    def eof_received(self) -> bool:
        """End the command's input; its output goes on."""
        self._input_ended = True
        if self._given is not None:
            self._given.close()
        return True

    def pause_writing(self) -> None:
        """Read no more output while the client does not take it."""
        for outlet in self._outlets:
            outlet.pause()

    def resume_writing(self) -> None:
        """Read output again."""
        for outlet in self._outlets:
            outlet.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the pipes; what writes to them gets SIGPIPE, or an error if it ignores that."""
        del exc
        self._channel = None
        if self._given is not None:
            self._given.close()
        for outlet in self._outlets:
            outlet.close()

    async def _run(self) -> None:
        async with self._host.turn():
            await self._run_now()

    async def _run_now(self) -> None:
        if self._channel is None:
            return
        given, stdin = os.pipe()
        output, stdout = os.pipe()
        errors, stderr = os.pipe()
        try:
            process = self._host.start(
                self._command, user=self._user, stdin=given, stdout=stdout, stderr=stderr
            )
        except OSError as error:
            for end in (stdin, output, errors):
                os.close(end)
            self._channel.write(f"{error}\n".encode(), _STDERR)
            self._channel.exit(_CANNOT_START)
            return
        finally:
            for end in (given, stdout, stderr):
                os.close(end)
        await self._connect(stdin, output, errors)
        status = await process.wait()
        for outlet in self._outlets:
            await outlet.ended
        self._tell(status)

    async def _connect(self, stdin: int, output: int, errors: int) -> None:
        loop = asyncio.get_running_loop()
        for end, datatype in ((output, None), (errors, _STDERR)):
            _transport, outlet = await loop.connect_read_pipe(
                lambda datatype=datatype: _Outlet(self._say, datatype),  # type: ignore[misc]  # a default argument binds the loop's variable
                os.fdopen(end, "rb", buffering=0),
            )
            self._outlets.append(outlet)
        given, _protocol = await loop.connect_write_pipe(
            asyncio.BaseProtocol, os.fdopen(stdin, "wb", buffering=0)
        )
        given.write(bytes(self._waiting))
        self._waiting.clear()
        self._given = given
        if self._input_ended or self._channel is None:
            given.close()
        if self._channel is None:
            for outlet in self._outlets:
                outlet.close()

    def _say(self, data: bytes, datatype: asyncssh.DataType) -> None:
        if self._channel is None:
            return
        self._channel.write(data, datatype)
        if not self._host.heard(data):
            self._channel.get_connection().abort()

    def _tell(self, status: int) -> None:
        if self._channel is None:
            return
        if status < 0:
            self._channel.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            self._channel.exit(status)


class _Outlet(asyncio.Protocol):
    """Carries one stream of a command to the client."""

    def __init__(self, say: _Say, datatype: asyncssh.DataType) -> None:
        self._say = say
        self._datatype = datatype
        self._pipe: asyncio.ReadTransport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.ReadTransport)  # noqa: S101  # what connect_read_pipe makes
        self._pipe = transport

    def data_received(self, data: bytes) -> None:
        self._say(data, self._datatype)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.ended.done():
            self.ended.set_result(None)

    def pause(self) -> None:
        if self._pipe and not self._pipe.is_closing():
            self._pipe.pause_reading()

    def resume(self) -> None:
        if self._pipe and not self._pipe.is_closing():
            self._pipe.resume_reading()

    def close(self) -> None:
        if self._pipe:
            self._pipe.close()


class _Say(Protocol):
    def __call__(self, data: bytes, datatype: asyncssh.DataType) -> None: ...
