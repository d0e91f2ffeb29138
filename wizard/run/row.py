"""What a run knows of one host while its journal is read, event by event."""

from __future__ import annotations

from typing import Any, Final

from wizard.errors import JournalError
from wizard.journal.events import Event, RunKind
from wizard.run import trouble
from wizard.run.outcomes import Standing, Told, after_answer, after_intent
from wizard.run.states import TRANSITIONS, Fault, HostState
from wizard.run.view import HostView, Trouble
from wizard.transaction.answers import LedgerState, Outcome, Verb
from wizard.wording import _

_CHANGING: Final = frozenset({Verb.APPLY, Verb.CONFIRM, Verb.REVERT, Verb.UNDO})
_HAS_DEADLINE: Final = frozenset({HostState.ARMED, HostState.LOST, HostState.CONFIRMING})
_HOLDS_CHANGE: Final = frozenset(
    {LedgerState.ARMED, LedgerState.REVERTING, LedgerState.CONFIRMED, LedgerState.CONFLICT}
)
_CARRIED_OUT: Final = frozenset({"done", "unchanged"})
READ: Final = "read"
"""The verb of a discovery; hosts answer it with facts, not with an `Answer`."""


class HostRow:
    """One host of a run; `view` makes the value that people see, once per change.

    Attributes:
        doing: the last verb that was to change something.
        has_ledger: a ledger of its change was seen on it, and the change was not taken back.
        acted_at: when it was last being changed or confirmed, 0.0 before.
        holds: it was looked at since its last apply, and the change held.
        again: an operator, or a resume, wants it applied once more.
        skipped: left as it is by the operator, does not count at the gate.
        attempts: how often it was applied, or undone in a rollback, since the last retry.
    """

    __slots__ = (
        "_view",
        "acted_at",
        "again",
        "attempts",
        "deadline",
        "detail",
        "doing",
        "fault",
        "has_ledger",
        "holds",
        "name",
        "since",
        "skipped",
        "state",
        "trouble",
        "wave",
    )

    def __init__(self, name: str, wave: int | None, *, has_ledger: bool = False) -> None:
        self.name = name
        self.wave = wave
        self.state = HostState.WAITING
        self.fault = Fault.NONE
        self.doing: Verb | None = None
        self.has_ledger = has_ledger
        self.holds = False
        self.again = False
        self.skipped = False
        self.attempts = 0
        self.detail = ""
        self.since = 0.0
        self.acted_at = 0.0
        self.deadline: float | None = None
        self.trouble: Trouble | None = None
        self._view: HostView | None = None

    def intend(self, kind: RunKind, event: Event) -> None:
        """Take in an INTENT."""
        if event.data["verb"] == READ:
            self._become(HostState.READING, event)
            return
        verb = Verb(event.data["verb"])
        if verb in _CHANGING:
            self.doing = verb
        self._note_act(verb, event)
        if verb in {Verb.APPLY, Verb.CHECK}:
            self.holds = False
        if verb in {Verb.APPLY, Verb.UNDO}:
            self.again = False
            self.attempts += 1
        self._become(after_intent(kind, self.state, verb), event)

    def answer(self, kind: RunKind, event: Event) -> None:
        """Take in an OUTCOME."""
        answer: dict[str, Any] = event.data["answer"]
        verb, outcome = Verb(event.data["verb"]), Outcome(answer["outcome"])
        ledger = LedgerState(answer["state"]) if answer.get("state") else None
        self._note_act(verb, event)
        standing = Standing(
            kind=kind, state=self.state, doing=self.doing, has_ledger=self.has_ledger
        )
        proven = bool(answer.get("proven"))
        told = Told(
            outcome=outcome,
            ledger=ledger,
            proven=proven,
            taken_back_on_purpose=bool(answer.get("taken_back_by")),
        )
        change = after_answer(standing, verb, told)
        if change.fault is not None:
            self.fault = change.fault
        if ledger is not None:
            self.has_ledger = ledger in _HOLDS_CHANGE
        if verb is Verb.CHECK:
            self.holds = outcome is Outcome.HOLDS
        self._become(change.state, event)
        seconds = answer.get("deadline")
        if seconds is not None:
            self.deadline = event.at + float(seconds)
        if change.state not in _HAS_DEADLINE:
            self.deadline = None
        self._tell(kind, answer)

    def _note_act(self, verb: Verb, event: Event) -> None:
        if verb in {Verb.APPLY, Verb.CONFIRM}:
            self.acted_at = event.at
            self._view = None

    def _tell(self, kind: RunKind, answer: dict[str, Any]) -> None:
        """Set what people read of the answer.

        Being taken back by the rollout that failed on it does not mend a host: why it failed
        stays to be read until it is tried again.
        """
        told = trouble.of_answer(self.name, self.state, answer)
        if self.fault is Fault.TAKEN_BACK:
            told = trouble.of_taking_back(self.name, answer)
        elif (
            told is None
            and self.trouble is not None
            and kind is RunKind.ROLLOUT
            and self.fault is Fault.FAILED_AFTER_CHANGE
            and self.state in {HostState.REVERTED, HostState.ROLLED_BACK}
        ):
            self.trouble = trouble.when_taken_back(self.trouble)
            return
        self.trouble = told
        self.detail = str(answer.get("failed_step") or answer.get("detail") or "")

    def read(self, event: Event) -> None:
        """Take in a HOST_READ."""
        self._become(HostState.READ, event)
        self.trouble, self.fault = None, Fault.NONE
        self.detail = event.data.get("summary", "")

    def send(self, event: Event) -> None:
        """Take in an ERRAND_SENT."""
        self._become(HostState.BUSY, event)

    def errand_told(self, event: Event) -> None:
        """Take in an ERRAND_TOLD."""
        self.detail = str(event.data.get("subject", ""))
        self._view = None

    def errand_ended(self, event: Event) -> None:
        """Take in an ERRAND_ENDED."""
        answer: dict[str, Any] = event.data["answer"]
        is_done = answer["outcome"] in _CARRIED_OUT
        self._become(HostState.DONE if is_done else HostState.NOT_DONE, event)
        self.fault = Fault.NONE if is_done else Fault.REFUSED
        self.detail = str(answer.get("detail") or "")
        self.trouble = None if is_done else trouble.of_errand(self.name, event.data)
        self._view = None

    def not_reached(self, event: Event) -> None:
        """Take in a FAILED_TO_REACH."""
        data = event.data
        if self.state is HostState.CONFIRMED:
            # A run that was resumed only asked whether it still is.
            return
        if data["after_change"]:
            self._become(HostState.LOST, event)
            self.fault = Fault.LOST
            if data.get("deadline") is not None:
                self.deadline = event.at + float(data["deadline"])
        else:
            self._become(HostState.UNREACHABLE, event)
            self.fault = Fault.UNREACHABLE
            self.deadline = None
        self.detail = str(data.get("what") or "")
        self.trouble = trouble.of_failure(
            self.name, self.state, data, expires=self.deadline is not None
        )

    def skip(self, event: Event) -> None:
        """Take in a HOST_SKIPPED; a host that nothing happened to yet is unchanged."""
        self.skipped, self.again = True, False
        if self.state in {HostState.WAITING, HostState.UNREACHABLE}:
            self._become(HostState.UNCHANGED, event)
        self.detail = str(event.data.get("reason") or "")
        self._view = None

    def want_again(self) -> None:
        """Note that it shall be applied once more; what was held against it is forgiven."""
        self.again, self.skipped, self.fault, self.attempts = True, False, Fault.NONE, 0

    def view(self) -> HostView:
        """Return the row as people see it."""
        if self._view is None:
            self._view = HostView(
                name=self.name,
                state=self.state,
                wave=self.wave,
                detail=self.detail,
                since=self.since,
                deadline=self.deadline,
                trouble=self.trouble,
                has_ledger=self.has_ledger,
                acted_at=self.acted_at,
            )
        return self._view

    def _become(self, state: HostState, event: Event) -> None:
        self._view = None
        if state is self.state:
            return
        if state not in TRANSITIONS[self.state]:
            raise JournalError(
                _("event {seq} takes host {host} from “{before}” to “{after}”").format(
                    seq=event.seq, host=self.name, before=self.state.value, after=state.value
                ),
                host=self.name,
                todo=_("This is a mistake in Pilotage: report it together with the journal."),
            )
        self.state = state
        self.since = event.at
        if state in {HostState.ROLLED_BACK, HostState.REVERTED}:
            self.has_ledger = False
