"""One run among all runs."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.journal.events import RunKind, RunResult
from wizard.run.states import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of `pilotage runs`."""

    run: str
    kind: RunKind
    state: RunState
    result: RunResult | None
    operator: str
    started_at: float
    hosts: int
    changed: bool
    of: str = ""
