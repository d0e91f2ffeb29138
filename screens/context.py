"""What every step is given: the service, the session, a clock, and the way to other steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screens.session import Session, Step

# Types only: the first paint does not wait for what later steps need.
if TYPE_CHECKING:
    from wizard.clock import Clock
    from wizard.drill import OpenDrill
    from wizard.fleet.policy import Migration
    from wizard.service import MigrationService


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The world of a step.

    Attributes:
        go: show another step.
        state_folder: tells where crash reports and the last copy are kept.
        drill: what the operator practises, None in earnest.
        read_at_once: the hosts of the migration file are read without being asked to.
        is_practice: the hosts are simulated.
    """

    service: MigrationService
    session: Session
    clock: Clock
    go: Callable[[Step], None]
    state_folder: Callable[[], Path]
    drill: OpenDrill | None = None
    read_at_once: bool = False
    is_practice: bool = False

    async def accept(self, migration: Migration) -> None:
        """Make `migration` the session's answers and save them; raises PilotageError.

        The answers stay in the session even when they cannot be saved.
        """
        self.session.answers = migration
        await asyncio.to_thread(self.service.save_migration, migration, self.session.path)

    async def load(self, path: Path) -> None:
        """Make the migration file at `path` the session's answers; raises PilotageError."""
        migration = await asyncio.to_thread(self.service.load_migration, path)
        self.session.answers = migration
        self.session.path = path
