"""What systemd needs of a daemon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from wizard.errors import PilotageError


class StartRefused(PilotageError):
    """A daemon ended instead of starting.

    Attributes:
        words: what it printed.
        status: its exit status.
    """

    def __init__(self, words: str, status: int = 1) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


class Daemon(Protocol):
    """The main process of a service; `pid` is 0 while it does not run."""

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        ...

    async def start(
        self, command: tuple[str, ...], environment: Mapping[str, str], unit: str
    ) -> None:
        """Read its files and run; raises StartRefused."""
        ...

    async def hangup(self) -> None:
        """Take SIGHUP."""
        ...

    async def stop(self) -> None:
        """Take SIGTERM: end in good order."""
        ...

    async def die(self) -> None:
        """Be gone at once, as by SIGKILL."""
        ...

    async def lose_power(self) -> None:
        """Be gone with all that it kept running, as the machine itself goes down."""
        ...
