"""A shell on a real host that stays open: a command costs milliseconds instead of a new login."""

from __future__ import annotations

import select
import shlex
import subprocess
import time
from pathlib import Path
from typing import IO, Final

from tests.conformance.host import Answer

SECONDS: Final = 120.0
_OUT, _ERRORS = "/var/tmp/conformance.out", "/var/tmp/conformance.errors"  # noqa: S108  # a host's
_PIECE: Final = 65_536
_FRAMED: Final = "sh -c {command} </dev/null >{out} 2>{errors}; echo $?\n"


class HostShell:
    """Commands of one host, one at a time, over one SSH connection.

    Args:
        ssh_config: of the fleet.
        host: its name.
        root: its root as this machine sees it, where commands leave what they print.
    """

    def __init__(self, ssh_config: Path, host: str, root: Path) -> None:
        self._printed = root / _OUT.lstrip("/"), root / _ERRORS.lstrip("/")
        self._argv = ["ssh", "-F", str(ssh_config), "-o", "BatchMode=yes", host, "exec sh"]
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, command: str) -> Answer:
        """Run a shell command as root; raises TimeoutError and ConnectionError."""
        stdin, stdout = self._streams()
        framed = _FRAMED.format(command=shlex.quote(command), out=_OUT, errors=_ERRORS)
        stdin.write(framed.encode())
        stdin.flush()
        deadline = time.monotonic() + SECONDS
        buffer = b""
        while b"\n" not in buffer:
            buffer += _more(stdout, command, deadline)
        output, errors = (file.read_bytes().decode(errors="replace") for file in self._printed)
        return Answer(status=int(buffer), output=output, errors=errors)

    def close(self) -> None:
        """End the connection and leave nothing; the next command opens another."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            for file in self._printed:
                file.unlink(missing_ok=True)
        self._process = None

    def _streams(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        return stdin, stdout


def _more(stdout: IO[bytes], command: str, deadline: float) -> bytes:
    ready, _, _ = select.select([stdout], [], [], max(0.0, deadline - time.monotonic()))
    if not ready:
        raise TimeoutError(f"no answer within {SECONDS:g} s: {command}")
    found = stdout.read1(_PIECE)  # type: ignore[attr-defined]  # a pipe is buffered
    if not found:
        raise ConnectionError(f"the connection ended: {command}")
    return bytes(found)
