"""`pilotage registry doctor`: what is wrong with a registry, and what to do; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration, no_target, registry_password
from wizard.cli.surroundings import Session
from wizard.cli.wrapping import wrapped
from wizard.jsonform import to_data
from wizard.service import Examination, Observation, Severity, worst
from wizard.wording import _, mark, safe_text

_WORDS: Final[Mapping[Severity, str]] = {
    Severity.WELL: mark("well"),
    Severity.NOTE: mark("note"),
    Severity.TROUBLE: mark("trouble"),
    Severity.BROKEN: mark("BROKEN"),
    Severity.UNKNOWN: mark("unknown"),
}


@click.command(
    help=mark(
        "Tell what is wrong with the target, by doing what its clients do; change nothing.\n\n"
        "Certificate, clock, tokens, an anonymous pull of the canary that the file names, and"
        " with a login an upload that is given up again. Of Harbor, Nexus and Artifactory also what"
        " their API tells: health, external URL, read-only mode, licence, rights, disk, queues,"
        " quotas, upstreams, as far as each tells it."
    )
)
@common_options
@click.pass_obj
def doctor(session: Session) -> ExitCode:
    """Tell what is wrong with the target, by doing what its clients do; change nothing."""
    choice = load_migration(session).target
    if choice is None:
        raise no_target(session)
    password = registry_password(session, choice)
    session.output.progress(_("Looking at {url}").format(url=choice.url))
    found = session.wait(session.service.examine_registry(choice, password=password))
    if session.as_json:
        session.output.document("doctor", doctor_document(found))
    else:
        session.output.lines(doctor_lines(found))
    is_broken = worst(found.observations) is Severity.BROKEN
    return ExitCode.REGISTRY if is_broken else ExitCode.DONE


def doctor_document(found: Examination) -> dict[str, Any]:
    """Return the content of a `doctor` document."""
    document: dict[str, Any] = to_data(found)
    return {"worst": worst(found.observations).value, **document}


def doctor_lines(found: Examination) -> list[str]:
    """Return every observation with what to do, in lines of 80 cells."""
    product = " ".join(part for part in (found.kind.value, found.version, found.edition) if part)
    lines = [safe_text(f"{found.url}  {product}"), ""]
    for one in found.observations:
        lines += _observation_lines(one)
    return lines


def _observation_lines(one: Observation) -> list[str]:
    lead = f"{_(_WORDS[one.severity])}: "
    source = f" [{one.source}]" if one.source else ""
    lines = wrapped(lead, safe_text(f"{one.found}{source}"))
    if one.todo:
        lines += wrapped("    → ", safe_text(one.todo))
    if one.fixed_by:
        lines += wrapped("    → ", _("“pilotage registry provision” can mend it."))
    return lines
