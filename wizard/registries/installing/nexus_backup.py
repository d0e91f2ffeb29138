"""Backups of Nexus in a container: a script for its host, the settings of it, and a timer; pure.

What must be in one, and in which order, is facts/nexus_artifactory.md §4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wizard.errors import InputError
from wizard.registries.installing.backup import (
    KIB_IN_GIB,
    assignments,
    check_schedule,
    files_of,
)
from wizard.registries.installing.host_path import check_host_path
from wizard.wording import _

NAME: Final = "pilotage-nexus-backup"
_SETTINGS: Final = "/etc/pilotage/nexus-backup.conf"


@dataclass(frozen=True, slots=True, kw_only=True)
class NexusBackup:
    """Where Nexus is, and where its backups go.

    Attributes:
        container: its name, for telling which image a backup is of.
        data: directory of its data on the host.
        dumps: in that, where Nexus dumps its database: `backup` of target.provision.nexus.
        to: best on another disk: a full one ends the database.
        keep: whole backups that stay, and dumps in `dumps`.
        at: `HH:MM` in UTC as Nexus's own tasks are: after the dump at 01:00, and before anything is
            collected at 02:00 and compacted at 04:00.
        has_bucket: blobs are in a bucket, which needs its own versions and backups.
        reserve_gib: what must stay free beside a backup.
    """

    container: str = "nexus"
    data: str = "/srv/nexus-data"
    dumps: str = "backup"
    to: str = "/var/backups/nexus"
    keep: int = 7
    at: str = "01:30"
    has_bucket: bool = False
    reserve_gib: int = 2


def nexus_backup_files(script: str, settings: NexusBackup) -> Mapping[str, tuple[int, str]]:
    """Return mode and text of each file by its absolute path on the host; raises InputError.

    `script` is `assets/host/backup_sets.sh` and `assets/host/nexus_backup.sh` after it.
    """
    _check(settings)
    values = {
        "CONTAINER": settings.container,
        "DATA": settings.data,
        "DUMPS": settings.dumps.strip("/"),
        "TO": settings.to,
        "KEEP": str(settings.keep),
        "RESERVE": str(settings.reserve_gib * KIB_IN_GIB),
        "BLOBS": "bucket" if settings.has_bucket else "volume",
    }
    when = f"{settings.at}:00 UTC"
    return files_of(
        NAME, script, product="Nexus", settings={_SETTINGS: assignments(values)}, when=when
    )


def _check(settings: NexusBackup) -> None:
    for path in (settings.data, settings.to, f"/{settings.dumps.strip('/')}"):
        check_host_path(path)
    check_schedule(settings.at, settings.keep)
    if settings.dumps.startswith("/"):
        raise InputError(
            _("“{value}” is no directory in that of the data of Nexus.").format(
                value=settings.dumps
            ),
            todo=_("Name it as “backup” of target.provision.nexus does."),
        )
