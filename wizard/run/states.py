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
    FAILED = "failed"
    """Refused, drifted or busy: unchanged; or restored with a doubt that needs a person."""


_S = HostState
TRANSITIONS: Final[dict[HostState, frozenset[HostState]]] = {
    _S.WAITING: frozenset(
        {_S.READING, _S.APPLYING, _S.UNDOING, _S.UNREACHABLE, _S.UNCHANGED, _S.FAILED, _S.LOST}
    ),
    _S.READING: frozenset({_S.READ, _S.UNREACHABLE, _S.FAILED}),
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
            _S.FAILED,
        }
    ),
    _S.ARMED: frozenset(
        {
            _S.CONFIRMING,
            _S.CONFIRMED,
            _S.REVERTING,
            _S.REVERTED,
            _S.LOST,
            _S.ARMED,
            _S.CONFLICT,
            _S.FAILED,
        }
    ),
    _S.CONFIRMING: frozenset(
        {_S.CONFIRMED, _S.REVERTED, _S.LOST, _S.CONFLICT, _S.FAILED, _S.ARMED}
    ),
    _S.CONFIRMED: frozenset({_S.UNDOING}),
    _S.UNCHANGED: frozenset({_S.APPLYING}),
    _S.REVERTING: frozenset({_S.REVERTED, _S.LOST, _S.CONFLICT, _S.FAILED, _S.CONFIRMED}),
    _S.REVERTED: frozenset({_S.APPLYING, _S.UNDOING}),
    _S.UNREACHABLE: frozenset({_S.READING, _S.APPLYING, _S.UNDOING, _S.UNCHANGED, _S.FAILED}),
    _S.LOST: frozenset(
        {
            _S.ARMED,
            _S.CONFIRMED,
            _S.REVERTED,
            _S.ROLLED_BACK,
            _S.UNCHANGED,
            _S.CONFLICT,
            _S.FAILED,
            _S.APPLYING,
            _S.UNDOING,
            _S.REVERTING,
        }
    ),
    _S.UNDOING: frozenset(
        {_S.ROLLED_BACK, _S.UNCHANGED, _S.LOST, _S.UNREACHABLE, _S.CONFLICT, _S.FAILED}
    ),
    _S.ROLLED_BACK: frozenset({_S.UNDOING, _S.APPLYING}),
    _S.CONFLICT: frozenset({_S.UNDOING, _S.REVERTING, _S.APPLYING}),
    _S.FAILED: frozenset({_S.READING, _S.APPLYING, _S.UNDOING}),
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
