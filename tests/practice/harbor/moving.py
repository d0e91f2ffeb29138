"""A clock that moves when a test says so."""

from __future__ import annotations

from tests.registries.conftest import QuickClock


class MovingClock(QuickClock):
    """Stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 1_800_000_000.0

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self.seconds

    def monotonic(self) -> float:
        """Return seconds."""
        return self.seconds
