"""States, kinds and results as people read them; in JSON they keep their names."""

from __future__ import annotations

from typing import Final

from wizard.journal.events import Order, RunKind, RunResult
from wizard.planning.plan import Activation, Verdict
from wizard.run.states import HostState, RunState
from wizard.wording import _, mark

Named = HostState | RunState | RunKind | RunResult | Verdict | Activation

_WORDS: Final[dict[Named, str]] = {
    HostState.WAITING: mark("waiting"),
    HostState.READING: mark("being read"),
    HostState.READ: mark("read"),
    HostState.APPLYING: mark("being changed"),
    HostState.ARMED: mark("armed"),
    HostState.CONFIRMING: mark("being confirmed"),
    HostState.CONFIRMED: mark("confirmed"),
    HostState.UNCHANGED: mark("unchanged"),
    HostState.REVERTING: mark("reverting"),
    HostState.REVERTED: mark("reverted"),
    HostState.UNREACHABLE: mark("unreachable"),
    HostState.LOST: mark("lost"),
    HostState.UNDOING: mark("being taken back"),
    HostState.ROLLED_BACK: mark("rolled back"),
    HostState.CONFLICT: mark("conflict"),
    HostState.REFUSED: mark("refused"),
    HostState.REVERT_FAILED: mark("in doubt"),
    HostState.BUSY: mark("at work"),
    HostState.DONE: mark("done"),
    HostState.NOT_DONE: mark("not done"),
    RunState.CREATED: mark("created"),
    RunState.RUNNING: mark("running"),
    RunState.SOAKING: mark("soaking"),
    RunState.WAITING: mark("waiting"),
    RunState.ENDED: mark("ended"),
    RunState.ORPHANED: mark("without its process"),
    RunKind.DISCOVERY: mark("discovery"),
    RunKind.ROLLOUT: mark("rollout"),
    RunKind.ROLLBACK: mark("rollback"),
    RunKind.ERRAND: mark("errand"),
    RunResult.COMPLETED: mark("completed"),
    RunResult.STOPPED: mark("stopped"),
    RunResult.FAILED: mark("failed"),
    RunResult.ROLLED_BACK: mark("rolled back"),
    Verdict.CHANGE: mark("change"),
    Verdict.NOTHING: mark("nothing to do"),
    Verdict.BLOCKED: mark("blocked"),
    Activation.NONE: mark("nothing"),
    Activation.RELOAD: mark("reload"),
    Activation.RESTART: mark("restart"),
}


def word(named: Named) -> str:
    """Return the word for it in the chosen language."""
    return _(_WORDS[named])


def order_name(order: Order) -> str:
    """Return the order as it is written on the command line."""
    return order.value.replace("_", "-")
