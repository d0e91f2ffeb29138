"""A real pseudo-terminal with a program in it, seen through an emulator."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

CTRL_C = b"\x03"
PATIENCE = 60.0
"""Longer than a demo waits for its fleet to end, so that what it says of that is seen."""


class Terminal:
    """Run a program on a pty of its own, in its own session.

    Attributes:
        received: bytes that the program has written so far.
    """

    def __init__(
        self, argv: Sequence[str], *, environ: Mapping[str, str], columns: int = 80, lines: int = 24
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""
        self._main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.attributes = termios.tcgetattr(side)
        self._side = side
        self.process = subprocess.Popen(
            argv,
            stdin=side,
            stdout=side,
            stderr=side,
            env={"PATH": os.environ["PATH"], **environ},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) and None,  # noqa: PLW1509  # a session needs its terminal before exec
        )

    def __enter__(self) -> Self:
        """Return the terminal with its program started."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the program and close the terminal."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self._main, self._side):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    @property
    def text(self) -> str:
        """Return what the emulator shows."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def attributes_now(self) -> list[object]:
        """Return the terminal's attributes as they are now."""
        return termios.tcgetattr(self._side)

    def send(self, keys: bytes) -> None:
        """Type bytes."""
        os.write(self._main, keys)

    def interrupt(self) -> None:
        """Type Ctrl-C once the program waits for keys.

        One that comes between a question and its read is heard when that has ended only: people
        are slower than that, tests are not.
        """
        end = time.monotonic() + PATIENCE
        while not self._is_waiting():
            assert time.monotonic() < end, "it does not wait"
            assert not self._is_over(), f"it has ended\n{self.text}"
            self._read(0.01)
        self.send(CTRL_C)

    def read_for(self, seconds: float) -> int:
        """Feed the emulator for so long and return how many bytes came."""
        end = time.monotonic() + seconds
        count = 0
        while (left := end - time.monotonic()) > 0:
            count += self._read(left)
        return count

    def see(self, words: str) -> float:
        """Read until the words are shown; return when they were, on the monotonic clock."""
        end = time.monotonic() + PATIENCE
        while words not in self.text:
            if time.monotonic() > end or (not self._read(0.05) and self._is_over()):
                raise AssertionError(f"never came: {words}\n{self.text}")
        return time.monotonic()

    def wait(self) -> int:
        """Read until the program has ended and return its exit code."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"did not end\n{self.text}")
            self._read(0.05)
        while self._read(0.05):
            pass
        return self.process.returncode

    def hang_up(self, *, is_told: bool = True) -> None:
        """Close the terminal under the program, as a lost SSH connection does.

        A shell tells its jobs; else the kernel tells the leader of the session alone.
        """
        os.close(self._main)
        os.close(self._side)
        self._main = self._side = -1
        if is_told:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGHUP)

    def _is_waiting(self) -> bool:
        """Tell whether the program's first thread sleeps, which Linux tells."""
        status = Path(f"/proc/{self.process.pid}/stat")
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "S"

    def _is_over(self) -> bool:
        return self.process.poll() is not None

    def _read(self, seconds: float) -> int:
        ready, _, _ = select.select([self._main], [], [], seconds)
        if not ready:
            return 0
        data = os.read(self._main, 65536)
        self.received += data
        self._stream.feed(data)
        return len(data)
