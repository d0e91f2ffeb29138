"""`pilotage front nginx`: a server that shows a project of the target as a registry's root."""

from __future__ import annotations

from pathlib import Path

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration, spelled_target
from wizard.cli.surroundings import Session
from wizard.fleet.whole_file import write_new
from wizard.fronts.nginx import SYSTEM_CA, FrontServer, nginx_site
from wizard.wording import _, mark


@click.group(
    help=mark(
        "Write a server that shows a project as the root of a registry.\n\n"
        "Docker with the overlay2 store cannot put a project before the name of an image. Under"
        " a second DNS name such a server does it for every host, without any change on them but"
        " the usual one: make that name the target, with its addressing “root”."
    )
)
def front() -> None:
    """Write a server that shows a project as the root of a registry."""


@front.command(
    help=mark(
        "Write an nginx site for the target of the migration file.\n\n"
        "It passes on pulls only, without a login: the project must be public. It rewrites paths,"
        " challenges and the scope of tokens. Neither the target nor any host is asked."
    )
)
@click.option(
    "--server-name", "name", required=True, metavar="NAME", help=mark("Its own DNS name.")
)
@click.option(
    "--certificate",
    required=True,
    metavar="PATH",
    help=mark("Certificate for that name, on the machine of nginx."),
)
@click.option("--key", required=True, metavar="PATH", help=mark("Key of the certificate, there."))
@click.option(
    "--target-ca",
    default=SYSTEM_CA,
    show_default=True,
    metavar="PATH",
    help=mark("Certificates there by which the target is trusted."),
)
@click.option(
    "--listen",
    default="443",
    show_default=True,
    metavar="[ADDRESS:]PORT",
    help=mark("Where it listens."),
)
@click.option(
    "--token-url",
    default="",
    metavar="URL",
    help=mark("Where the target gives out tokens, if it is not Harbor and wants them."),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help=mark("Write this file, which must be new, instead of standard output."),
)
@common_options
@click.pass_obj
def nginx(  # click passes options by name
    session: Session,
    *,
    name: str,
    certificate: str,
    key: str,
    target_ca: str,
    listen: str,
    token_url: str,
    output: Path | None,
) -> ExitCode:
    """Write an nginx site for the target of the migration file."""
    target = spelled_target(session, load_migration(session).target)
    server = FrontServer(
        name=name,
        certificate=certificate,
        key=key,
        listen=listen,
        target_ca=target_ca,
        realm=token_url,
    )
    site = nginx_site(target, server)
    if output is not None:
        write_new(output, site)
        session.output.say(_("The site is in {file}.").format(file=output))
    if session.as_json:
        session.output.document("front", {"server": "nginx", "name": name, "site": site})
    elif output is None:
        for line in site.splitlines():
            session.output.source_line(line)
    return ExitCode.DONE
