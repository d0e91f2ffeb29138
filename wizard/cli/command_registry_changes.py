"""`pilotage registry changes`: what was changed at registries from this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.provision_text import cut_lines, difference_lines
from wizard.cli.run_text import moment
from wizard.cli.surroundings import Session
from wizard.cli.wrapping import wrapped
from wizard.jsonform import to_data
from wizard.service import Action, ChangeOutcome, RegistryChange
from wizard.wording import _, mark, safe_text

_WORDS: Final[Mapping[ChangeOutcome, str]] = {
    ChangeOutcome.FAILED: mark("FAILED"),
    ChangeOutcome.LEFT: mark("BY HAND"),
    ChangeOutcome.UNKNOWN: mark("begun, and its end is not known"),
}


@click.command(
    help=mark(
        "List what was changed at registries from this machine, newest first.\n\n"
        "All that provisioning, mending and renew-robot did: each subject with when, by whom, what"
        " was found and wanted, and how it ended. It is noted before it is done, so a pass that was"
        " killed is here too."
    )
)
@common_options
@click.pass_obj
def changes(session: Session) -> ExitCode:
    """List what was changed at registries from this machine, newest first."""
    found = session.service.registry_changes()
    if session.as_json:
        passes = [to_data(one) for one in session.service.registry_passes()]
        changes = [to_data(one) for one in found]
        session.output.document("registry_changes", {"changes": changes, "passes": passes})
    elif found:
        lines = cut_lines(session.service.registry_passes())
        session.output.lines(lines + [line for one in found for line in _lines(one)])
    else:
        session.output.lines([_("Nothing was changed at a registry from this machine yet.")])
    return ExitCode.DONE


def _lines(one: RegistryChange) -> Iterator[str]:
    yield from wrapped(f"{moment(one.at)}  {_words(one)}: ", safe_text(one.subject))
    yield from wrapped(
        "    ", safe_text(_("at {url}, by {operator}").format(url=one.url, operator=one.by))
    )
    yield from difference_lines(one.differences)
    if one.reason:
        yield from wrapped("    ! ", safe_text(one.reason))


def _words(one: RegistryChange) -> str:
    if one.outcome is ChangeOutcome.DONE:
        return _("created") if one.action is Action.CREATE else _("changed")
    return _(_WORDS[one.outcome])
