"""`pilotage manifest`: what an OpenShift cluster is given instead of files on its hosts."""

from __future__ import annotations

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration, spelled_target
from wizard.cli.surroundings import Session
from wizard.runtimes.openshift import MirrorSet, mirror_sets
from wizard.wording import mark


@click.command(
    help=mark(
        "Print the mirrors of the target as objects for an OpenShift cluster; change nothing.\n\n"
        "KIND is idms (images by digest) or itms (images by tag); without it both are printed."
        " Give them to `oc apply -f -`."
    )
)
@click.argument("kind", required=False, type=click.Choice([kind.value for kind in MirrorSet]))
@common_options
@click.pass_obj
def manifest(session: Session, kind: str | None) -> ExitCode:
    """Print the mirrors of the target as objects for an OpenShift cluster; change nothing."""
    target = spelled_target(session, load_migration(session).target)
    kinds = [MirrorSet(kind)] if kind else list(MirrorSet)
    text = mirror_sets(target, kinds)
    if session.as_json:
        session.output.document("manifest", {"kinds": [one.value for one in kinds], "yaml": text})
    else:
        session.output.lines(text.splitlines())
    return ExitCode.DONE
