"""A connection to a fleet host that goes past sshd, as root."""

from __future__ import annotations

import asyncio

from tests.fleet import Fleet
from wizard.fleet.host import Host
from wizard.ssh.transport import OnLine, ScriptResult


class FleetConnection:
    """Fits `HostConnection`: scripts run in the host by `Fleet.exec`."""

    def __init__(self, fleet: Fleet, name: str) -> None:
        self._fleet = fleet
        self._host = Host(name=name, address=fleet.hosts[name].address)
        self.scripts = 0

    @property
    def host(self) -> Host:
        """Return the host at its other end."""
        return self._host

    async def run_script(
        self,
        script: bytes,
        *,
        nonce: str,
        timeout: float,  # noqa: ASYNC109  # the seam's own parameter
        on_line: OnLine | None = None,
    ) -> ScriptResult:
        """Run a script with the host's own sh and return what it printed."""
        self.scripts += 1
        done = await asyncio.to_thread(
            self._fleet.exec, self._host.name, "exec /bin/sh -s", script, timeout
        )
        lines = tuple(done.stdout.split(b"\n"))
        if on_line:
            for line in lines:
                on_line(line)
        return ScriptResult(exit_status=done.returncode, lines=lines, stderr_tail=done.stderr)

    async def close(self) -> None:
        """Do nothing: nothing is held open."""
