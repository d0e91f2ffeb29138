"""`pilotage registry choose`: registries compared for this fleet; changes nothing."""

from __future__ import annotations

import click

from wizard.cli.choice_text import choice_document, choice_lines
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import discovered, host_secrets, load_migration, report_gaps
from wizard.cli.surroundings import Session
from wizard.errors import InputError
from wizard.service import Need, Usage
from wizard.wording import _, mark

_USUAL = Usage()


@click.command(
    help=mark(
        "Compare Harbor, Nexus, JCR, Artifactory and a plain registry for this fleet.\n\n"
        "What each would serve of the hosts is computed from discovery, what its licence bears"
        " from how much they pull. No registry is asked, and the file need not name one."
    )
)
@click.option(
    "--needs",
    metavar="A,B,…",
    default="",
    help=mark(
        "What you need, of formats, proxy, upstreams, isolation, sign-on, robots, scanning,"
        " blocking, signing, replication, quotas, ha, air-gap, free and provisioning."
    ),
)
@click.option(
    "--pulls",
    type=click.IntRange(min=0),
    default=_USUAL.pulls,
    show_default=True,
    help=mark("Pulls by each host on a day."),
)
@click.option(
    "--layers",
    type=click.IntRange(min=1),
    default=_USUAL.layers,
    show_default=True,
    help=mark("Layers of an image."),
)
@click.option(
    "--components",
    type=click.IntRange(min=0),
    default=None,
    help=mark("Images with tags it would hold; by default those on the hosts."),
)
@click.option("--why", is_flag=True, help=mark("Tell the reason and source of every answer."))
@click.option(
    "--discovery", metavar="RUN", default="", help=mark("Use the facts of this discovery.")
)
@common_options
@click.pass_obj
def choose(  # click passes options by name
    session: Session,
    *,
    needs: str,
    pulls: int,
    layers: int,
    components: int | None,
    why: bool,
    discovery: str,
) -> ExitCode:
    """Compare registries for this fleet and the operator's needs; change nothing."""
    asked = _needs(needs)
    migration = load_migration(session)
    if discovery:
        found = session.service.discovery(discovery)
    else:
        secrets = host_secrets(session, migration)
        found = discovered(session, migration, secrets, target=None)
    report_gaps(session, found)
    comparison = session.service.compare_registries(
        migration,
        found.facts,
        needs=asked,
        usage=Usage(pulls=pulls, layers=layers, components=components),
    )
    if session.as_json:
        session.output.document("choice", choice_document(comparison, found.run))
    else:
        session.output.lines(choice_lines(comparison, with_all_reasons=why))
    return ExitCode.HOSTS if found.troubles or found.unknown_keys else ExitCode.DONE


def _needs(text: str) -> frozenset[Need]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    known = {need.value: need for need in Need}
    for word in words:
        if word not in known:
            raise InputError(
                _("“{word}” is no need that is known.").format(word=word),
                todo=_("Use some of {needs}.").format(needs=", ".join(known)),
            )
    return frozenset(known[word] for word in words)
