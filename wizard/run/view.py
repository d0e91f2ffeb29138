"""What people see of a run: derived from its journal, never stored."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.journal.events import Event, Order, RunKind, RunResult
from wizard.run.states import HostState, RunState
from wizard.transaction.answers import FileConflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What an error card says: what happened, which host, its state now, what to do."""

    host: str
    what: str
    state: str
    todo: str
    failed_step: str = ""
    failure: str = ""
    """Kind of SSH failure, empty for others."""
    is_drift: bool = False
    """Its conflicts are with what the plan was made from: the run wrote none of these files."""
    conflicts: tuple[FileConflict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostView:
    """One row of the fleet table.

    Attributes:
        deadline: epoch second at which it reverts by itself, None when it does not.
        has_ledger: a ledger of its change was seen on it, and the change was not taken back.
        acted_at: epoch second at which the run last changed or confirmed it, or was about to;
            0.0 before the first time.
    """

    name: str
    state: HostState
    wave: int | None = None
    detail: str = ""
    since: float = 0.0
    deadline: float | None = None
    trouble: Trouble | None = None
    has_ledger: bool = False
    acted_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveView:
    """One wave with its counts by state; `gate` is empty until decided."""

    index: int
    hosts: tuple[str, ...]
    counts: tuple[tuple[HostState, int], ...] = ()
    started: bool = False
    gate: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The three counters of the gate, kept apart for the whole run."""

    failed_after_change: int = 0
    unreachable_before_change: int = 0
    lost_after_change: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A whole run at one moment.

    Attributes:
        seq: of the last event that is in it.
        choices: orders that make sense now; others are refused with a reason.
        soak_until: epoch second, while soaking.
        changed: at least one host was changed and not yet taken back.
        log: file with what its process said, and `last_words` the end of it, where the process
            is gone before the run has ended.
    """

    run: str
    kind: RunKind
    state: RunState
    operator: str = ""
    started_at: float = 0.0
    ended_at: float | None = None
    result: RunResult | None = None
    seq: int = 0
    of: str = ""
    plan_hash: str = ""
    hosts: tuple[HostView, ...] = ()
    waves: tuple[WaveView, ...] = ()
    current_wave: int | None = None
    counters: Counters = Counters()
    waiting_for: str = ""
    choices: tuple[Order, ...] = ()
    soak_until: float | None = None
    changed: bool = False
    log: str = ""
    last_words: str = ""
    recent: tuple[Event, ...] = ()
    """The last events, oldest first, at most 200."""
