"""`pilotage registry harbor-remove`: an installation of Harbor, taken back."""

from __future__ import annotations

import click

from wizard.cli.errands import carry_out
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.service import Installation
from wizard.wording import _, mark

_USUAL = Installation(host="", bundle="/")


@click.command(
    "harbor-remove",
    help=mark(
        "Take back what “registry harbor-install” made on HOST.\n\n"
        "Its containers go, its unit, and the images that came with it and that nobody else has"
        " come to use. Data stay unless they are named, and with them its directory, whose"
        " passwords they are of; data that were there before Pilotage stay in any case."
    ),
)
@click.argument("host")
@click.option(
    "--harbor-dir",
    default=_USUAL.directory,
    show_default=True,
    metavar="PATH",
    help=mark("Where Harbor's installer was run."),
)
@click.option(
    "--delete-data",
    default="",
    metavar="PATH",
    help=mark("Delete the data too: name their directory. They cannot be had back."),
)
@common_options
@click.pass_obj
def harbor_remove(session: Session, *, host: str, harbor_dir: str, delete_data: str) -> ExitCode:
    """Take an installation of Harbor back; its data only by name."""
    errand = session.service.harbor_removal(host, directory=harbor_dir, data=delete_data)
    if delete_data:
        question = _("Remove “{name}” from {host}, and delete all in {data}?").format(
            name="Harbor", host=host, data=delete_data
        )
    else:
        question = _("Remove “{name}” from {host}? Its data stay.").format(name="Harbor", host=host)
    return carry_out(session, load_migration(session), errand, question=question)
