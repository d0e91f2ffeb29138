"""After a process died: ask every host it may have been at work on for the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wizard.journal.events import RunKind
from wizard.run.acting import HostActor
from wizard.run.each import each
from wizard.run.states import Fault, HostState
from wizard.transaction.answers import Verb

_S = HostState
_IN_DOUBT: Final = (
    _S.APPLYING,
    _S.ARMED,
    _S.CONFIRMING,
    _S.REVERTING,
    _S.LOST,
    _S.UNDOING,
)
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the hosts in doubt turned out to be, besides what their rows tell.

    Attributes:
        expired: as before only because the process died: they were being changed, or were
            changed and not confirmed in time, and nothing is held against them.
        taken_back: as before because somebody took them back on purpose meanwhile.
    """

    expired: tuple[str, ...]
    taken_back: tuple[str, ...]


async def settle_doubts(actor: HostActor) -> Settled:
    """Ask each host in doubt for its status; harmless when there is none.

    In a rollout the confirmed ones are asked too: somebody may have taken them back.
    """
    state = actor.tools.recorder.state
    confirmed = {_S.CONFIRMED} if state.kind is RunKind.ROLLOUT else ()
    doubtful = [row.name for row in state.hosts_in(*_IN_DOUBT, *confirmed)]
    await each(doubtful, lambda host: actor.send(host, Verb.STATUS), at_once=_AT_ONCE)
    rows = [state.rows[host] for host in doubtful]
    return Settled(
        expired=tuple(
            row.name
            for row in rows
            if row.state in {_S.REVERTED, _S.UNCHANGED}
            and row.fault is Fault.NONE
            and row.doing in {Verb.APPLY, Verb.CONFIRM}
        ),
        taken_back=tuple(row.name for row in rows if row.fault is Fault.TAKEN_BACK),
    )
