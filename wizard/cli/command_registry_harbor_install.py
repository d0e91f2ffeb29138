"""`pilotage registry harbor-install`: Harbor by its own installer, on a host of the fleet."""

from __future__ import annotations

from pathlib import Path

import click

from wizard.cli.command_registry_harbor_preflight import nothing_against_harbor
from wizard.cli.errands import carry_out, looked, preflight_lines
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.fleet.whole_file import read_whole
from wizard.secret import Secret
from wizard.service import Installation
from wizard.wording import _, mark

_USUAL = Installation(host="", bundle="/")


@click.command(
    "harbor-install",
    help=mark(
        "Install Harbor on HOST by its own installer.\n\n"
        "The installer's archive, offline or online, is on the host or brought by its URL;"
        " harbor.yml is made by “registry harbor-yml”. First the host is looked at as by"
        " “registry harbor-preflight”."
        " What was cut off is gone on with by the same command; a harbor.yml that is there stays,"
        " since its passwords may be in use. A systemd unit starts Harbor after a reboot, and admin"
        " logs in and pulls a token once."
    ),
)
@click.argument("host")
@click.option(
    "--bundle",
    required=True,
    metavar="PATH",
    help=mark(
        "The installer's archive, harbor-offline-installer-….tgz: its path on the host, or an"
        " https:// URL that the host can reach."
    ),
)
@click.option("--bundle-sha256", default="", metavar="HEX", help=mark("What its SHA-256 must be."))
@click.option(
    "--yml",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help=mark("harbor.yml for it, on this machine."),
)
@click.option(
    "--harbor-dir",
    default=_USUAL.directory,
    show_default=True,
    metavar="PATH",
    help=mark("Where it goes on the host."),
)
@click.option(
    "--data-volume",
    default="/data",
    show_default=True,
    metavar="PATH",
    help=mark("Where its data will be."),
)
@click.option("--without-trivy", is_flag=True, help=mark("Install no scanner."))
@common_options
@click.pass_obj
def harbor_install(  # click passes options by name
    session: Session,
    *,
    host: str,
    bundle: str,
    bundle_sha256: str,
    yml: Path,
    harbor_dir: str,
    data_volume: str,
    without_trivy: bool,
) -> ExitCode:
    """Install Harbor on a host by its own installer."""
    text = session.remember(Secret(read_whole(yml)))
    wanted = Installation(
        host=host,
        bundle=bundle,
        bundle_sha256=bundle_sha256,
        directory=harbor_dir,
        with_trivy=not without_trivy,
    )
    errand = session.service.harbor_installation(wanted, text)
    migration = load_migration(session)
    ports = session.service.harbor_ports(text)
    look = session.service.harbor_look(host, data=data_volume, opened=ports, directory=harbor_dir)
    _run, answer = looked(session, migration, look)
    preflight = session.service.harbor_preflight(answer, ports)
    for line in preflight_lines(preflight, nothing_against_harbor()):
        session.output.say(line)
    if preflight.is_blocked:
        return ExitCode.HOSTS
    question = _("Install Harbor into {directory} on {host}?").format(
        directory=harbor_dir, host=host
    )
    code = carry_out(session, migration, errand, question=question, payload=text)
    if code is ExitCode.DONE:
        session.output.say(
            _("Have backups taken from the first day: {command}").format(
                command=f"pilotage registry harbor-backup --apply {host}"
            )
        )
    return code
