"""`pilotage registry renew-robot`: a new secret for a robot of Harbor."""

from __future__ import annotations

from pathlib import Path

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration, no_target, registry_password
from wizard.cli.questions import confirm
from wizard.cli.shown_once import open_keeper
from wizard.cli.surroundings import Session
from wizard.wording import _, mark


@click.command(
    "renew-robot",
    help=mark(
        "Give ROBOT of Harbor a new secret.\n\n"
        "For a secret that was lost or got known: the old one ends at once, with all that logs in"
        " by it. The new one goes where --secrets-to says, else to the terminal, this once. ROBOT"
        " is its name without Harbor's prefix."
    ),
)
@click.argument("robot")
@click.option(
    "--project", default="", metavar="NAME", help=mark("The project that it is of, if of one.")
)
@click.option(
    "--secrets-to",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help=mark("Write it there, for you alone; the file must be new."),
)
@common_options
@click.pass_obj
def renew_robot(session: Session, *, robot: str, project: str, secrets_to: Path | None) -> ExitCode:
    """Give a robot of Harbor a new secret."""
    choice = load_migration(session).target
    if choice is None:
        raise no_target(session)
    keeper = open_keeper(session, [robot], secrets_to)
    try:
        question = _("Renew the secret of {robot}? Whoever logs in by the old one is shut out.")
        if not confirm(session, question.format(robot=robot)):
            session.output.say(_("Nothing was changed."))
            return ExitCode.UNFINISHED
        password = registry_password(session, choice)
        call = session.service.renew_robot(choice, password=password, robot=robot, project=project)
        name, secret = session.wait(call)
        keeper.keep(name, secret)
    finally:
        keeper.close()
    if session.as_json:
        session.output.document("robot", {"name": name, "secrets_in": keeper.place})
    return ExitCode.DONE
