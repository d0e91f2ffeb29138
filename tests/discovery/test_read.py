"""Reading a host over a connection: one exec, whatever the host says around it."""

from __future__ import annotations

import pytest

from tests.discovery.practice import PracticeHost
from wizard.clock import SystemClock
from wizard.discovery.read import read_host
from wizard.errors import ProtocolError
from wizard.fleet.host import Host
from wizard.ssh.transport import OnLine, ScriptResult

HOST = Host(name="web1", address="127.0.0.1")
NONCE = "f" * 32


class Wire:
    """A connection that runs scripts on a practice host, with noise around the answer."""

    def __init__(self, practice: PracticeHost, *, noise: bytes = b"", drops: bool = False) -> None:
        self.scripts = 0
        self._practice = practice
        self._noise = noise
        self._drops = drops

    @property
    def host(self) -> Host:
        """Return the host at its other end."""
        return HOST

    async def run_script(
        self,
        script: bytes,
        *,
        nonce: str,
        timeout: float,  # noqa: ASYNC109  # the seam's own parameter
        on_line: OnLine | None = None,
    ) -> ScriptResult:
        """Run the script and add the noise."""
        self.scripts += 1
        output = b"" if self._drops else self._noise + self._practice.said(script)
        return ScriptResult(
            exit_status=127, lines=tuple(output.split(b"\n")), stderr_tail=b"sh: not found\n"
        )

    async def close(self) -> None:
        """Do nothing."""


async def test_a_host_is_read_in_one_exec_through_any_noise(dash_host: PracticeHost) -> None:
    """Banners, and even lines that look like an answer to somebody else."""
    noise = b"Welcome\n" + b"0" * 32 + b' {"end":true}\n{"end":true}\n'
    wire = Wire(dash_host, noise=noise)
    facts = await read_host(
        wire,
        HOST,
        target=None,
        clock=SystemClock(),
        nonces=lambda: NONCE,
        root=str(dash_host.root),
    )
    assert (facts.host, facts.os_id, wire.scripts) == ("web1", "debian", 1)


async def test_a_shell_that_says_nothing_is_named(dash_host: PracticeHost) -> None:
    """The error has the host, the exit code and the shell's own words."""
    wire = Wire(dash_host, drops=True)
    with pytest.raises(ProtocolError, match="127: sh: not found") as caught:
        await read_host(wire, HOST, target=None, clock=SystemClock())
    assert caught.value.host == "web1"
