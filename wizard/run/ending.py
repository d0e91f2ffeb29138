"""How a run ended, as its journal tells it last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wizard.journal.events import RunResult
from wizard.run.reduce import RunReducer
from wizard.run.states import CHANGED, HostState


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Result and reason; the reason is a sentence for people, empty where none is needed."""

    result: RunResult
    reason: str = ""

    def data(self, state: RunReducer) -> dict[str, Any]:
        """Return the data of RUN_ENDED: with it, lists of runs need not read whole journals."""
        return {
            "result": self.result.value,
            "reason": self.reason,
            "changed": left_changed(state),
            "taken_back": {row.name: row.since for row in state.hosts_in(HostState.ROLLED_BACK)},
        }


def left_changed(state: RunReducer) -> list[str]:
    """Return the hosts that are changed, or may be."""
    return [row.name for row in state.rows.values() if row.state in CHANGED]
