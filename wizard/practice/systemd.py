"""The service manager of a practice host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.practice.daemons import Daemon

if TYPE_CHECKING:
    from wizard.practice.machine import Machine


class Systemd:
    """Units of one host and what runs of them."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def boot(self) -> None:
        """Start what is enabled."""

    async def halt(self) -> None:
        """End everything at once."""

    async def daemon_signalled(self, daemon: Daemon, name: str) -> None:
        """Let a daemon take a signal, and start it again where its unit wants that."""
