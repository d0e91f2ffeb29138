"""Backups of Harbor: a script for its host, the settings of it, and a timer; pure.

What must be in one, in which order, and why, is facts/harbor.md §6.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wizard.errors import InputError
from wizard.registries.installing.host_path import check_host_path
from wizard.wording import _

NAME: Final = "pilotage-harbor-backup"
PROGRAM: Final = f"/usr/local/sbin/{NAME}"
SETTINGS: Final = "/etc/pilotage/harbor-backup.conf"
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
KIB_IN_GIB: Final = 1 << 20

_SERVICE: Final = """\
[Unit]
Description=Backup of {product}
Documentation=man:systemd.timer(5)
After=docker.service network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart={program} backup
Nice=10
IOSchedulingClass=idle
TimeoutStartSec=12h
"""
_TIMER: Final = """\
[Unit]
Description=Backups of {product}, once a day

[Timer]
OnCalendar=*-*-* {when}
RandomizedDelaySec={delay}
Persistent=true

[Install]
WantedBy=timers.target
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL beside Harbor's own; its clients must be installed on the host.

    Attributes:
        password_file: absolute path on the host, as PGPASSFILE wants it; it is not written by us.
    """

    host: str
    port: int = 5432
    user: str = "harbor"
    password_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """Where Harbor is, and where its backups go.

    Attributes:
        harbor_dir: in which its installer was run: `harbor.yml` is there.
        to: best on another disk: a full one ends the database.
        keep: whole backups that stay.
        at: `HH:MM` by the host's clock, up to 15 minutes later.
        server: None for the database that came with Harbor, in its container.
        has_bucket: blobs are in a bucket, which needs its own versions and backups.
        reserve_gib: what must stay free beside a backup.
    """

    harbor_dir: str = "/opt/harbor"
    to: str = "/var/backups/harbor"
    keep: int = 7
    at: str = "02:30"
    server: Server | None = None
    database: str = "registry"
    has_bucket: bool = False
    reserve_gib: int = 2


def backup_files(script: str, settings: BackupSettings) -> Mapping[str, tuple[int, str]]:
    """Return mode and text of each file by its absolute path on the host.

    `script` is `assets/host/backup_sets.sh` and `assets/host/harbor_backup.sh` after it. Raises
    InputError for settings that cannot work.
    """
    _check(settings)
    return files_of(
        NAME,
        script,
        product="Harbor",
        settings={SETTINGS: _settings(settings)},
        when=f"{settings.at}:00",
        delay="15m",
    )


def files_of(
    name: str,
    script: str,
    *,
    product: str,
    settings: Mapping[str, str],
    when: str,
    delay: str = "1m",
) -> Mapping[str, tuple[int, str]]:
    """Return the files of backups of a product, as above; `when` as systemd spells a time."""
    program = f"/usr/local/sbin/{name}"
    service = _SERVICE.format(product=product, program=program)
    timer = _TIMER.format(product=product, when=when, delay=delay)
    return {
        program: (0o755, script),
        **{path: (0o600, text) for path, text in settings.items()},
        f"/etc/systemd/system/{name}.service": (0o644, service),
        f"/etc/systemd/system/{name}.timer": (0o644, timer),
    }


def _settings(settings: BackupSettings) -> str:
    values = {
        "HARBOR_DIR": settings.harbor_dir,
        "TO": settings.to,
        "KEEP": str(settings.keep),
        "RESERVE": str(settings.reserve_gib * KIB_IN_GIB),
        "BLOBS": "bucket" if settings.has_bucket else "volume",
        "DB_NAME": settings.database,
    }
    server = settings.server
    if server is None:
        values |= {"DATABASE": "container", "CONTAINER": "harbor-db", "DB_USER": "postgres"}
        return assignments(values)
    values |= {"DATABASE": "server", "DB_USER": server.user}
    reached = {"PGHOST": server.host, "PGPORT": str(server.port)}
    if server.password_file:
        reached["PGPASSFILE"] = server.password_file
    return assignments(values) + assignments(reached) + f"export {' '.join(reached)}\n"


def assignments(values: Mapping[str, str]) -> str:
    """Return settings as a shell reads them."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def _check(settings: BackupSettings) -> None:
    for path in (settings.harbor_dir, settings.to):
        check_host_path(path)
    check_schedule(settings.at, settings.keep)


def check_schedule(at: str, keep: int) -> None:
    """Raise InputError for what is no time of a day, or would keep nothing."""
    if not _TIME.fullmatch(at):
        raise InputError(
            _("“{value}” is no time of a day.").format(value=at),
            todo=_("Write it as 02:30."),
        )
    if keep < 1:
        raise InputError(_("At least one backup is kept."))
