"""The last words of a command that followed a run."""

from __future__ import annotations

from wizard.cli.conflict_text import trouble_conflict_lines
from wizard.cli.documents import run_document
from wizard.cli.exit_codes import ExitCode
from wizard.cli.following import exit_code, result_words
from wizard.cli.run_text import run_lines
from wizard.cli.state_words import order_name
from wizard.cli.surroundings import Session
from wizard.errors import PlanChanged
from wizard.journal.events import EventKind
from wizard.run.states import RunState
from wizard.run.view import RunView
from wizard.transaction.answers import Outcome
from wizard.wording import _


def finish(session: Session, view: RunView) -> ExitCode:
    """Show how the run ended and return the command's exit code."""
    if session.as_json:
        session.output.document("run", run_document(view))
    else:
        session.output.lines(run_lines(view))
        for host in view.hosts:
            if host.trouble:
                session.output.lines(trouble_conflict_lines(host.trouble, view.of or view.run))
    if view.state is RunState.WAITING:
        session.output.say(
            _("The run waits for a decision: pilotage order {orders} {run}").format(
                orders="|".join(order_name(choice) for choice in view.choices), run=view.run
            )
        )
    session.output.say(_("Run {run}: {result}").format(run=view.run, result=result_words(view)))
    return exit_code(view)


def refuse_drift(session: Session, view: RunView) -> None:
    """Raise PlanChanged if hosts refused because their files are not the plan's, and nothing else.

    The refusal is each host's own, by compare-and-swap, before anything is touched.
    """
    if view.state is not RunState.ENDED or view.changed:
        return
    drifted = {
        event.host: event
        for event in session.service.events(view.run)
        if event.kind is EventKind.OUTCOME
        and (event.data.get("answer") or {}).get("outcome") == Outcome.DRIFT.value
    }
    if drifted:
        raise PlanChanged(
            _("Files on hosts are no longer those that the plan was made from."),
            host=", ".join(str(host) for host in drifted),
            state=_("These hosts are untouched. See pilotage show {run}.").format(run=view.run),
            todo=_("Discover again, make a new plan, and look at it."),
        )
