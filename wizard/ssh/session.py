"""What one script prints, collected as it comes."""

from __future__ import annotations

import asyncio
from typing import Final

from wizard.ssh.library import asyncssh
from wizard.ssh.sudo import ShellDialogue
from wizard.ssh.transport import OnLine

MAX_OUTPUT: Final = 64 * 1024 * 1024
"""Bytes of output and errors that are taken from one script."""
_MAX_NOISE: Final = 1024 * 1024
"""The same before the shell is ready."""
_STDERR_TAIL: Final = 4096


class ScriptSession(asyncssh.SSHClientSession[bytes]):
    """Collects what one script prints; wakes whoever waits at each change.

    Attributes:
        exit_status: of the shell; None while it runs, and when a signal ended it.
        ended: the shell is known to have ended, by itself or by a signal.
        error: what ended the connection, if something did.
        reader_error: what `on_line` raised.
        too_much: more came than is taken.
        done: nothing more will come, or be taken.
    """

    def __init__(self, dialogue: ShellDialogue, on_line: OnLine | None) -> None:
        self.lines: list[bytes] = []
        self.stderr = bytearray()
        self.exit_status: int | None = None
        self.ended = False
        self.error: Exception | None = None
        self.reader_error: Exception | None = None
        self.too_much = False
        self.done = asyncio.Event()
        self._changed = asyncio.Event()
        self._partial: list[bytes] = []
        self._received = 0
        self._on_line = on_line
        self._dialogue = dialogue

    async def change(self) -> None:
        """Return when something changed in the dialogue, or nothing more will come."""
        self._changed.clear()
        if not self.done.is_set():
            await self._changed.wait()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Take output of the script."""
        if self.done.is_set():
            return
        self._received += len(data)
        if self._received > (MAX_OUTPUT if self._dialogue.is_ready else _MAX_NOISE):
            self.too_much = True
            self._end()
        elif datatype == asyncssh.EXTENDED_DATA_STDERR:
            self._take_errors(data)
        elif b"\n" not in data:
            self._partial.append(data)
        else:
            *lines, rest = b"".join((*self._partial, data)).split(b"\n")
            self._partial = [rest]
            for line in lines:
                self._take_line(line)

    def _take_errors(self, data: bytes) -> None:
        self.stderr += data
        del self.stderr[:-_STDERR_TAIL]
        if not self._dialogue.is_ready:
            self._dialogue.saw_errors(data)
            self._changed.set()

    def _take_line(self, line: bytes) -> None:
        if not self._dialogue.is_ready and self._dialogue.saw_line(line):
            self._changed.set()
            return
        self.lines.append(line)
        if self._on_line is None:
            return
        try:
            self._on_line(line)
        except Exception as error:  # noqa: BLE001  # asyncssh would swallow it: raised to the caller
            self.reader_error = error
            self._on_line = None
            self._end()

    def exit_status_received(self, status: int) -> None:
        """Remember how the shell ended."""
        self.exit_status = status
        self.ended = True

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:  # noqa: FBT001  # asyncssh's signature
        """Remember that a signal ended the shell."""
        del signal, core_dumped, msg, lang
        self.ended = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that nothing more will come."""
        rest = b"".join(self._partial)
        self._partial = []
        if rest and not self.done.is_set():
            self._take_line(rest)
        self.error = exc
        self._end()

    def _end(self) -> None:
        self.done.set()
        self._changed.set()
