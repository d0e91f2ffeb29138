"""What a host's answer means for its state, as tables without any memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from wizard.journal.events import RunKind
from wizard.run.states import Fault, HostState
from wizard.transaction.answers import LedgerState, Outcome, Verb

_S = HostState
_L = LedgerState
_UNFINISHED: Final = frozenset({LedgerState.PREPARED, LedgerState.ARMED, LedgerState.REVERTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a host before it answers.

    Attributes:
        doing: the last verb that was to change something; None before the first.
        has_ledger: a ledger of its change was seen on it, by this run or by the one that this
            run undoes: a host that knows of none any more is not as before, it is unknown.
    """

    kind: RunKind
    state: HostState
    doing: Verb | None
    has_ledger: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The parts of an answer that decide.

    Attributes:
        ledger: state of the run's ledger on the host, None where there is none.
        proven: the apply went through all its steps.
        at_work: a script of this run holds the host's lock at this moment.
        taken_back_on_purpose: somebody asked for it, not a deadline or a boot.
    """

    outcome: Outcome
    ledger: LedgerState | None
    proven: bool = False
    at_work: bool = False
    taken_back_on_purpose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """State and fault after an answer; `fault` None leaves it as it was."""

    state: HostState
    fault: Fault | None = None


def after_intent(kind: RunKind, state: HostState, verb: Verb) -> HostState:
    """Return the state of a host that is about to be asked `verb`."""
    match verb:
        case Verb.APPLY:
            return _S.APPLYING
        case Verb.CONFIRM:
            return _S.CONFIRMING
        case Verb.REVERT:
            return _S.UNDOING if kind is RunKind.ROLLBACK else _S.REVERTING
        case Verb.UNDO:
            return _S.UNDOING
        case Verb.CHECK | Verb.RENEW | Verb.STATUS | Verb.LEDGERS:
            return state
        case _:
            assert_never(verb)


def after_answer(standing: Standing, verb: Verb, told: Told) -> Change:
    """Return what a host is after it answered to `verb`."""
    match verb:
        case Verb.APPLY:
            return _after_apply(standing, told)
        case Verb.CHECK | Verb.CONFIRM | Verb.RENEW:
            return _after_confirm(standing, verb, told)
        case Verb.REVERT | Verb.UNDO:
            return _after_taking_back(standing, verb, told)
        case Verb.STATUS:
            return _after_status(standing, told)
        case Verb.LEDGERS:
            return Change(state=standing.state)
        case _:
            assert_never(verb)


_AFTER_APPLY: Final = {
    Outcome.APPLIED: Change(state=_S.ARMED, fault=Fault.NONE),
    Outcome.NOTHING_TO_DO: Change(state=_S.UNCHANGED, fault=Fault.NONE),
    Outcome.REVERTED: Change(state=_S.REVERTED, fault=Fault.FAILED_AFTER_CHANGE),
    Outcome.CONFLICT: Change(state=_S.CONFLICT, fault=Fault.FAILED_AFTER_CHANGE),
    Outcome.DRIFT: Change(state=_S.REFUSED, fault=Fault.REFUSED),
    Outcome.BUSY: Change(state=_S.REFUSED, fault=Fault.REFUSED),
    Outcome.REFUSED: Change(state=_S.REFUSED, fault=Fault.REFUSED),
}
_LEAVES_ALONE: Final = frozenset(
    {Outcome.NOTHING_TO_DO, Outcome.DRIFT, Outcome.BUSY, Outcome.REFUSED}
)
_TAKEN_BACK: Final = Change(state=_S.ROLLED_BACK, fault=Fault.TAKEN_BACK)
_DOUBTFUL: Final = Change(state=_S.REVERT_FAILED, fault=Fault.FAILED_AFTER_CHANGE)


def _after_apply(standing: Standing, told: Told) -> Change:
    if told.outcome is Outcome.ALREADY_APPLIED:
        confirmed = told.ledger is LedgerState.CONFIRMED
        return Change(state=_S.CONFIRMED if confirmed else _S.ARMED, fault=Fault.NONE)
    if told.outcome is Outcome.BUSY and told.ledger in _UNFINISHED:
        # Our own earlier script, cut off from us, is still at work there.
        return Change(state=_S.LOST, fault=Fault.LOST)
    if told.outcome in _LEAVES_ALONE and standing.has_ledger and told.ledger is not _L.REVERTED:
        # Not by this apply, but by an earlier one whose way back failed.
        return _AFTER_STATUS[_L.CONFLICT] if told.ledger is _L.CONFLICT else _DOUBTFUL
    return _AFTER_APPLY.get(told.outcome, _DOUBTFUL)


def _after_confirm(standing: Standing, verb: Verb, told: Told) -> Change:
    match told.outcome:
        case Outcome.RENEWED | Outcome.HOLDS:
            return Change(state=_S.ARMED, fault=Fault.NONE)
        case Outcome.CONFIRMED | Outcome.STATE if told.ledger is LedgerState.CONFIRMED:
            return Change(state=_S.CONFIRMED, fault=Fault.NONE)
        case Outcome.BUSY | Outcome.REFUSED if verb is Verb.RENEW:
            return Change(state=standing.state)
        case Outcome.BUSY:
            return Change(state=_S.ARMED)
        case Outcome.REFUSED if told.ledger is LedgerState.ARMED:
            # Not proven after all: it reverts by itself, or is reverted at the gate.
            return Change(state=_S.ARMED, fault=Fault.FAILED_AFTER_CHANGE)
        case _:
            asked_back = told.outcome is Outcome.TOO_LATE and told.taken_back_on_purpose
            return _TAKEN_BACK if asked_back else _AFTER_CONFIRM.get(told.outcome, _DOUBTFUL)


_AFTER_CONFIRM: Final = {
    Outcome.TOO_LATE: Change(state=_S.REVERTED, fault=Fault.FAILED_AFTER_CHANGE),
    Outcome.REVERTED: Change(state=_S.REVERTED, fault=Fault.FAILED_AFTER_CHANGE),
    Outcome.CONFLICT: Change(state=_S.CONFLICT, fault=Fault.FAILED_AFTER_CHANGE),
    Outcome.EDITED: Change(state=_S.CONFLICT, fault=Fault.EDITED),
}


def _after_taking_back(standing: Standing, verb: Verb, told: Told) -> Change:
    rolled_back = verb is Verb.UNDO or standing.kind is RunKind.ROLLBACK
    match told.outcome:
        case Outcome.REVERTED:
            return Change(state=_S.ROLLED_BACK if rolled_back else _S.REVERTED)
        case Outcome.REFUSED if told.ledger is LedgerState.CONFIRMED and not rolled_back:
            return Change(state=_S.CONFIRMED, fault=Fault.NONE)
        case Outcome.UNKNOWN_RUN if rolled_back and not standing.has_ledger:
            return Change(state=_S.UNCHANGED)
        case Outcome.CONFLICT:
            return Change(state=_S.CONFLICT, fault=Fault.FAILED_AFTER_CHANGE)
        case _:
            return _DOUBTFUL


def _after_status(standing: Standing, told: Told) -> Change:
    if standing.doing is Verb.APPLY and (told.at_work or _cut_off(told)):
        return Change(state=_S.LOST, fault=Fault.LOST)
    match told.ledger:
        case None | LedgerState.PREPARED:
            return _after_no_ledger(standing)
        case LedgerState.REVERTED:
            return _after_reverted(standing, told)
        case LedgerState.REVERTING:
            confirmed = standing.state is _S.CONFIRMED
            return _DOUBTFUL if confirmed else Change(state=standing.state)
        case _:
            if standing.kind is RunKind.ROLLBACK or standing.doing in {Verb.REVERT, Verb.UNDO}:
                return _not_taken_back_yet(standing, told.ledger)
            return _AFTER_STATUS[told.ledger]


_AFTER_STATUS: Final = {
    LedgerState.ARMED: Change(state=_S.ARMED, fault=Fault.NONE),
    LedgerState.CONFIRMED: Change(state=_S.CONFIRMED, fault=Fault.NONE),
    LedgerState.CONFLICT: Change(state=_S.CONFLICT, fault=Fault.FAILED_AFTER_CHANGE),
}


def _not_taken_back_yet(standing: Standing, ledger: LedgerState) -> Change:
    confirm_won = ledger is LedgerState.CONFIRMED and standing.doing is Verb.REVERT
    if confirm_won and standing.kind is RunKind.ROLLOUT:
        return _AFTER_STATUS[ledger]
    if ledger is LedgerState.CONFLICT and standing.doing is not None:
        return _AFTER_STATUS[ledger]
    return Change(state=standing.state)


def _cut_off(told: Told) -> bool:
    return told.ledger is LedgerState.ARMED and not told.proven


def _after_no_ledger(standing: Standing) -> Change:
    if standing.state is _S.CONFIRMED:
        # What was confirmed stays when its ledger is cleared away.
        return Change(state=_S.CONFIRMED)
    if standing.has_ledger or standing.state in {_S.ARMED, _S.CONFIRMING, _S.REVERTING}:
        return _DOUBTFUL
    if standing.kind is RunKind.ROLLBACK or standing.doing is Verb.UNDO:
        return Change(state=_S.UNCHANGED)
    never_began = Fault.UNREACHABLE if standing.state is _S.LOST else Fault.NONE
    return Change(state=_S.UNCHANGED, fault=never_began)


def _after_reverted(standing: Standing, told: Told) -> Change:
    if standing.kind is RunKind.ROLLBACK:
        began = standing.doing in {Verb.REVERT, Verb.UNDO}
        return Change(state=_S.ROLLED_BACK if began else _S.UNCHANGED, fault=Fault.NONE)
    if standing.state is _S.CONFIRMED:
        return _TAKEN_BACK
    if standing.doing is Verb.UNDO:
        return Change(state=_S.ROLLED_BACK)
    if standing.doing is Verb.REVERT:
        return Change(state=_S.REVERTED)
    # A host that went silent after the change failed; one that nobody renewed only expired.
    lost = standing.state is _S.LOST
    if told.taken_back_on_purpose and not lost:
        return _TAKEN_BACK
    return Change(state=_S.REVERTED, fault=Fault.FAILED_AFTER_CHANGE if lost else Fault.NONE)
