"""The target that the migration file of a practice fleet names."""

from __future__ import annotations

from wizard.errors import InputError
from wizard.fleet.policy import Migration
from wizard.practice.demo.running import RunningFleet
from wizard.service import MigrationService
from wizard.target import Target
from wizard.wording import _


async def practice_target(
    service: MigrationService, migration: Migration, fleet: RunningFleet
) -> Target:
    """Probe the target, as an operator does before the hosts are asked about it.

    Raises InputError when somebody took it out of the file, and what the probing raises.
    """
    if migration.target is None:
        raise InputError(
            _("The migration file of the practice fleet names no target."),
            file=str(fleet.migration_file),
        )
    report = await service.probe_target(migration.target, password=None)
    return report.target
