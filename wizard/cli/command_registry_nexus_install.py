"""`pilotage registry nexus-install`: Nexus as a container, on a host of the fleet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from wizard.cli.command_registry_nexus_preflight import nothing_against_nexus
from wizard.cli.errands import answer_of, followed, looked, preflight_lines, told_lines
from wizard.cli.exit_codes import ExitCode
from wizard.cli.finishing import finish
from wizard.cli.following import exit_code
from wizard.cli.new_password import chosen_password
from wizard.cli.nexus_options import USUAL, place_options
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.questions import accepts_licence, confirm, show_licence
from wizard.cli.surroundings import Session
from wizard.fleet.policy import Migration
from wizard.run.view import RunView
from wizard.secret import Secret
from wizard.service import Errand, Licence, NexusInstallation
from wizard.wording import _, mark


@click.command(
    "nexus-install",
    help=mark(
        "Install Nexus on HOST as a container.\n\n"
        "First the host is looked at as by “registry nexus-preflight”. The image is pulled there,"
        " or loaded out of an archive that is there; data are a directory of the host, the"
        " container comes back after a reboot, and admin gets the password that you choose. What"
        " was cut off is gone on with by the same command. The licence of the Community Edition"
        " is shown, and only you accept it: “--yes” does not."
    ),
)
@click.argument("host")
@click.option(
    "--image",
    required=True,
    metavar="IMAGE",
    help=mark("With its version, best with its digest: sonatype/nexus3:3.96.4@sha256:…"),
)
@click.option(
    "--archive",
    default="",
    metavar="PATH",
    help=mark("What “docker save” wrote of it, on the host; nothing is pulled then."),
)
@click.option(
    "--archive-sha256", default="", metavar="HEX", help=mark("What that file's SHA-256 must be.")
)
@place_options
@click.option(
    "--listen",
    default="",
    metavar="ADDRESS",
    help=mark("Publish its ports on this address only, as 127.0.0.1 behind a reverse proxy."),
)
@click.option(
    "--heap",
    type=int,
    default=0,
    metavar="MIB",
    help=mark("Memory of its Java, and as much beside it; the image's own by default."),
)
@click.option(
    "--wait",
    "seconds",
    type=click.IntRange(1),
    default=USUAL.seconds,
    show_default=True,
    metavar="SECONDS",
    help=mark("How long it may take to get ready."),
)
@click.option(
    "--password",
    "reference",
    default="",
    metavar="REFERENCE",
    help=mark("Where the password is that admin shall have: env:NAME, file:PATH or ask."),
)
@click.option(
    "--password-to",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help=mark("Make one and write it there, for you alone; one that is there is used again."),
)
@click.option(
    "--accept-eula",
    is_flag=True,
    help=mark("You know the licence of Nexus's Community Edition, and accept it."),
)
@common_options
@click.pass_obj
def nexus_install(session: Session, /, **given: Any) -> ExitCode:
    """Install Nexus on a host as a container."""
    reference, file = given.pop("reference"), given.pop("password_to")
    accepted: bool = given.pop("accept_eula")
    wanted = NexusInstallation(**given)
    service = session.service
    errand = service.nexus_installation(wanted)
    migration = load_migration(session)
    _run, answer = looked(session, migration, service.nexus_look(wanted))
    preflight = service.nexus_preflight(answer, wanted)
    for line in preflight_lines(preflight, nothing_against_nexus()):
        session.output.say(line)
    if preflight.is_blocked:
        return ExitCode.HOSTS
    if not confirm(session, _question(wanted)):
        session.output.say(_("Nothing was started."))
        return ExitCode.UNFINISHED
    password = chosen_password(
        session, reference=reference, file=file, purpose=_("the password of admin of Nexus")
    )
    if file is not None:
        session.output.say(_("The secrets are in {file}.").format(file=file))
    work = _Work(session, migration, service.nexus_payload(password))
    view = work.sent(errand)
    licence = work.licence(view)
    if licence and not licence.is_accepted:
        show_licence(session, licence.text)
        if not accepts_licence(session, beforehand=accepted):
            return _ended(session, wanted, view, is_accepted=False)
        view = work.sent(service.nexus_acceptance(wanted, licence))
    return _ended(session, wanted, view, is_accepted=True)


def _question(wanted: NexusInstallation) -> str:
    return _("Run {image} as “{name}” on {host}, its data in {data}?").format(
        image=wanted.image, name=wanted.name, host=wanted.host, data=wanted.data
    )


class _Work:
    """Errands with the same payload, followed and told."""

    def __init__(self, session: Session, migration: Migration, payload: Secret) -> None:
        self._session = session
        self._migration = migration
        self._payload = payload

    def sent(self, errand: Errand) -> RunView:
        """Carry it out and tell each step."""
        view = followed(self._session, self._migration, errand, payload=self._payload)
        if not self._session.as_json:
            self._session.output.lines(told_lines(self._session, view.run))
        return view

    def licence(self, view: RunView) -> Licence | None:
        """Return the licence that the installed Nexus asks for."""
        answer = answer_of(self._session, view.run)
        return self._session.service.nexus_licence(answer) if answer else None


def _ended(
    session: Session, wanted: NexusInstallation, view: RunView, *, is_accepted: bool
) -> ExitCode:
    """Tell how it came out, by the last run, and what is left for a person."""
    if exit_code(view) is not ExitCode.DONE:
        return finish(session, view)
    if session.as_json:
        document = {"run": view.run, "host": wanted.host, "name": wanted.name}
        session.output.document(
            "nexus", {**document, "ports": list(wanted.ports), "licence_accepted": is_accepted}
        )
    if is_accepted:
        session.output.say(
            _("Nexus is ready on port {port} of {host}.").format(port=wanted.port, host=wanted.host)
        )
        session.output.say(
            _("Have backups taken from the first day: {command}").format(
                command=f"pilotage registry nexus-backup --apply {wanted.host}"
            )
        )
        return ExitCode.DONE
    session.output.say(
        _("Until its licence is accepted Nexus serves no image: run this again and accept it.")
    )
    return ExitCode.UNFINISHED
