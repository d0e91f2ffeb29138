"""A run that is killed at any instant ends consistently once it is resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.run.simulated_hosts import AFTER, BEFORE
from tests.run.virtual_time import run_virtually
from tests.run.world import POLICY, World
from wizard.errors import JournalError
from wizard.journal.events import Event, EventKind, Order, RunResult
from wizard.journal.store import Draft, Journal
from wizard.run.ending import Ending
from wizard.run.states import RunState
from wizard.transaction.answers import LedgerState, Verb

QUICK: Final = replace(POLICY, soak=3.0, lease=24.0)
WAVES: Final = (("canary",), ("a", "b"))
POINTS: Final = 22


class Killed(BaseException):
    """What a test has instead of SIGKILL: nothing of ours catches it."""


class MortalJournal(Journal):
    """Dies at the n-th append, before or after it reached the disk, and stays dead."""

    dies_at: int = 0
    after_write: bool = False
    appends: int = 0
    dead: bool = False
    failure: Callable[[], BaseException] = Killed

    def append(self, *drafts: Draft) -> tuple[Event, ...]:
        """Append, or die."""
        self.alive()
        self.appends += 1
        if self.appends == self.dies_at:
            self.dead = True
            if self.after_write:
                super().append(*drafts)
            raise self.failure()
        return super().append(*drafts)

    def tail(self, after: int = 0, *, light: bool = False) -> tuple[Event, ...]:
        """Read, unless dead."""
        self.alive()
        return super().tail(after, light=light)

    def alive(self) -> None:
        """Raise what was died of."""
        if self.dead:
            raise self.failure()


def mortal(world: World, dies_at: int, *, after_write: bool) -> MortalJournal:
    """Return the world's journal, doomed; hosts get nothing from a dead process either."""
    path = world.folder.open(world.spec.run)
    path.close()
    opened = MortalJournal.open(path.path, clock=world.clock)
    assert isinstance(opened, MortalJournal)
    opened.dies_at, opened.after_write = dies_at, after_write
    world.hosts.before_call = lambda _host, _verb: opened.alive()
    return opened


async def killed_then_resumed(
    world: World, journal: MortalJournal, *, pause: float
) -> Ending | None:
    """Run until the kill, let time pass on the hosts, resume; None when it ended before."""
    try:
        # A task of its own, as a killed process: its cancellations end with it.
        await asyncio.create_task(world.go(journal=journal))
    except Killed:
        await world.hosts.finish_scripts()
    else:
        return None
    await asyncio.sleep(pause)
    world.hosts.expire()
    world.hosts.before_call = lambda _host, _verb: None
    if world.view().state is RunState.ENDED:
        return None
    return await world.go()


@pytest.mark.parametrize("pause", [2.0, 90.0], ids=["at once", "after the leases"])
@pytest.mark.parametrize("after_write", [False, True], ids=["before write", "after write"])
def test_killed_rollout_completes_after_resume(
    tmp_path: Path, *, after_write: bool, pause: float
) -> None:
    """Killed at each append of its journal, the rollout ends with every host confirmed."""
    for point in range(1, POINTS):
        root = tmp_path / str(point)
        world = World.of(root, *WAVES, policy=QUICK, unattended=True)
        journal = mortal(world, point, after_write=after_write)
        run_virtually(killed_then_resumed(world, journal, pause=pause))
        assert journal.dead, f"the run has fewer than {point} appends"
        assert (point, world.view().result) == (point, RunResult.COMPLETED)
        assert (point, set(world.contents().values())) == (point, {AFTER})
        ledgers = {host.ledgers["run-1"] for host in world.hosts.hosts.values()}
        assert (point, ledgers) == (point, {LedgerState.CONFIRMED})
        numbers = [event.seq for event in world.events()]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(world.events(EventKind.RUN_ENDED)) == 1


@pytest.mark.parametrize("verb", [Verb.APPLY, Verb.RENEW, Verb.CONFIRM])
@pytest.mark.parametrize("pause", [2.0, 90.0], ids=["at once", "after the leases"])
def test_killed_while_a_host_works_goes_on_from_its_ledger(
    tmp_path: Path, verb: Verb, pause: float
) -> None:
    """The answer of a verb never arrives because the process died; the ledger tells."""
    world = World.of(tmp_path, *WAVES, policy=replace(QUICK, soak=30.0), unattended=True)
    journal = mortal(world, 0, after_write=False)

    async def story() -> None:
        run = asyncio.create_task(world.go(journal=journal))
        await world.until(lambda: ("b", verb.value) in world.hosts.calls)
        journal.dead = True
        (death,) = await asyncio.gather(run, return_exceptions=True)
        assert isinstance(death, Killed)
        await world.hosts.finish_scripts()
        await asyncio.sleep(pause)
        world.hosts.expire()
        world.hosts.before_call = lambda _host, _verb: None
        await world.go()

    run_virtually(story())
    assert world.view().result is RunResult.COMPLETED
    assert set(world.contents().values()) == {AFTER}


@pytest.mark.parametrize("point", range(1, 12))
def test_killed_roll_back_all_goes_on_rolling_back(tmp_path: Path, point: int) -> None:
    """An accepted order survives the process that was obeying it."""
    world = World.of(tmp_path, *WAVES, policy=QUICK)
    world.hosts.hosts["b"].fails_at = ["docker_pull"]

    async def story() -> None:
        async def operator(world: World) -> None:
            await world.when(lambda view: view.state is RunState.WAITING)
            world.order(Order.ROLL_BACK_ALL)
            journal.dies_at = journal.appends + point

        journal = mortal(world, 0, after_write=point % 2 == 0)
        try:
            await world.go(operator, journal=journal)
        except Killed:
            await world.hosts.finish_scripts()
            world.hosts.before_call = lambda _host, _verb: None
            await asyncio.sleep(1)
            if world.view().state is not RunState.ENDED:
                await world.go()

    run_virtually(story())
    assert world.view().result is RunResult.ROLLED_BACK
    assert set(world.contents().values()) == {BEFORE}


def test_unwritable_journal_stops_everything_and_hosts_revert(tmp_path: Path) -> None:
    """Once nothing can be journaled, no host is changed any more and the armed ones revert."""
    world = World.of(tmp_path, ("canary",), ("a", "b"), policy=QUICK)
    journal = mortal(world, 17, after_write=False)
    journal.failure = lambda: JournalError("disk full")

    async def story() -> int:
        with pytest.raises(JournalError):
            await world.go(journal=journal)
        calls = len(world.hosts.calls)
        await asyncio.sleep(200)
        world.hosts.expire()
        return calls

    calls = run_virtually(story())
    assert len(world.hosts.calls) == calls
    assert LedgerState.ARMED not in {
        state for host in world.hosts.hosts.values() for state in host.ledgers.values()
    }
    assert world.contents()["canary"] == AFTER
