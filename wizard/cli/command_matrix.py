"""`pilotage matrix`: what each addressing of the target would cost each host; changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.plan_text import folded
from wizard.cli.preparation import (
    described_target,
    discovered,
    host_secrets,
    load_migration,
    no_target,
    report_gaps,
)
from wizard.cli.surroundings import Session
from wizard.cli.table import pairs, table
from wizard.jsonform import to_data
from wizard.planning.matrix import ADDRESSING_WORDS, COST_WORDS, Cost, Row
from wizard.planning.plan import Block
from wizard.target import Addressing
from wizard.wording import _, mark


@click.command(
    help=mark(
        "Tell what each addressing of the target would cost each host; change nothing.\n\n"
        "The target itself is not asked: a registry that is still to be chosen will do."
    )
)
@click.option(
    "--discovery", metavar="RUN", default="", help=mark("Use the facts of this discovery.")
)
@common_options
@click.pass_obj
def matrix(session: Session, discovery: str) -> ExitCode:
    """Tell what each addressing of the target would cost each host; change nothing."""
    migration = load_migration(session)
    target = described_target(migration.target)
    if target is None:
        raise no_target(session)
    if discovery:
        found = session.service.discovery(discovery)
    else:
        secrets = host_secrets(session, migration)
        found = discovered(session, migration, secrets, target=target)
    report_gaps(session, found)
    rows = session.service.matrix(migration, found.facts, target)
    if session.as_json:
        session.output.document("matrix", matrix_document(rows, found.run))
    elif rows:
        session.output.lines(matrix_lines(rows))
    return ExitCode.HOSTS if found.troubles or found.unknown_keys else ExitCode.DONE


def matrix_document(rows: Sequence[Row], discovery: str) -> dict[str, Any]:
    """Return the content of a `matrix` document; `discovery` is the run that it rests on."""
    return {
        "discovery": discovery,
        "counts": {
            addressing.value: {cost.value: counted[cost] for cost in Cost}
            for addressing, counted in _counts(rows).items()
        },
        "hosts": [to_data(row) for row in rows],
    }


def matrix_lines(rows: Sequence[Row]) -> list[str]:
    """Return a table of hosts, the counts of each addressing, and every reason once."""
    heads = [_("HOST"), _("RUNTIMES"), *(_(words).upper() for words in ADDRESSING_WORDS.values())]
    cells = [
        (row.host, row.flavour, *(_(COST_WORDS[cell.cost]) for cell in row.cells)) for row in rows
    ]
    counts = [
        (
            _(ADDRESSING_WORDS[addressing]),
            " · ".join(f"{counted[cost]} {_(COST_WORDS[cost])}" for cost in Cost if counted[cost]),
        )
        for addressing, counted in _counts(rows).items()
    ]
    return [*table(heads, cells), "", *pairs(counts), *_reason_lines(rows)]


def _counts(rows: Iterable[Row]) -> dict[Addressing, Counter[Cost]]:
    counts: dict[Addressing, Counter[Cost]] = {one: Counter() for one in Addressing}
    for row in rows:
        for cell in row.cells:
            counts[cell.addressing][cell.cost] += 1
    return counts


def _reason_lines(rows: Iterable[Row]) -> list[str]:
    reasons: dict[tuple[Addressing, Block], list[str]] = {}
    for row in rows:
        for cell in row.cells:
            for block in dict.fromkeys(cell.blocks):
                reasons.setdefault((cell.addressing, block), []).append(row.host)
    lines: list[str] = []
    for (addressing, block), hosts in reasons.items():
        where = _(ADDRESSING_WORDS[addressing])
        lines += ["", _("Not {where}: {reason}").format(where=where, reason=block.detail)]
        lines.append(_("  hosts    {hosts}").format(hosts=folded(tuple(hosts))))
        lines += [_("  way out  {way}").format(way=way) for way in block.ways_out]
    return lines
