"""`pilotage registry harbor-preflight`: what on a host stands against Harbor; changes nothing."""

from __future__ import annotations

import click

from wizard.cli.errands import looked, preflight_lines
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.jsonform import to_data
from wizard.wording import _, mark


@click.command(
    "harbor-preflight",
    help=mark(
        "Tell what on HOST stands against Harbor; change nothing.\n\n"
        "Architecture, processors, memory, disk, ports, names of containers, Docker and Compose"
        " are read there, and held against what Harbor's own installer needs."
    ),
)
@click.argument("host")
@click.option(
    "--data-volume",
    default="/data",
    show_default=True,
    metavar="PATH",
    help=mark("Where its data will be."),
)
@click.option(
    "--harbor-dir",
    default="/opt/harbor",
    show_default=True,
    metavar="PATH",
    help=mark("Where it goes on the host."),
)
@click.option(
    "--port",
    "ports",
    type=click.IntRange(1, 65535),
    multiple=True,
    default=(80, 443),
    show_default=True,
    help=mark("A port that it will open; may be repeated."),
)
@common_options
@click.pass_obj
def harbor_preflight(
    session: Session, *, host: str, data_volume: str, harbor_dir: str, ports: tuple[int, ...]
) -> ExitCode:
    """Tell what on a host stands against Harbor; change nothing."""
    errand = session.service.harbor_look(host, data=data_volume, opened=ports, directory=harbor_dir)
    run, answer = looked(session, load_migration(session), errand)
    preflight = session.service.harbor_preflight(answer, ports)
    if session.as_json:
        session.output.document("preflight", {"run": run, "host": host, **to_data(preflight)})
    else:
        session.output.lines(preflight_lines(preflight, nothing_against_harbor()))
    return ExitCode.HOSTS if preflight.is_blocked else ExitCode.DONE


def nothing_against_harbor() -> str:
    """Return the words where a preflight found nothing."""
    return _("Nothing stands against Harbor there.")
