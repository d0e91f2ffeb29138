"""`pilotage registry restore-drill`: a backup of Harbor restored, on its host, into scratch."""

from __future__ import annotations

from typing import Final

import click

from wizard.cli.errands import carry_out
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.service import Errand, ErrandName
from wizard.wording import mark

_PATIENCE: Final = 4 * 3600.0


@click.command(
    "restore-drill",
    help=mark(
        "Prove on Harbor's host that a backup of it can be restored.\n\n"
        "The database goes into a scratch one beside Harbor's own and is dropped afterwards; each"
        " blob that it names must be in the backup, whole, and so must keys and harbor.yml. Harbor"
        " goes on as it is. “registry harbor-backup” sets up the backups."
    ),
)
@click.argument("host")
@click.option("--backup", default="", metavar="NAME", help=mark("Not the newest, but this one."))
@common_options
@click.pass_obj
def restore_drill(session: Session, host: str, backup: str) -> ExitCode:
    """Prove on Harbor's host that a backup of it can be restored."""
    errand = Errand(
        name=ErrandName.RESTORE_DRILL, host=host, arguments=(backup,), seconds=_PATIENCE
    )
    return carry_out(session, load_migration(session), errand)
