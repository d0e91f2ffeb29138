"""`pilotage registry harbor-backup`: what takes backups of Harbor on its host, as files."""

from __future__ import annotations

from typing import Any

import click

from wizard.cli.backup_files import Place, place_options, put
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.surroundings import Session
from wizard.service import BackupSettings, Server
from wizard.wording import mark

_USUAL = BackupSettings()


@click.command(
    "harbor-backup",
    help=mark(
        "Write what takes backups of Harbor on its host, and proves them.\n\n"
        "A script, its settings and a systemd timer, for a Harbor of its own installer. The"
        " script's “drill” restores a backup into a scratch database and compares it with the"
        " files; blobs in a bucket are not taken: give it versions and backups of its own. Paths"
        " are those of the host."
    ),
)
@place_options
@click.option(
    "--harbor-dir",
    default=_USUAL.harbor_dir,
    show_default=True,
    metavar="PATH",
    help=mark("Where Harbor's installer was run."),
)
@click.option(
    "--to",
    default=_USUAL.to,
    show_default=True,
    metavar="PATH",
    help=mark("Where backups go, best on another disk."),
)
@click.option(
    "--keep", type=int, default=_USUAL.keep, show_default=True, help=mark("How many stay.")
)
@click.option(
    "--at", default=_USUAL.at, show_default=True, metavar="HH:MM", help=mark("When, each day.")
)
@click.option("--bucket", is_flag=True, help=mark("Blobs are in a bucket, not on the host."))
@click.option("--db-host", default="", metavar="NAME", help=mark("A PostgreSQL of your own."))
@click.option("--db-port", type=int, default=5432, show_default=True, help=mark("Its port."))
@click.option("--db-name", default=_USUAL.database, show_default=True, help=mark("The database."))
@click.option("--db-user", default="harbor", show_default=True, help=mark("Who owns it."))
@click.option(
    "--db-password-file",
    default="",
    metavar="PATH",
    help=mark("Its password on the host, as PGPASSFILE wants it."),
)
@common_options
@click.pass_obj
def harbor_backup(session: Session, /, **given: Any) -> ExitCode:
    """Write what takes backups of Harbor on its host, and proves them."""
    place = Place(folder=given["output"], host=given["host"])
    files = session.service.harbor_backup_files(_settings(given))
    return put(session, files, place, document="harbor_backup")


def _settings(given: dict[str, Any]) -> BackupSettings:
    server = None
    if given["db_host"]:
        server = Server(
            host=given["db_host"],
            port=given["db_port"],
            user=given["db_user"],
            password_file=given["db_password_file"],
        )
    return BackupSettings(
        harbor_dir=given["harbor_dir"],
        to=given["to"],
        keep=given["keep"],
        at=given["at"],
        server=server,
        database=given["db_name"],
        has_bucket=given["bucket"],
    )
