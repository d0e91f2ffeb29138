"""`pilotage registry restore-drill`: a backup of a registry restored, on its host, into scratch."""

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
        "Prove on the host of Harbor or Nexus that a backup of it can be restored.\n\n"
        "Harbor's database goes into a scratch one beside its own and is dropped afterwards; each"
        " blob that it names must be in the backup, whole, and so must keys and harbor.yml. That"
        " of Nexus is unpacked into a scratch directory, and each blob is held against what is told"
        " of it. Both go on as they are. “registry harbor-backup” and “registry nexus-backup” set"
        " up the backups."
    ),
)
@click.argument("host")
@click.option("--backup", default="", metavar="NAME", help=mark("Not the newest, but this one."))
@click.option(
    "--of",
    "product",
    type=click.Choice(["harbor", "nexus"]),
    default=None,
    help=mark("Of which, where backups of both are taken on that host."),
)
@common_options
@click.pass_obj
def restore_drill(session: Session, host: str, backup: str, product: str | None) -> ExitCode:
    """Prove on the host of Harbor or Nexus that a backup of it can be restored."""
    errand = Errand(
        name=ErrandName.RESTORE_DRILL,
        host=host,
        arguments=(backup, product or ""),
        seconds=_PATIENCE,
    )
    return carry_out(session, load_migration(session), errand)
