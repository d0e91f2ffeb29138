"""What happens in a run, as values; the journal is nothing but these in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class RunKind(Enum):
    """What a run does."""

    DISCOVERY = "discovery"
    ROLLOUT = "rollout"
    ROLLBACK = "rollback"
    ERRAND = "errand"
    """Something else on one host, as `wizard.errand` has it."""


class EventKind(Enum):
    """Kinds of events; `data` keys are named with each."""

    RUN_CREATED = "run_created"
    """kind, operator, plan_hash, hosts, waves, of (the run that is rolled back), ledgers: hosts on
    which that run saw a ledger of its change."""
    PROCESS_STARTED = "process_started"
    """pid, boot_id, started: a run process took the journal."""
    PROCESS_ENDED = "process_ended"
    """reason; a process that is killed leaves none."""
    HOST_READ = "host_read"
    """facts: JSON form of HostFacts (discovery), summary: what runs there, in a few words."""
    WAVE_STARTED = "wave_started"
    """hosts."""
    INTENT = "intent"
    """verb (`read` in a discovery): written before the remote action."""
    OUTCOME = "outcome"
    """verb, answer: JSON form of Answer; written after the remote action."""
    FAILED_TO_REACH = "failed_to_reach"
    """failure (kind), what, todo, after_change: bool, deadline: seconds until a changed host has
    reverted by itself, key: offered host key when unknown, secret: key of a missing one."""
    ERRAND_SENT = "errand_sent"
    """errand: its name; written before the remote action."""
    ERRAND_TOLD = "errand_told"
    """subject, result (changed, failed): one step, as soon as the host tells of it."""
    ERRAND_ENDED = "errand_ended"
    """errand, answer: JSON form of ErrandAnswer; todo: what a person does then, or empty."""
    HOST_SKIPPED = "host_skipped"
    """reason; the host is left as it is and no longer counts at the gate."""
    SOAK_STARTED = "soak_started"
    """seconds."""
    GATE = "gate"
    """verdict (ok, failed, inconclusive), reasons."""
    WAVE_ENDED = "wave_ended"
    """The gate was ok and the wave's hosts are confirmed; of a rollback: each was tried."""
    WAITING = "waiting"
    """for_what (`pause`, `gate`, `choice`), choices: orders that would go on."""
    WENT_ON = "went_on"
    """by, order, hosts: those that are applied once more."""
    ORDER_GIVEN = "order_given"
    """order, hosts, by; appended by whoever commands the run."""
    ORDER_TAKEN = "order_taken"
    """seq of the order, accepted: bool, why."""
    RUN_ENDED = "run_ended"
    """result: JSON name of RunResult, reason, changed: hosts left changed,
    taken_back: {host: epoch second}."""


class Order(Enum):
    """What an operator can tell a run through its journal."""

    PAUSE = "pause"
    GO_ON = "go_on"
    STOP = "stop"
    """Start nothing more; what is armed is soaked, then confirmed or reverted as its gate says."""
    STOP_NOW = "stop_now"
    """While stopping: wait no longer. Without a whole soak no gate opens, so what is armed is
    reverted now; a host that is out of reach reverts by itself when its lease is over."""
    RETRY = "retry"
    """Failed hosts of the current wave once more."""
    SKIP = "skip"
    """Leave the failed hosts as they are and go on."""
    ROLL_BACK_WAVE = "roll_back_wave"
    ROLL_BACK_ALL = "roll_back_all"


class RunResult(Enum):
    """How a run ended."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a journal.

    Attributes:
        seq: counts from one within the journal, without gaps.
        at: seconds since the epoch.
        wave: index from zero, 0 is the canary wave.
    """

    seq: int
    at: float
    kind: EventKind
    host: str | None = None
    wave: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
