"""`pilotage registry docker-install`: Docker where a registry needs it, the system's own first."""

from __future__ import annotations

from typing import Final

import click

from wizard.cli.errands import carry_out
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.service import Errand, ErrandName
from wizard.wording import _, mark

_PATIENCE: Final = 3600.0


@click.command(
    "docker-install",
    help=mark(
        "Install Docker on HOST out of its distribution.\n\n"
        "Only what lacks, by apt on Debian and Ubuntu; on others you are told what to type. Docker"
        " drops packets that the host would forward, and adds a network of its own. The packages"
        " that came with it are listed in /etc/pilotage/docker-packages there, so that you can"
        " take it back: “apt-get purge $(cat /etc/pilotage/docker-packages)”. Where the system"
        " has none that will do, --from-docker adds Docker's own repository, signed by its"
        " key: docker.list in /etc/apt/sources.list.d and docker.asc in /etc/apt/keyrings."
    ),
)
@click.argument("host")
@click.option("--without-compose", is_flag=True, help=mark("Only the engine, as Nexus needs it."))
@click.option(
    "--from-docker",
    is_flag=True,
    help=mark("Where the distribution's will not do, add Docker's own repository and take those."),
)
@common_options
@click.pass_obj
def docker_install(
    session: Session, *, host: str, without_compose: bool, from_docker: bool
) -> ExitCode:
    """Install Docker on a host out of its distribution, or of Docker's repository."""
    errand = Errand(
        name=ErrandName.DOCKER_INSTALL,
        host=host,
        arguments=("" if without_compose else "yes", "yes" if from_docker else ""),
        seconds=_PATIENCE,
    )
    question = _(
        "Install Docker on {host}? It drops packets that the host would forward. To take it back:"
        " “apt-get purge $(cat /etc/pilotage/docker-packages)” there."
    )
    if from_docker:
        question = _(
            "Install Docker on {host}, and where its distribution's will not do, add Docker's"
            " repository and its key (/etc/apt/sources.list.d/docker.list,"
            " /etc/apt/keyrings/docker.asc)? It drops packets that the host would forward."
            " To take it back: “apt-get purge $(cat /etc/pilotage/docker-packages)” there, and"
            " remove both files."
        )
    return carry_out(session, load_migration(session), errand, question=question.format(host=host))
