"""States of hosts and runs, each with its allowed transitions in one table."""

from __future__ import annotations

from enum import Enum
from typing import Final


class HostState(Enum):
    """Where a host is within a run."""

    WAITING = "waiting"
    READING = "reading"
    """Discovery is under way."""
    READ = "read"
    APPLYING = "applying"
    ARMED = "armed"
    """Changed and proven; reverts by itself unless confirmed."""
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    UNCHANGED = "unchanged"
    """Needed no change, or was left as it was after a refusal, drift or skip."""
    REVERTING = "reverting"
    REVERTED = "reverted"
    """Failed after the change and is as before."""
    UNREACHABLE = "unreachable"
    """Not reached before any change."""
    LOST = "lost"
    """Not reached after the change: reverts by itself, unproven until asked."""
    UNDOING = "undoing"
    ROLLED_BACK = "rolled_back"
    CONFLICT = "conflict"
    """Somebody else changed a file since: needs a person."""
    REFUSED = "refused"
    """It answered and was left unchanged: drift, busy, or a failed precondition."""
    REVERT_FAILED = "revert_failed"
    """Changed, and its way back failed: not known to be as before, needs a person."""
    BUSY = "busy"
    """An errand is under way."""
    DONE = "done"
    """The errand was carried out."""
    NOT_DONE = "not_done"
    """The errand was refused, or failed on its way; it may be sent again."""


_S = HostState
CHANGED: Final[frozenset[HostState]] = frozenset(
    {
        _S.APPLYING,
        _S.ARMED,
        _S.CONFIRMING,
        _S.CONFIRMED,
        _S.REVERTING,
        _S.LOST,
        _S.UNDOING,
        _S.CONFLICT,
        _S.REVERT_FAILED,
    }
)
"""The states of a host that is changed, or may be: there is something to take back."""
TRANSITIONS: Final[dict[HostState, frozenset[HostState]]] = {
    _S.WAITING: frozenset(
        {_S.READING, _S.APPLYING, _S.UNDOING, _S.UNREACHABLE, _S.UNCHANGED, _S.LOST, _S.BUSY}
    ),
    _S.READING: frozenset({_S.READ, _S.UNREACHABLE}),
    _S.READ: frozenset({_S.READING}),
    _S.APPLYING: frozenset(
        {
            _S.ARMED,
            _S.CONFIRMED,
            _S.UNCHANGED,
            _S.REVERTED,
            _S.UNREACHABLE,
            _S.LOST,
            _S.CONFLICT,
            _S.REFUSED,
            _S.REVERT_FAILED,
            _S.ROLLED_BACK,
        }
    ),
    _S.ARMED: frozenset(
        {
            _S.CONFIRMING,
            _S.CONFIRMED,
            _S.REVERTING,
            _S.REVERTED,
            _S.ROLLED_BACK,
            _S.LOST,
            _S.CONFLICT,
            _S.REVERT_FAILED,
        }
    ),
    _S.CONFIRMING: frozenset(
        {
            _S.CONFIRMED,
            _S.REVERTED,
            _S.ROLLED_BACK,
            _S.LOST,
            _S.CONFLICT,
            _S.REVERT_FAILED,
            _S.ARMED,
        }
    ),
    _S.CONFIRMED: frozenset({_S.UNDOING, _S.ROLLED_BACK, _S.CONFLICT, _S.REVERT_FAILED}),
    _S.UNCHANGED: frozenset({_S.APPLYING}),
    _S.REVERTING: frozenset({_S.REVERTED, _S.LOST, _S.CONFLICT, _S.REVERT_FAILED, _S.CONFIRMED}),
    _S.REVERTED: frozenset({_S.APPLYING, _S.UNDOING}),
    _S.UNREACHABLE: frozenset({_S.READING, _S.APPLYING, _S.UNDOING, _S.UNCHANGED, _S.BUSY}),
    _S.LOST: frozenset(
        {
            _S.ARMED,
            _S.CONFIRMED,
            _S.REVERTED,
            _S.ROLLED_BACK,
            _S.UNCHANGED,
            _S.CONFLICT,
            _S.REVERT_FAILED,
            _S.APPLYING,
            _S.UNDOING,
            _S.REVERTING,
        }
    ),
    _S.UNDOING: frozenset(
        {_S.ROLLED_BACK, _S.UNCHANGED, _S.LOST, _S.UNREACHABLE, _S.CONFLICT, _S.REVERT_FAILED}
    ),
    _S.ROLLED_BACK: frozenset({_S.UNDOING, _S.APPLYING}),
    _S.CONFLICT: frozenset({_S.UNDOING, _S.REVERTING, _S.APPLYING}),
    _S.REFUSED: frozenset({_S.APPLYING, _S.UNDOING}),
    _S.REVERT_FAILED: frozenset({_S.APPLYING, _S.UNDOING}),
    _S.BUSY: frozenset({_S.DONE, _S.NOT_DONE, _S.UNREACHABLE}),
    _S.DONE: frozenset({_S.BUSY}),
    _S.NOT_DONE: frozenset({_S.BUSY}),
}
"""Staying in a state is no transition and always allowed."""


class Fault(Enum):
    """What is held against a host at the gate; a later success clears it."""

    NONE = "none"
    FAILED_AFTER_CHANGE = "failed_after_change"
    UNREACHABLE = "unreachable"
    LOST = "lost"
    REFUSED = "refused"
    """It answered and was left unchanged: drift, busy, or a precondition."""
    EDITED = "edited"
    """Somebody else changed a file after the run did: whose is right, a person decides."""
    TAKEN_BACK = "taken_back"
    """Somebody took it back on purpose, outside of this run: a person says what becomes of it."""


class RunState(Enum):
    """Where a run is."""

    CREATED = "created"
    RUNNING = "running"
    SOAKING = "soaking"
    WAITING = "waiting"
    """Paused, or a gate wants an answer."""
    ENDED = "ended"
    ORPHANED = "orphaned"
    """Its process is gone and it has not ended: `pilotage resume` goes on with it."""
