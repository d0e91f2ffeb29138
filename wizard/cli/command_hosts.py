"""`pilotage hosts approve`: trust host keys, each by its fingerprint."""

from __future__ import annotations

import click

from wizard.cli.documents import host_keys_document
from wizard.cli.exit_codes import ExitCode
from wizard.cli.host_keys import key_lines, named_keys, offer_keys
from wizard.cli.options import common_options
from wizard.cli.preparation import (
    described_target,
    discovered_once,
    host_secrets,
    load_migration,
    report_gaps,
)
from wizard.cli.surroundings import Session
from wizard.wording import _, mark


@click.group(help=mark("Look after the hosts themselves."))
def hosts() -> None:
    """Look after the hosts themselves."""


@hosts.command(
    help=mark(
        "List host keys that are not known yet, and approve those you compared.\n\n"
        "Nothing is trusted silently: on a terminal each key is asked about; elsewhere "
        "only keys named with --fingerprint are approved, and --yes changes nothing about "
        "that."
    )
)
@click.option(
    "--fingerprint",
    "fingerprints",
    multiple=True,
    metavar="HOST=SHA256:…",
    help=mark("Approve exactly this key; may be repeated."),
)
@click.option("--discovery", metavar="RUN", default="", help=mark("Keys that this discovery met."))
@common_options
@click.pass_obj
def approve(session: Session, fingerprints: tuple[str, ...], discovery: str) -> ExitCode:
    """List host keys that are not known yet, and approve those you compared."""
    if discovery:
        found = session.service.discovery(discovery)
    else:
        migration = load_migration(session)
        secrets = host_secrets(session, migration)
        found = discovered_once(
            session, migration, secrets, target=described_target(migration.target)
        )
    report_gaps(session, found)
    keys = list(found.unknown_keys)
    if fingerprints:
        approved = named_keys(keys, fingerprints)
        session.service.approve_host_keys(approved)
    elif session.surroundings.is_interactive and not session.as_json:
        approved = offer_keys(session, keys)
    else:
        approved = []
    unknown = [key for key in keys if key not in approved]
    if session.as_json:
        session.output.document("host_keys", host_keys_document(approved, unknown))
    else:
        session.output.lines(key_lines(unknown) if unknown else [])
        session.output.say(
            _("{approved} approved, {unknown} not known").format(
                approved=len(approved), unknown=len(unknown)
            )
        )
    return ExitCode.HOSTS if unknown or found.troubles else ExitCode.DONE
