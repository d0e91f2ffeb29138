"""An errand from the question to its end: started, followed, told."""

from __future__ import annotations

from typing import Final

from wizard.cli.exit_codes import ExitCode
from wizard.cli.finishing import finish
from wizard.cli.following import follow
from wizard.cli.preparation import host_secrets
from wizard.cli.questions import confirm, warn_of_logout
from wizard.cli.surroundings import Session
from wizard.fleet.policy import Migration
from wizard.journal.events import EventKind
from wizard.secret import Secret
from wizard.service import Errand
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
    secrets = host_secrets(session, migration)
    if payload is not None:
        session.remember(payload)
    warn_of_logout(session)
    start = session.service.start_errand(migration, errand, secrets=secrets, payload=payload)
    run = session.wait(start)
    session.output.say(_("Run {run} started").format(run=run))
    view = follow(session, run, decide=lambda _view: None)
    if not session.as_json:
        session.output.lines(_told(session, run))
    return finish(session, view)


def _told(session: Session, run: str) -> list[str]:
    """Return a line for each step that the host told of."""
    steps = [
        step
        for event in session.service.events(run)
        if event.kind is EventKind.ERRAND_ENDED
        for step in event.data["answer"]["steps"]
    ]
    return [
        _(_RESULTS.get(step["result"], "{subject}")).format(subject=step["subject"])
        for step in steps
    ]
