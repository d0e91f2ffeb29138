"""A run that lost its process meets hosts that somebody took back on purpose meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.run.simulated_hosts import AFTER, BEFORE
from tests.run.test_resume import Killed, mortal
from tests.run.virtual_time import run_virtually
from tests.run.world import POLICY, RUN, World
from wizard.journal.events import EventKind, Order, RunResult
from wizard.run.past import summaries, view_of
from wizard.run.states import HostState, RunState
from wizard.run.view import HostView
from wizard.transaction.answers import Verb

WAVES: Final = (("canary",), ("a", "b"))
LONG: Final = replace(POLICY, soak=60.0, lease=600.0)


async def killed_when(world: World, host: str, verb: Verb) -> None:
    """Run until the host is asked for `verb`, and die a little later."""
    journal = mortal(world, 0, after_write=False)
    run = asyncio.create_task(world.go(journal=journal))
    await world.until(lambda: (host, verb.value) in world.hosts.calls)
    await asyncio.sleep(5)
    journal.dead = True
    (death,) = await asyncio.gather(run, return_exceptions=True)
    assert isinstance(death, Killed)
    await world.hosts.finish_scripts()
    world.hosts.before_call = lambda _host, _verb: None


def row(world: World, name: str) -> HostView:
    """Return what people see of a host."""
    return next(host for host in world.view().hosts if host.name == name)


def test_resume_does_not_change_again_what_a_person_took_back(tmp_path: Path) -> None:
    """Unattended, nothing more is changed: the gate is inconclusive, and says who did it."""
    world = World.of(tmp_path, *WAVES, policy=LONG, unattended=True)

    async def story() -> None:
        await killed_when(world, "canary", Verb.APPLY)
        world.hosts.take_back_by_hand("canary", RUN)
        await world.go()

    run_virtually(story())
    assert world.contents() == {"canary": BEFORE, "a": BEFORE, "b": BEFORE}
    assert world.view().result is RunResult.FAILED
    canary_wave = world.view().waves[0]
    assert canary_wave.gate == "inconclusive"
    assert canary_wave.reasons == ("taken back on purpose: canary",)
    trouble = row(world, "canary").trouble
    assert trouble is not None
    assert trouble.what == "Somebody took its change back: a person on the host"


def test_an_operator_may_retry_what_a_person_took_back(tmp_path: Path) -> None:
    """The resumed run waits; told to retry, it changes the host and goes on."""
    world = World.of(tmp_path, *WAVES, policy=LONG)

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        assert world.contents()["canary"] == BEFORE
        world.order(Order.RETRY)

    async def story() -> None:
        await killed_when(world, "canary", Verb.APPLY)
        world.hosts.take_back_by_hand("canary", RUN)
        await world.go(operator)

    run_virtually(story())
    assert world.view().result is RunResult.COMPLETED
    assert set(world.contents().values()) == {AFTER}


def test_a_host_that_expired_is_changed_again_by_resume(tmp_path: Path) -> None:
    """Nobody asked for that: its deadline passed because the process was dead."""
    world = World.of(tmp_path, *WAVES, policy=LONG, unattended=True)

    async def story() -> None:
        await killed_when(world, "canary", Verb.APPLY)
        await asyncio.sleep(700)
        world.hosts.expire()
        assert world.contents()["canary"] == BEFORE
        await world.go()

    run_virtually(story())
    assert world.view().result is RunResult.COMPLETED


@pytest.mark.parametrize("unattended", [True, False])
def test_later_waves_do_not_start_over_a_confirmed_canary_that_was_taken_back(
    tmp_path: Path, *, unattended: bool
) -> None:
    """Resume asks confirmed hosts too: who took the canary back wants no second wave."""
    world = World.of(tmp_path, *WAVES, policy=LONG, unattended=unattended)

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        world.order(Order.STOP)

    async def story() -> None:
        await killed_when(world, "a", Verb.APPLY)
        assert world.states()["canary"] == "confirmed"
        for host in ("canary", "a", "b"):
            world.hosts.take_back_by_hand(host, RUN)
        await world.go(operator)

    run_virtually(story())
    assert set(world.contents().values()) == {BEFORE}
    assert set(world.states().values()) == {"rolled_back"}
    assert world.view().result is (RunResult.FAILED if unattended else RunResult.STOPPED)


def test_a_confirmed_host_that_is_out_of_reach_at_resume_stays_confirmed(tmp_path: Path) -> None:
    """Nothing is known against it, and the run goes on."""
    world = World.of(tmp_path, *WAVES, policy=LONG, unattended=True)

    async def story() -> None:
        await killed_when(world, "a", Verb.APPLY)
        world.hosts.hosts["canary"].down = True
        await world.go()

    run_virtually(story())
    assert world.view().result is RunResult.COMPLETED
    assert world.states()["canary"] == "confirmed"


def test_a_rollback_counts_until_the_run_changes_the_host_again(tmp_path: Path) -> None:
    """Killed, rolled back, resumed and retried, the host is changed, and can be rolled back."""
    world = World.of(tmp_path, ("canary",), policy=LONG)
    rollout = world.spec

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        world.order(Order.RETRY)

    def seen() -> tuple[HostState, bool, bool]:
        view = view_of(world.folder, RUN)
        listed = next(one for one in summaries(world.folder) if one.run == RUN)
        return view.hosts[0].state, view.changed, listed.changed

    async def story() -> None:
        await killed_when(world, "canary", Verb.APPLY)
        world.rollback(("canary",))
        await world.go()
        assert seen() == (HostState.ROLLED_BACK, False, False)

        world.spec = rollout
        await world.go(operator)
        assert world.contents() == {"canary": AFTER}
        assert seen() == (HostState.CONFIRMED, True, True)

        world.rollback(("canary",), run="run-3")
        await world.go()

    run_virtually(story())
    assert world.contents() == {"canary": BEFORE}
    assert seen() == (HostState.ROLLED_BACK, False, False)


def test_why_a_host_failed_stays_to_be_read_after_it_was_taken_back(tmp_path: Path) -> None:
    """The step and its words are what closed the gate, whoever took the host back later."""
    world = World.of(tmp_path, *WAVES, policy=LONG, unattended=True)
    world.hosts.hosts["canary"].fails_at = ["same_containers"]
    world.hosts.hosts["canary"].stuck = True

    def mend(_host: str, verb: str) -> None:
        world.hosts.hosts["canary"].stuck = verb != Verb.UNDO.value

    world.hosts.before_call = mend
    world.run()
    assert len(world.events(EventKind.GATE)) == 1
    canary = row(world, "canary")
    assert (canary.state, canary.detail) == (HostState.ROLLED_BACK, "same_containers")
    assert canary.trouble is not None
    assert canary.trouble.failed_step == "same_containers"
    assert canary.trouble.state == "It is as it was before."
