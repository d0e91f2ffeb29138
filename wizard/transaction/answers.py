"""What a host answers to the verbs of a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verb(Enum):
    """What a host can be asked to do; every verb may be sent again without harm."""

    APPLY = "apply"
    CHECK = "check"
    """Look at an armed transaction again: it still holds, or is taken back, or was edited."""
    CONFIRM = "confirm"
    """As `CHECK`, and make it permanent where it holds."""
    RENEW = "renew"
    REVERT = "revert"
    """Take back an armed transaction."""
    UNDO = "undo"
    """Take back a confirmed one; a watchdog finishes it if it is cut off."""
    STATUS = "status"
    LEDGERS = "ledgers"


class Outcome(Enum):
    """The answer to a verb; the text after each says in which state the host is."""

    APPLIED = "applied"
    """Changed and armed: reverts by itself unless confirmed in time."""
    ALREADY_APPLIED = "already_applied"
    """The same run applied it before: armed or confirmed, nothing done now."""
    NOTHING_TO_DO = "nothing_to_do"
    """The files are already what the plan wants; unchanged."""
    DRIFT = "drift"
    """A file is not what the plan saw; unchanged."""
    BUSY = "busy"
    """Locked, or another transaction is armed; unchanged by us."""
    REFUSED = "refused"
    """A precondition failed before any change (no space, read-only, …); unchanged."""
    REVERTED = "reverted"
    """A step failed after the change, or its result did not last, and everything was taken
    back; as before."""
    HOLDS = "holds"
    """The files are ours and the runtimes work with them: armed, as before the question."""
    EDITED = "edited"
    """Somebody else changed a file since the apply, and nothing was touched: left to a person."""
    CONFIRMED = "confirmed"
    """Changed for good."""
    RENEWED = "renewed"
    """Armed, with a new deadline."""
    TOO_LATE = "too_late"
    """Confirm or renew came after the host had reverted; as before."""
    CONFLICT = "conflict"
    """A file was changed by somebody else since; left alone, needs a person."""
    REVERT_FAILED = "revert_failed"
    """Files are restored but the running state is not as before, or a file could not be
    restored; needs a person."""
    UNKNOWN_RUN = "unknown_run"
    """The host has no ledger of this run; unchanged."""
    STATE = "state"
    """Answer to STATUS: `state` says it."""


class LedgerState(Enum):
    """The one state file of a ledger on the host."""

    PREPARED = "prepared"
    ARMED = "armed"
    REVERTING = "reverting"
    CONFIRMED = "confirmed"
    REVERTED = "reverted"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileConflict:
    """A file that is not what it should be: the texts let a person compare all three.

    `now` is None when the file is gone, is not text, or holds credentials by now: these never
    leave the host.
    """

    path: str
    expected_sha256: str
    found_sha256: str
    before: str | None = None
    ours: str | None = None
    now: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step that the host went through; `milliseconds` on the host's own clock."""

    step: str
    passed: bool
    detail: str = ""
    milliseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The host's answer to one verb.

    Attributes:
        failed_step: name of the step that failed, or empty.
        detail: the host's own words, cleaned only when shown.
        holder: who holds the lock or the armed transaction (`BUSY`), or who is at work on
            this run just now (`STATE`).
        holder_run: the run of that holder.
        holder_seconds: for how long it has been at it.
        deadline: seconds until the host reverts by itself, when armed.
        state: state of this run's ledger, None where there is none.
        proven: the apply went through all its steps. An armed ledger that is not proven
            belongs to an apply that is still at work (`holder`) or was cut off.
        taken_back_by: who asked for the run to be taken back; empty where the host did it by
            itself, because nobody confirmed in time or it rebooted.
    """

    verb: Verb
    outcome: Outcome
    run: str
    state: LedgerState | None = None
    failed_step: str = ""
    detail: str = ""
    holder: str = ""
    holder_run: str = ""
    holder_seconds: float | None = None
    deadline: float | None = None
    proven: bool = False
    taken_back_by: str = ""
    conflicts: tuple[FileConflict, ...] = ()
    steps: tuple[StepResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFile:
    """A file as a ledger remembers it; sha256 empty where the file was or is absent."""

    path: str
    before_sha256: str
    after_sha256: str
    now_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A ledger found on a host, whoever left it there.

    Attributes:
        alone: hosts with the same word are changed one after the other; empty for any.
    """

    run: str
    state: LedgerState
    holder: str
    since: float
    alone: str = ""
    files: tuple[LedgerFile, ...] = ()
