"""`pilotage registry harbor-preflight`: what on a host stands against Harbor; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from wizard.cli.errands import followed, preflight_of
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.jsonform import to_data
from wizard.service import Errand, ErrandName, Preflight
from wizard.wording import _, mark

_SYSLOG_PORT: Final = 1514


@click.command(
    "harbor-preflight",
    help=mark(
        "Tell what on HOST stands against Harbor; change nothing.\n\n"
        "Architecture, processors, memory, disk, ports, names of containers, Docker and Compose"
        " are read there, and held against what Harbor's own installer needs."
    ),
)
@click.argument("host")
@click.option(
    "--data-volume",
    default="/data",
    show_default=True,
    metavar="PATH",
    help=mark("Where its data will be."),
)
@click.option(
    "--port",
    "ports",
    type=click.IntRange(1, 65535),
    multiple=True,
    default=(80, 443),
    show_default=True,
    help=mark("A port that it will open; may be repeated."),
)
@common_options
@click.pass_obj
def harbor_preflight(
    session: Session, host: str, data_volume: str, ports: tuple[int, ...]
) -> ExitCode:
    """Tell what on a host stands against Harbor; change nothing."""
    errand = preflight_errand(host, data_volume, ports)
    view = followed(session, load_migration(session), errand)
    preflight = preflight_of(session, errand, view.run, ports)
    if session.as_json:
        document = {"run": view.run, "host": host, **to_data(preflight)}
        session.output.document("preflight", document)
    else:
        session.output.lines(preflight_lines(preflight))
    return ExitCode.HOSTS if preflight.is_blocked else ExitCode.DONE


def preflight_errand(host: str, data_volume: str, ports: Sequence[int]) -> Errand:
    """Return the errand that reads what Harbor needs of a host, its log's port among it."""
    asked = " ".join(str(port) for port in (*ports, _SYSLOG_PORT))
    return Errand(name=ErrandName.HARBOR_HOST, host=host, arguments=(data_volume, asked))


def preflight_lines(preflight: Preflight) -> list[str]:
    """Return each finding with its way out and its source."""
    lines: list[str] = []
    for one in preflight.findings:
        words = _("Blocked: {reason}") if one.severity.value == "block" else _("Note: {note}")
        lines.append(words.format(reason=one.what, note=one.what))
        lines.append(_("  way out  {way}").format(way=one.todo))
        lines.append(f"  [{one.source}]")
    return lines or [_("Nothing stands against Harbor there.")]
