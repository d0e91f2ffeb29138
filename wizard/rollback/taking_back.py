"""Taking hosts back, whatever they are in the middle of; one failure never stops the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final

from wizard.run.acting import HostActor
from wizard.run.each import each
from wizard.run.keeper import LeaseKeeper
from wizard.run.row import HostRow
from wizard.run.states import Fault, HostState
from wizard.transaction.answers import Verb

_ROUNDS: Final = 3
_VERBS: Final = {
    HostState.ARMED: Verb.REVERT,
    HostState.REVERTING: Verb.REVERT,
    HostState.CONFIRMED: Verb.UNDO,
    HostState.UNDOING: Verb.UNDO,
    HostState.REVERT_FAILED: Verb.UNDO,
}


async def take_back_changed(
    actor: HostActor, keeper: LeaseKeeper, hosts: Sequence[str], *, at_once: int
) -> None:
    """Revert what is armed and undo what is confirmed among `hosts`, within a rollout.

    A host whose own way back failed is asked to try again, lost hosts are asked until their
    deadline has passed. Conflicts are left to a person, but one that was found while nothing was
    taken back is tried once: where the edit was a file as it had been before, nothing is lost.
    """
    await _rounds(actor, keeper, hosts, verb_of=_back, at_once=at_once)


async def take_back_all(
    actor: HostActor,
    keeper: LeaseKeeper,
    hosts: Sequence[str],
    *,
    at_once: int,
    goes_on: Callable[[], bool],
    alone: Mapping[str, str],
) -> None:
    """Undo the run on every host that was not tried yet, and once more where it was not reached.

    Stops starting hosts when `goes_on` says no. Hosts with the same word in `alone` are undone one
    after the other.
    """
    ways = {word: asyncio.Lock() for word in alone.values() if word}

    def way_of(host: str) -> AbstractAsyncContextManager[object]:
        return ways.get(alone.get(host, "")) or nullcontext()

    await _rounds(
        actor, keeper, hosts, verb_of=_undo, at_once=at_once, goes_on=goes_on, way_of=way_of
    )


def _back(row: HostRow) -> Verb | None:
    if row.state is HostState.CONFLICT and row.fault is Fault.EDITED:
        return Verb.UNDO
    return _VERBS.get(row.state)


def _undo(row: HostRow) -> Verb | None:
    untried = row.state in {HostState.WAITING, HostState.UNDOING} or row.again
    once_more = row.state is HostState.UNREACHABLE and row.attempts < _ROUNDS - 1
    return Verb.UNDO if untried or once_more else None


async def _rounds(
    actor: HostActor,
    keeper: LeaseKeeper,
    hosts: Sequence[str],
    *,
    verb_of: Callable[[HostRow], Verb | None],
    at_once: int,
    goes_on: Callable[[], bool] = lambda: True,
    way_of: Callable[[str], AbstractAsyncContextManager[object]] = lambda _host: nullcontext(),
) -> None:
    rows = actor.tools.recorder.state.rows
    keeper.renewing = False

    async def take_back(host: str) -> None:
        async with way_of(host):
            verb = verb_of(rows[host])
            if verb is not None and goes_on():
                await actor.send(host, verb)

    for _round in range(_ROUNDS):
        todo = [host for host in hosts if verb_of(rows[host]) is not None]
        if not goes_on():
            break
        if todo:
            await each(todo, take_back, at_once=at_once, goes_on=goes_on)
        elif keeper.has_settled(hosts):
            break
        await keeper.settle(hosts)
    keeper.renewing = True
