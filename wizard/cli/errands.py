"""An errand from the question to its end: started, followed, told."""

from __future__ import annotations

from typing import Final

from wizard.cli.exit_codes import ExitCode
from wizard.cli.finishing import finish
from wizard.cli.following import follow
from wizard.cli.preparation import host_secrets
from wizard.cli.questions import confirm, warn_of_logout
from wizard.cli.surroundings import Session
from wizard.errors import HostError
from wizard.fleet.policy import Migration
from wizard.journal.events import EventKind
from wizard.jsonform import from_data
from wizard.run.view import RunView
from wizard.secret import Secret
from wizard.service import Errand, ErrandAnswer, Preflight
from wizard.wording import _, mark

_RESULTS: Final = {
    "changed": mark("{subject}: changed"),
    "same": "{subject}",
    "failed": mark("{subject}: failed"),
}


def carry_out(
    session: Session,
    migration: Migration,
    errand: Errand,
    *,
    question: str = "",
    payload: Secret | None = None,
) -> ExitCode:
    """Carry out an errand in a run of its own, and tell what it did.

    `question` is asked first where something is changed; a no starts nothing.
    """
    if question and not confirm(session, question):
        session.output.say(_("Nothing was started."))
        return ExitCode.UNFINISHED
    view = followed(session, migration, errand, payload=payload)
    if not session.as_json:
        session.output.lines(told_lines(session, view.run))
    return finish(session, view)


def followed(
    session: Session, migration: Migration, errand: Errand, *, payload: Secret | None = None
) -> RunView:
    """Start an errand and follow it to its end."""
    secrets = host_secrets(session, migration)
    if payload is not None:
        session.remember(payload)
    warn_of_logout(session)
    start = session.service.start_errand(migration, errand, secrets=secrets, payload=payload)
    run = session.wait(start)
    session.output.say(_("Run {run} started").format(run=run))
    return follow(session, run, decide=lambda _view: None)


def looked(session: Session, migration: Migration, errand: Errand) -> tuple[str, ErrandAnswer]:
    """Return the run of an errand that only reads and what it read; raises HostError."""
    view = followed(session, migration, errand)
    answer = answer_of(session, view.run)
    if answer is None or not answer.steps:
        raise HostError(
            _("It did not tell what it is like."),
            host=errand.host,
            state=_("Nothing was changed on it."),
            todo=_("See pilotage show {run}.").format(run=view.run),
        )
    return view.run, answer


def preflight_lines(preflight: Preflight, nothing: str) -> list[str]:
    """Return each finding with its way out and its source; `nothing` where there is none."""
    lines: list[str] = []
    for one in preflight.findings:
        words = _("Blocked: {reason}") if one.severity.value == "block" else _("Note: {note}")
        lines.append(words.format(reason=one.what, note=one.what))
        lines.append(_("  way out  {way}").format(way=one.todo))
        lines.append(f"  [{one.source}]")
    return lines or [nothing]


def answer_of(session: Session, run: str) -> ErrandAnswer | None:
    """Return what the host answered to the errand of a run, None where it did not."""
    for event in session.service.events(run):
        if event.kind is EventKind.ERRAND_ENDED:
            return from_data(ErrandAnswer, event.data["answer"], source=run)
    return None


def told_lines(session: Session, run: str) -> list[str]:
    """Return a line for each step that the host told of."""
    answer = answer_of(session, run)
    steps = answer.steps if answer else ()
    return [
        _(_RESULTS.get(step.result, "{subject}")).format(subject=step.subject) for step in steps
    ]
