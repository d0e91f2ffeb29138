"""After a process died: ask every host it may have been at work on for the truth."""

from __future__ import annotations

from typing import Final

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


async def settle_doubts(actor: HostActor) -> list[str]:
    """Ask each host in doubt for its status; harmless when there is none.

    Returns the hosts that are as before only because the process died: they were being changed,
    or were changed and not confirmed in time, and nothing is held against them.
    """
    state = actor.tools.recorder.state
    doubtful = [row.name for row in state.hosts_in(*_IN_DOUBT)]
    await each(doubtful, lambda host: actor.send(host, Verb.STATUS), at_once=_AT_ONCE)
    rows = (state.rows[host] for host in doubtful)
    return [
        row.name
        for row in rows
        if row.state in {_S.REVERTED, _S.UNCHANGED}
        and row.fault is Fault.NONE
        and row.doing in {Verb.APPLY, Verb.CONFIRM}
    ]
