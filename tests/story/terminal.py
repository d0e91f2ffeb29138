"""A real terminal: a private tmux server that types keys and reads the screen."""

from __future__ import annotations

import re
import secrets
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

QUIET_SECONDS = 0.7
SETTLE_SECONDS = 30.0


class Terminal:
    """A tmux window of a fixed size; every screen that was waited for is recorded.

    Args:
        command: what runs in it.
        folder: its working directory.
        recording: file that screens are appended to.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environ: Mapping[str, str],
        recording: Path,
        columns: int = 80,
        lines: int = 24,
    ) -> None:
        self._server = f"pilotage-{secrets.token_hex(4)}"
        self._recording = recording
        size = ("-x", str(columns), "-y", str(lines))
        # tmux would hand down the environment of its server, which is that of the tests.
        settings = [f"{name}={value}" for name, value in environ.items()]
        shell = shlex.join(["env", "-i", *settings, "TERM=tmux-256color", *command])
        shell += "; echo ended with $?; exec cat"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-c", str(folder), *size, shell)

    def __enter__(self) -> Self:
        """Return the terminal."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the tmux server and what runs in it."""
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._server, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout

    def screen(self) -> str:
        """Return what is on the screen now."""
        return self._tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names of them."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text as it is, and wait until it is on the screen."""
        self._tmux("send-keys", "-l", text)
        self.wait_for(re.escape(text))

    def move(self, steps: int = 1, key: str = "Tab") -> None:
        """Press Tab and wait until the focus is seen to have moved, so many times."""
        for _step in range(steps):
            self._settle()
            before = self._tmux("capture-pane", "-p", "-e")
            self.press(key)
            deadline = time.monotonic() + 30
            while self._tmux("capture-pane", "-p", "-e") == before:
                assert time.monotonic() < deadline, f"the focus stays on\n{self.screen()}"
                time.sleep(0.05)

    def wait_for(self, pattern: str, seconds: float = 60.0) -> str:
        """Return the first screen that `pattern` is on; fail with the last one."""
        deadline = time.monotonic() + seconds
        while True:
            screen = self.screen()
            if re.search(pattern, screen):
                with self._recording.open("a") as file:
                    file.write(f"--- {pattern}\n{screen}\n")
                return screen
            assert time.monotonic() < deadline, f"no {pattern!r} within {seconds} s on\n{screen}"
            time.sleep(0.1)

    def _settle(self) -> None:
        """Return once nothing has changed for a while: what is painted then is the key's doing."""
        seen, since = "", time.monotonic()
        deadline = since + SETTLE_SECONDS
        while time.monotonic() < since + QUIET_SECONDS:
            now = self._tmux("capture-pane", "-p", "-e")
            if now != seen:
                seen, since = now, time.monotonic()
                assert since < deadline, f"never at rest:\n{now}"
            time.sleep(0.05)

    def wait_until_gone(self, pattern: str, seconds: float = 60.0) -> None:
        """Return once `pattern` is no longer on the screen."""
        deadline = time.monotonic() + seconds
        while re.search(pattern, self.screen()):
            assert time.monotonic() < deadline, f"{pattern!r} stays on\n{self.screen()}"
            time.sleep(0.05)

    def still(self, pattern: str, seconds: float) -> bool:
        """Tell whether `pattern` stays on the screen for some seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not re.search(pattern, self.screen()):
                return False
            time.sleep(0.05)
        return True
