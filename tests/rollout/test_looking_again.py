"""A gate is judged on what hosts say at the end of the soak, not on what they said before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.simulated_hosts import AFTER, BEFORE, FOREIGN, SimulatedHost
from tests.run.world import POLICY, World
from wizard.journal.events import EventKind, Order, RunResult
from wizard.run.states import RunState
from wizard.transaction.answers import Verb

SOAK = replace(POLICY, soak=30.0)
TWO_WAVES = (("canary",), ("a", "b"))


def _before(world: World, verb: Verb, host: str, meddle: Callable[[SimulatedHost], None]) -> None:
    """Let something happen to the host right before it is first asked that."""
    done: list[str] = []

    def call(name: str, asked: str) -> None:
        if (name, asked) == (host, verb.value) and not done:
            done.append(name)
            meddle(world.hosts.hosts[name])

    world.hosts.before_call = call


def _stop(host: SimulatedHost) -> None:
    host.stopped = True


def _edit(host: SimulatedHost) -> None:
    host.content = FOREIGN


def _restore(host: SimulatedHost) -> None:
    host.content = BEFORE


def test_every_changed_host_is_looked_at_once_between_soak_and_gate(tmp_path: Path) -> None:
    """It costs one exec per host."""
    world = World.of(tmp_path, *TWO_WAVES, policy=SOAK)
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    calls = [host for host, verb in world.hosts.calls if verb == Verb.CHECK.value]
    assert sorted(calls) == ["a", "b", "canary"]
    of_canary = [verb for host, verb in world.hosts.calls if host == "canary"]
    assert of_canary[-2:] == [Verb.CHECK.value, Verb.CONFIRM.value]


@pytest.mark.parametrize("verb", [Verb.CHECK, Verb.CONFIRM], ids=lambda verb: verb.value)
def test_a_runtime_that_stops_during_the_soak_closes_the_gate(tmp_path: Path, verb: Verb) -> None:
    """The host has taken itself back, nothing is confirmed, and the cause is told."""
    world = World.of(tmp_path, *TWO_WAVES, policy=SOAK, unattended=True)
    _before(world, verb, "canary", _stop)
    ending = world.run()
    assert ending.result is RunResult.FAILED
    assert world.states()["canary"] == "reverted"
    assert set(world.contents().values()) == {BEFORE}
    assert world.view().counters.failed_after_change == 1
    trouble = world.view().hosts[0].trouble
    assert trouble is not None
    assert trouble.failed_step == "runtimes_alive"
    assert [event.data["verdict"] for event in world.events(EventKind.GATE)][-1] != "ok"


@pytest.mark.parametrize("verb", [Verb.CHECK, Verb.CONFIRM], ids=lambda verb: verb.value)
def test_no_allowance_opens_a_gate_over_a_foreign_edit(tmp_path: Path, verb: Verb) -> None:
    """It is inconclusive, the host is a conflict with its texts, and nothing of it is touched."""
    policy = replace(SOAK, max_failed_per_wave=2, max_failed_total=2)
    world = World.of(tmp_path, *TWO_WAVES, policy=policy)
    _before(world, verb, "a", _edit)

    async def operator(world: World) -> None:
        view = await world.when(lambda view: view.state is RunState.WAITING)
        assert (view.waves[1].gate, view.counters.failed_after_change) == ("inconclusive", 0)
        [row] = [row for row in view.hosts if row.name == "a"]
        assert (row.state.value, row.trouble is not None) == ("conflict", True)
        assert row.trouble is not None
        assert [conflict.now for conflict in row.trouble.conflicts] == [FOREIGN]
        world.order(Order.SKIP)

    ending = world.run(operator)
    assert ending.result is RunResult.COMPLETED
    assert world.contents() == {"canary": AFTER, "a": FOREIGN, "b": AFTER}
    assert world.states() == {"canary": "confirmed", "a": "conflict", "b": "confirmed"}


def test_unattended_a_file_that_was_put_back_is_taken_back_whole(tmp_path: Path) -> None:
    """Where the edit is the file of before, giving the wave up loses nothing of anybody's."""
    world = World.of(tmp_path, *TWO_WAVES, policy=SOAK, unattended=True)
    _before(world, Verb.CHECK, "canary", _restore)
    ending = world.run()
    assert ending.result is RunResult.FAILED
    assert world.states()["canary"] == "rolled_back"
    assert "confirmed" not in world.states().values()


def test_unattended_a_foreign_edit_is_left_to_a_person(tmp_path: Path) -> None:
    """Giving the wave up touches nothing of that host, and says where it stands."""
    world = World.of(tmp_path, *TWO_WAVES, policy=SOAK, unattended=True)
    _before(world, Verb.CHECK, "canary", _edit)
    ending = world.run()
    assert ending.result is RunResult.FAILED
    assert (world.states()["canary"], world.contents()["canary"]) == ("conflict", FOREIGN)


def test_a_host_that_could_not_be_looked_at_makes_the_gate_inconclusive(tmp_path: Path) -> None:
    """What it said before the soak is not what it says now."""
    world = World.of(tmp_path, ("canary",), policy=SOAK, unattended=True)

    def lock(host: SimulatedHost) -> None:
        host.locked = 100

    _before(world, Verb.CHECK, "canary", lock)
    world.run()
    [gate] = world.events(EventKind.GATE)
    assert gate.data["verdict"] == "inconclusive"


def test_a_busy_host_is_asked_again(tmp_path: Path) -> None:
    """Somebody else's short look at the host does not close a gate."""
    world = World.of(tmp_path, ("canary",), policy=SOAK, unattended=True)

    def lock(host: SimulatedHost) -> None:
        host.locked = 1

    _before(world, Verb.CHECK, "canary", lock)
    assert world.run().result is RunResult.COMPLETED


def test_a_lost_answer_to_the_look_is_asked_for_again(tmp_path: Path) -> None:
    """The host is asked its status, then looked at once more before anything is confirmed."""
    world = World.of(tmp_path, ("canary",), policy=SOAK)
    world.hosts.hosts["canary"].cut_after = {Verb.CHECK}
    assert world.run().result is RunResult.COMPLETED
    verbs = [verb for _host, verb in world.hosts.calls]
    assert (verbs.count("check"), verbs.count("confirm")) == (2, 1)


def test_a_wave_that_is_stopped_during_its_soak_is_looked_at_before_it_is_kept(
    tmp_path: Path,
) -> None:
    """Stopping ends the wave by the same rules as going on."""
    world = World.of(tmp_path, *TWO_WAVES, policy=SOAK)
    _before(world, Verb.CHECK, "canary", _stop)

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.SOAKING)
        world.order(Order.STOP)

    ending = world.run(operator)
    assert ending.result is RunResult.STOPPED
    assert world.contents()["canary"] == BEFORE
