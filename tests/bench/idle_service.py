"""A service that has nothing to say and nothing to import: the screens' own cost is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from wizard.service import MigrationService, RunSummary


class _Idle:
    def runs(self) -> tuple[RunSummary, ...]:
        """Return no runs."""
        return ()

    def ssh_aliases(self) -> tuple[str, ...]:
        """Return no aliases."""
        return ()


def idle_service() -> MigrationService:
    """Return a service of which the first screen asks only these two."""
    return cast("MigrationService", _Idle())
