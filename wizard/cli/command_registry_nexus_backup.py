"""`pilotage registry nexus-backup`: what takes backups of Nexus on its host, as files."""

from __future__ import annotations

from typing import Any

import click

from wizard.cli.backup_files import Place, place_options, put
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.surroundings import Session
from wizard.service import NexusBackup
from wizard.wording import mark

_USUAL = NexusBackup()


@click.command(
    "nexus-backup",
    help=mark(
        "Write what takes backups of Nexus on its host, and proves them.\n\n"
        "A script, its settings and a systemd timer, for a Nexus in a container. Nexus dumps its"
        " database itself, where “backup” of target.provision.nexus says; the script takes that"
        " dump, and after it the blobs, keystores and etc, as one set. Its “drill” unpacks a"
        " database and holds each blob against what is told of it; blobs in a bucket are not taken:"
        " give it versions and backups of its own. Paths are those of the host."
    ),
)
@place_options
@click.option(
    "--name",
    "container",
    default=_USUAL.container,
    show_default=True,
    metavar="NAME",
    help=mark("Of its container."),
)
@click.option(
    "--data",
    default=_USUAL.data,
    show_default=True,
    metavar="PATH",
    help=mark("Where its data are on the host."),
)
@click.option(
    "--dumps",
    default=_USUAL.dumps,
    show_default=True,
    metavar="DIR",
    help=mark("In that, where Nexus dumps its database: “backup” of target.provision.nexus."),
)
@click.option(
    "--to",
    default=_USUAL.to,
    show_default=True,
    metavar="PATH",
    help=mark("Where backups go, best on another disk."),
)
@click.option(
    "--keep",
    type=int,
    default=_USUAL.keep,
    show_default=True,
    help=mark("How many stay, and how many dumps of Nexus."),
)
@click.option(
    "--at",
    default=_USUAL.at,
    show_default=True,
    metavar="HH:MM",
    help=mark("When, each day in UTC: Nexus dumps at 01:00 and tidies up from 02:00 on."),
)
@click.option(
    "--bucket",
    "has_bucket",
    is_flag=True,
    help=mark("Blobs are in a bucket, not on the host."),
)
@common_options
@click.pass_obj
def nexus_backup(session: Session, /, **given: Any) -> ExitCode:
    """Write what takes backups of Nexus on its host, and proves them."""
    place = Place(folder=given.pop("output"), host=given.pop("host"))
    files = session.service.nexus_backup_files(NexusBackup(**given))
    return put(session, files, place, document="nexus_backup")
