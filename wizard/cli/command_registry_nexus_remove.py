"""`pilotage registry nexus-remove`: an installation of Nexus, taken back."""

from __future__ import annotations

import click

from wizard.cli.errands import carry_out
from wizard.cli.exit_codes import ExitCode
from wizard.cli.nexus_options import name_option
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.wording import _, mark


@click.command(
    "nexus-remove",
    help=mark(
        "Take back what “registry nexus-install” made on HOST.\n\n"
        "The container goes, and its image if it came with it and nobody else has come to use"
        " it. Data stay unless they are named, and what was there before stays in any case."
    ),
)
@click.argument("host")
@name_option
@click.option(
    "--delete-data",
    default="",
    metavar="PATH",
    help=mark("Delete the data too: name their directory. They cannot be had back."),
)
@common_options
@click.pass_obj
def nexus_remove(session: Session, *, host: str, name: str, delete_data: str) -> ExitCode:
    """Take an installation of Nexus back; its data only by name."""
    errand = session.service.nexus_removal(host, name=name, data=delete_data)
    if delete_data:
        question = _("Remove “{name}” from {host}, and delete all in {data}?").format(
            name=name, host=host, data=delete_data
        )
    else:
        question = _("Remove “{name}” from {host}? Its data stay.").format(name=name, host=host)
    return carry_out(session, load_migration(session), errand, question=question)
