"""What an error card says of a host: from its answer, or from the failure to reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from wizard.jsonform import from_data
from wizard.run.states import HostState
from wizard.run.view import Trouble
from wizard.transaction.answers import FileConflict, Outcome, Verb
from wizard.wording import _, mark

_WHAT: Final = {
    Outcome.DRIFT: mark("A file is not what the plan was made from"),
    Outcome.BUSY: mark("Somebody else is changing this host"),
    Outcome.REFUSED: mark("The host cannot be changed safely"),
    Outcome.REVERTED: mark("A step failed and the host took everything back"),
    Outcome.EDITED: mark("Somebody changed a file since the run changed it"),
    Outcome.TOO_LATE: mark("The host reverted by itself before it was confirmed"),
    Outcome.CONFLICT: mark("Somebody changed a file since the run changed it"),
    Outcome.REVERT_FAILED: mark("The host is not certain to be as before"),
    Outcome.UNKNOWN_RUN: mark("The host has no ledger of this run"),
}
_STATE: Final = {
    HostState.REFUSED: mark("Nothing was changed on it."),
    HostState.REVERT_FAILED: mark("Its files or its running state may differ from before."),
    HostState.REVERTED: mark("It is as it was before."),
    HostState.CONFLICT: mark("The files are left alone, as they are now."),
    HostState.ROLLED_BACK: mark("It is as it was before."),
    HostState.UNCHANGED: mark("Nothing of the run was found on it, nothing was changed now."),
    HostState.LOST: mark("It reverts by itself unless it is confirmed in time."),
    HostState.UNREACHABLE: mark("Nothing was changed on it."),
}
_TODO: Final = {
    Outcome.DRIFT: mark("Discover it again and approve a new plan."),
    Outcome.BUSY: mark("Wait for the holder to finish, then retry."),
    Outcome.REFUSED: mark("Remove the reason, then retry."),
    Outcome.REVERTED: mark("Look at the failed step, mend its reason, then retry or skip."),
    Outcome.EDITED: mark("Compare the three versions, roll this host back, then plan it anew."),
    Outcome.TOO_LATE: mark("Find out why it could not be reached or rebooted, then retry."),
    Outcome.CONFLICT: mark("Compare the three versions; force the roll back of what may be lost."),
    Outcome.REVERT_FAILED: mark(
        "Mend what the failed step names and roll back again; or compare files and running state "
        "with the ledger on the host."
    ),
    Outcome.UNKNOWN_RUN: mark("Look for its ledger in /var/lib/pilotage on the host."),
}
_UNKNOWN: Final = mark("Its state is not known until it answers.")
_LEDGER_GONE: Final = mark(
    "The run changed it, and its ledger is gone since: nothing was taken back, and no file was "
    "verified."
)
_BRING_BACK: Final = mark(
    "Bring /var/lib/pilotage back on the host and roll back again; or compare its files with the "
    "plan of the run and put them back by hand."
)


def of_answer(host: str, state: HostState, answer: Mapping[str, Any]) -> Trouble | None:
    """Return the trouble that an answer (as in a journal) tells, or None for a good one."""
    outcome = Outcome(answer["outcome"])
    what = _WHAT.get(outcome)
    asked_for = answer["verb"] in {Verb.REVERT.value, Verb.UNDO.value}
    if what is None or (outcome is Outcome.REVERTED and asked_for):
        return None
    holder = str(answer.get("holder") or "")
    detail = holder if outcome is Outcome.BUSY and holder else str(answer.get("detail") or "")
    words, todo = _STATE.get(state, ""), _TODO[outcome]
    if outcome is Outcome.UNKNOWN_RUN and state is HostState.REVERT_FAILED:
        words, todo = _LEDGER_GONE, _BRING_BACK
    return Trouble(
        host=host,
        what=f"{_(what)}: {detail}" if detail else _(what),
        state=_(words) if words else "",
        todo=_(todo),
        failed_step=str(answer.get("failed_step") or ""),
        is_drift=outcome is Outcome.DRIFT,
        conflicts=from_data(
            tuple[FileConflict, ...], answer.get("conflicts") or (), source=_("the journal")
        ),
    )


def when_taken_back(trouble: Trouble) -> Trouble:
    """Return the trouble of a host that failed, after the run took it back."""
    return replace(
        trouble,
        state=_(_STATE[HostState.ROLLED_BACK]),
        todo=_(_TODO[Outcome.REVERTED]),
        conflicts=(),
    )


def of_taking_back(host: str, answer: Mapping[str, Any]) -> Trouble:
    """Return the trouble of a host that somebody took back on purpose, outside of the run."""
    return Trouble(
        host=host,
        what=_("Somebody took its change back: {who}").format(
            who=answer.get("taken_back_by") or _("somebody")
        ),
        state=_(_STATE[HostState.ROLLED_BACK]),
        todo=_("Ask them why. Then retry it to change it again, or skip it."),
    )


def of_failure(host: str, state: HostState, data: Mapping[str, Any], *, expires: bool) -> Trouble:
    """Return the trouble of a host that was not reached, from a FAILED_TO_REACH event.

    `expires` tells whether it reverts by itself.
    """
    words = _STATE.get(state, "")
    if state is HostState.LOST and not expires:
        words = _UNKNOWN
    return Trouble(
        host=host,
        what=str(data.get("what") or ""),
        state=_(words) if words else "",
        todo=str(data.get("todo") or ""),
        failure=str(data.get("failure") or ""),
    )


def of_errand(host: str, data: Mapping[str, Any]) -> Trouble:
    """Return why an errand was not carried out, and what it had done by then."""
    answer = data["answer"]
    done = [step["subject"] for step in answer["steps"] if step["result"] == "changed"]
    state = _("Done by then: {steps}.").format(steps=", ".join(done)) if done else ""
    if answer["outcome"] == "refused":
        state = _("Nothing was changed on it.")
    elif answer["outcome"] == "lost":
        state = _(_UNKNOWN)
    return Trouble(
        host=host,
        what=str(answer.get("detail") or _("The errand was not carried out.")),
        state=state,
        todo=str(data.get("todo") or ""),
    )
