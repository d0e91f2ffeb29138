"""`pilotage runs`, `show` and `watch`: look at runs; change nothing."""

from __future__ import annotations

from collections.abc import Sequence

import click

from wizard.cli.documents import run_document, runs_document
from wizard.cli.event_lines import event_line
from wizard.cli.exit_codes import ExitCode
from wizard.cli.following import exit_code, follow, progress_words, result_words
from wizard.cli.options import common_options
from wizard.cli.provision_text import cut_lines
from wizard.cli.run_text import run_lines, runs_lines
from wizard.cli.surroundings import Session
from wizard.journal.events import Event, EventKind, RunKind
from wizard.jsonform import to_data
from wizard.run.view import RunView
from wizard.wording import mark


@click.command(help=mark("List all runs, newest first."))
@common_options
@click.pass_obj
def runs(session: Session) -> ExitCode:
    """List all runs, newest first."""
    known = session.service.runs()
    if session.as_json:
        session.output.document("runs", runs_document(known))
    else:
        session.output.lines(runs_lines(known) + cut_lines(session.service.registry_passes()))
    return ExitCode.DONE


@click.command(help=mark("Show RUN as it is now: states, counters, waves, hosts and troubles."))
@click.argument("run")
@common_options
@click.pass_obj
def show(session: Session, run: str) -> ExitCode:
    """Show RUN as it is now: states, counters, waves, hosts and troubles."""
    view = session.service.view(run)
    if session.as_json:
        session.output.document("run", run_document(view))
    else:
        session.output.lines(run_lines(view))
    return ExitCode.DONE


@click.command(
    help=mark(
        "Follow RUN until it ends or waits for a decision.\n\n"
        "Each event is a line of data. Ctrl-C ends the watching, never the run."
    )
)
@click.argument("run")
@common_options
@click.pass_obj
def watch(session: Session, run: str) -> ExitCode:
    """Follow RUN until it ends or waits for a decision."""
    view = follow(
        session,
        run,
        decide=lambda _view: None,
        tell=lambda events, view: _tell(session, events, view),
    )
    if session.as_json:
        session.output.document("run", run_document(view), compact=True)
    else:
        session.output.line(result_words(view), style="bold")
    return ExitCode.DONE if view.kind is RunKind.DISCOVERY else exit_code(view)


def _tell(session: Session, events: Sequence[Event], view: RunView) -> None:
    for event in events:
        if session.as_json:
            session.output.document("event", {"event": to_data(event)}, compact=True)
        elif event.kind is not EventKind.INTENT:
            session.output.finish()
            session.output.line(event_line(event, view.kind))
    session.output.progress(progress_words(view))
