"""Leaving the wizard: says what keeps running and what is kept, or that a drill ends."""

from __future__ import annotations

from screens.dialogs.confirm import ConfirmDialog
from screens.session import Session
from wizard.run.view import RunView
from wizard.wording import _


class LeaveDialog(ConfirmDialog):
    """Ask whether to leave."""

    def __init__(self, session: Session, *, is_practice: bool) -> None:
        lines = [_practice_ends()] if is_practice else _what_stays(session)
        super().__init__(
            _("Leave Pilotage?"), [*lines, _("Typed passwords are forgotten.")], verb=_("Leave")
        )


class EndDrillDialog(ConfirmDialog):
    """Ask whether to end a drill."""

    def __init__(self) -> None:
        super().__init__(
            _("End the drill?"),
            [
                _practice_ends(),
                _("Then you are told what was done, and whether the goal was reached."),
            ],
            verb=_("End the drill"),
        )


def _practice_ends() -> str:
    return _("The practice fleet ends with it, and everything that runs there.")


def _what_stays(session: Session) -> list[str]:
    lines = [_keeps_running(run) for run in (session.rollout, session.rollback) if run]
    running = [line for line in lines if line] or [_("No run is going on.")]
    return [*running, _("Answers are saved in {path}.").format(path=session.path)]


def _keeps_running(run: RunView) -> str:
    if run.ended_at is not None:
        return ""
    return _(
        "Run {run} goes on without this screen. `pilotage` attaches to it again,"
        " `pilotage watch {run}` shows it."
    ).format(run=run.run)
