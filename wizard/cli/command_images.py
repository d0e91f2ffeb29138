"""`pilotage images-to-change`: images that no setting leads to the target; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.plan_text import folded
from wizard.cli.preparation import (
    discovered,
    host_secrets,
    load_migration,
    report_gaps,
    spelled_target,
)
from wizard.cli.surroundings import Session
from wizard.cli.table import table
from wizard.jsonform import to_data
from wizard.planning.image_names import ImageChange
from wizard.wording import _, mark


@click.command(
    "images-to-change",
    help=mark(
        "List images that no setting leads to the target, and their names there.\n\n"
        "These are the images that hosts have or run and whose runtime cannot spell the target."
        " The last way out is to name them otherwise where they are used."
    ),
)
@click.option(
    "--discovery", metavar="RUN", default="", help=mark("Use the facts of this discovery.")
)
@common_options
@click.pass_obj
def images_to_change(session: Session, discovery: str) -> ExitCode:
    """List images that no setting leads to the target, and their names there."""
    migration = load_migration(session)
    target = spelled_target(session, migration.target)
    if discovery:
        found = session.service.discovery(discovery)
    else:
        secrets = host_secrets(session, migration)
        found = discovered(session, migration, secrets, target=target)
    report_gaps(session, found)
    images = session.service.images_to_change(found.facts, target)
    if session.as_json:
        document = images_document(images, found.run)
        session.output.document("images", document)
    elif found.facts:
        session.output.lines(image_lines(images))
    return ExitCode.HOSTS if found.troubles or found.unknown_keys else ExitCode.DONE


def images_document(images: Sequence[ImageChange], discovery: str) -> dict[str, Any]:
    """Return the content of an `images` document; `discovery` is the run that it rests on."""
    return {"discovery": discovery, "images": [to_data(image) for image in images]}


def image_lines(images: Sequence[ImageChange]) -> list[str]:
    """Return a line for each image with its hosts, and how many of their containers use it."""
    if not images:
        return [_("No image has to be named otherwise.")]
    grouped: dict[tuple[str, str], list[ImageChange]] = {}
    for image in images:
        grouped.setdefault((image.image, image.becomes), []).append(image)
    heads = [_("IMAGE"), _("BECOMES"), _("CONTAINERS"), _("HOSTS")]
    rows = [
        (
            name,
            becomes or _("(a path has no place in a name)"),
            str(sum(len(one.containers) for one in group)),
            folded(tuple(dict.fromkeys(one.host for one in group))),
        )
        for (name, becomes), group in grouped.items()
    ]
    return table(heads, rows)
