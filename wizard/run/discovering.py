"""A discovery: read every host once; nothing is changed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from wizard.discovery.summary import summary
from wizard.journal.events import EventKind, Order, RunResult
from wizard.journal.store import Draft
from wizard.jsonform import to_data
from wizard.run.each import each
from wizard.run.ending import Ending
from wizard.run.hosts import HostActions, Unreached
from wizard.run.recorder import Recorder
from wizard.run.row import READ
from wizard.run.states import HostState
from wizard.wording import _

_AT_ONCE: Final = 64


class DiscoveryRunner:
    """Reads the hosts that were not read yet, so a resumed discovery goes on where it was."""

    def __init__(self, recorder: Recorder, actions: HostActions) -> None:
        self._recorder = recorder
        self._state = recorder.state
        self._actions = actions

    async def run(self) -> Ending:
        """Read all hosts, unless an order to stop comes."""
        unread = self._state.hosts_in(HostState.WAITING, HostState.READING)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(
                each([row.name for row in unread], self._read, at_once=_AT_ONCE)
            )
            ordered = group.create_task(self._cut_short(reading))
            await asyncio.wait({reading})
            ordered.cancel()
        given = self._state.standing
        if given is not None and given.order is Order.STOP:
            return Ending(result=RunResult.STOPPED, reason=_("stopped by {by}").format(by=given.by))
        return Ending(result=RunResult.COMPLETED)

    async def _cut_short(self, reading: asyncio.Task[None]) -> None:
        """Stop reading as soon as an order comes: a read that is cut off changes nothing."""
        await self._recorder.wait_until(lambda: self._state.standing is not None)
        reading.cancel()

    async def _read(self, host: str) -> None:
        await self._record(EventKind.INTENT, host, {"verb": READ})
        try:
            facts = await self._actions.read(host)
        except Unreached as gone:
            await self._record(EventKind.FAILED_TO_REACH, host, _failure(gone))
        else:
            read = {"facts": to_data(facts), "summary": summary(facts)}
            await self._record(EventKind.HOST_READ, host, read)
        await self._actions.let_go(host)

    async def _record(self, kind: EventKind, host: str, data: dict[str, Any]) -> None:
        await self._recorder.record(Draft(kind=kind, host=host, data=data))


def _failure(gone: Unreached) -> dict[str, Any]:
    return {
        "failure": gone.failure,
        "what": gone.what,
        "todo": gone.todo,
        "after_change": False,
        "key": gone.offered_key,
        "secret": gone.missing_secret,
    }
