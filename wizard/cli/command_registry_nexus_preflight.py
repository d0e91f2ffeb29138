"""`pilotage registry nexus-preflight`: what on a host stands against Nexus; changes nothing."""

from __future__ import annotations

import click

from wizard.cli.errands import looked, preflight_lines
from wizard.cli.exit_codes import ExitCode
from wizard.cli.nexus_options import place_options
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.jsonform import to_data
from wizard.service import NexusInstallation
from wizard.wording import _, mark

_ANY = "nexus:any"


@click.command(
    "nexus-preflight",
    help=mark(
        "Tell what on HOST stands against Nexus as a container; change nothing.\n\n"
        "Architecture, memory, disk, open files, ports, names of containers, the directory of its"
        " data and Docker are read there."
    ),
)
@click.argument("host")
@place_options
@common_options
@click.pass_obj
def nexus_preflight(
    session: Session, *, host: str, name: str, data: str, port: int, connectors: tuple[int, ...]
) -> ExitCode:
    """Tell what on a host stands against Nexus; change nothing."""
    wanted = NexusInstallation(
        host=host, image=_ANY, name=name, data=data, port=port, connectors=connectors
    )
    run, answer = looked(session, load_migration(session), session.service.nexus_look(wanted))
    preflight = session.service.nexus_preflight(answer, wanted)
    if session.as_json:
        session.output.document("preflight", {"run": run, "host": host, **to_data(preflight)})
    else:
        session.output.lines(preflight_lines(preflight, nothing_against_nexus()))
    return ExitCode.HOSTS if preflight.is_blocked else ExitCode.DONE


def nothing_against_nexus() -> str:
    """Return the words where a preflight found nothing."""
    return _("Nothing stands against Nexus there.")
