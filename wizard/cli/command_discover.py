"""`pilotage discover`: read what is on the hosts; changes nothing."""

from __future__ import annotations

import click

from wizard.cli.documents import discovery_document
from wizard.cli.exit_codes import ExitCode
from wizard.cli.host_keys import key_lines
from wizard.cli.options import common_options
from wizard.cli.preparation import (
    described_target,
    discovered,
    host_secrets,
    load_migration,
    report_gaps,
)
from wizard.cli.surroundings import Session
from wizard.cli.table import table
from wizard.discovery.facts import HostFacts
from wizard.service import Discovery
from wizard.wording import _, mark


@click.command(
    help=mark(
        "Read what is on the hosts; change nothing.\n\n"
        "Ends with 0 when every host was read, with 5 when some were not."
    )
)
@click.option("--host", "hosts", multiple=True, help=mark("Only this host; may be repeated."))
@common_options
@click.pass_obj
def discover(session: Session, hosts: tuple[str, ...]) -> ExitCode:
    """Read what is on the hosts; change nothing."""
    migration = load_migration(session)
    secrets = host_secrets(session, migration)
    target = described_target(migration.target)
    found = discovered(session, migration, secrets, target=target, hosts=hosts)
    if session.as_json:
        session.output.document("discovery", discovery_document(found))
    else:
        _show(session, found)
    return ExitCode.HOSTS if found.troubles or found.unknown_keys else ExitCode.DONE


def _show(session: Session, found: Discovery) -> None:
    output = session.output
    heads = [_("HOST"), _("SYSTEM"), _("RUNTIMES"), _("RUNNING"), _("TARGET"), _("NOTE")]
    output.lines(table(heads, [_row(facts) for facts in found.facts]))
    report_gaps(session, found)
    if found.unknown_keys:
        output.say(_("Host keys that are not known yet (pilotage hosts approve):"))
        for line in key_lines(found.unknown_keys):
            output.say(line)
    for missing in found.missing_secrets:
        output.say(
            _("{hosts}: {secret} is needed").format(
                hosts=", ".join(missing.hosts), secret=missing.key
            )
        )
    output.say(_("Discovery {run} is kept: pilotage show {run}").format(run=found.run))


def _row(facts: HostFacts) -> tuple[object, ...]:
    containers = [
        *(facts.docker.containers if facts.docker else ()),
        *(facts.containerd.containers if facts.containerd else ()),
    ]
    others = [f"{other.name} {other.version}" for other in facts.others]
    note = _("armed by run {run}").format(run=facts.armed.run) if facts.armed else ""
    return (
        facts.host,
        facts.os_name or f"{facts.os_id} {facts.os_version}",
        ", ".join([*facts.flavours, *others]),
        len(containers),
        facts.target.state.value if facts.target else "",
        note,
    )
