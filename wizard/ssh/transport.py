"""The one seam between Pilotage and its hosts; whatever runs scripts on hosts fits it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wizard.fleet.host import Host

OnLine = Callable[[bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptResult:
    """What a script left behind.

    Attributes:
        exit_status: None when the shell was ended by a signal.
        lines: its standard output, split at line feeds, in order.
        stderr_tail: the last bytes of its standard error, bounded.
    """

    exit_status: int | None
    lines: tuple[bytes, ...]
    stderr_tail: bytes = b""


class HostConnection(Protocol):
    """An open connection to one host."""

    @property
    def host(self) -> Host:
        """Return the host at its other end."""
        ...

    async def run_script(
        self,
        script: bytes,
        *,
        nonce: str,
        timeout: float,  # noqa: ASYNC109  # the caller's bound on the whole script, not a task's
        on_line: OnLine | None = None,
    ) -> ScriptResult:
        """Run `script` as root with `/bin/sh -s` and return what it printed.

        `timeout` is in seconds. A script that was cut off is not stopped on the host
        (facts/fleet.md §3.4): its own deadlines count. Raises SSHFailure.
        """
        ...

    async def close(self) -> None:
        """Close the connection; safe to call twice."""
        ...


class Transport(Protocol):
    """Opens connections to hosts."""

    async def connect(self, host: Host) -> HostConnection:
        """Return an open connection; raises SSHFailure."""
        ...

    async def aclose(self) -> None:
        """Close shared bastion connections and thread pools."""
        ...
