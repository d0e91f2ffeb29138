"""Rollbacks undo everything they can reach, and say what they could not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.simulated_hosts import AFTER, BEFORE, FOREIGN
from tests.run.test_resume import Killed, mortal
from tests.run.virtual_time import run_virtually
from tests.run.world import POLICY, World
from wizard.journal.events import Order, RunResult
from wizard.run.starting import rollback_spec
from wizard.run.states import HostState, RunState
from wizard.transaction.answers import LedgerState, Verb

HOSTS = ("canary", "a", "b")
FILE = "/etc/docker/daemon.json"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a world whose rollout has completed."""
    world = World.of(tmp_path, ("canary",), ("a", "b"), policy=replace(POLICY, soak=1.0))
    world.run()
    assert set(world.contents().values()) == {AFTER}
    return world


def test_whole_run_is_undone_last_wave_first(world: World) -> None:
    """Every host is as before, in the reverse order of the rollout."""
    world.rollback(("b", "a"), ("canary",))
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    assert set(world.contents().values()) == {BEFORE}
    assert [host for host, verb in world.hosts.calls if verb == "undo"][-1] == "canary"


def test_chosen_hosts_only(world: World) -> None:
    """Others stay as they are."""
    world.rollback(("a",))
    world.run()
    assert world.contents() == {"canary": AFTER, "a": BEFORE, "b": AFTER}


def test_servers_of_one_cluster_go_one_after_the_other_without_a_journal_too(world: World) -> None:
    """Their ledgers name the cluster; other hosts do not wait for them."""
    for name in ("canary", "b"):
        world.hosts.hosts[name].alone = "k3s of the cluster"
    began: dict[str, float] = {}

    def note(host: str, verb: str) -> None:
        if verb == Verb.UNDO.value:
            began[host] = asyncio.get_running_loop().time()

    world.hosts.before_call = note
    world.rollback(("canary", "a", "b"))
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    assert began["canary"] == began["a"]
    assert began["b"] > began["canary"]


def test_foreign_edit_is_left_alone_and_shown_in_three_versions(world: World) -> None:
    """Drift on one host stops nothing else, and the operator can compare."""
    world.hosts.hosts["a"].content = FOREIGN
    world.rollback(("b", "a"), ("canary",))
    ending = world.run()
    trouble = next(host.trouble for host in world.view().hosts if host.name == "a")
    assert ending.result is RunResult.FAILED
    assert world.contents() == {"canary": BEFORE, "a": FOREIGN, "b": BEFORE}
    assert trouble is not None
    (conflict,) = trouble.conflicts
    assert (conflict.before, conflict.ours, conflict.now) == (BEFORE, AFTER, FOREIGN)


def test_forced_path_is_overwritten(world: World) -> None:
    """Naming host and path settles a conflict."""
    world.hosts.hosts["a"].content = FOREIGN
    world.rollback(("a",), force=(("a", FILE),))
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    assert world.contents()["a"] == BEFORE


def test_unreachable_host_stops_nothing_and_is_named(world: World) -> None:
    """The others are undone; the ending tells which one is not."""
    world.hosts.hosts["b"].down = True
    world.rollback(("b", "a"), ("canary",))
    ending = world.run()
    assert ending.result is RunResult.FAILED
    assert ending.reason == "not rolled back: b"
    assert world.states() == {"b": "unreachable", "a": "rolled_back", "canary": "rolled_back"}


def test_lost_answer_to_undo_is_asked_for(world: World) -> None:
    """A host whose answer got lost is asked its status, not undone by guess."""
    world.hosts.hosts["a"].cut_after = {Verb.UNDO}
    world.rollback(("a",))
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    assert [verb for host, verb in world.hosts.calls if host == "a"][-2:] == ["undo", "status"]


def test_step_through_waits_after_each_host(world: World) -> None:
    """Each step is told to go on; a stop leaves the rest as it is."""
    policy = replace(POLICY, ask_between_waves=True)
    world.rollback(("b",), ("a",), ("canary",), policy=policy)

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        world.order(Order.GO_ON)
        await world.when(lambda view: view.current_wave == 1 and view.state is RunState.WAITING)
        world.order(Order.STOP)

    ending = world.run(operator)
    assert ending.result is RunResult.STOPPED
    assert world.contents() == {"canary": AFTER, "a": BEFORE, "b": BEFORE}


def test_host_whose_ledger_is_gone_is_no_success(world: World) -> None:
    """A ledger that the rollout saw and nobody finds now leaves the host unknown, and says so."""
    del world.hosts.hosts["a"].ledgers["run-1"]
    saw = tuple(row.name for row in world.view().hosts if row.has_ledger)
    world.rollback(("b", "a"), ("canary",), ledgers=saw)
    ending = world.run()
    trouble = next(host.trouble for host in world.view().hosts if host.name == "a")
    assert saw == HOSTS
    assert ending.result is RunResult.FAILED
    assert ending.reason == "not rolled back: a"
    assert world.states() == {"b": "rolled_back", "a": "revert_failed", "canary": "rolled_back"}
    assert trouble is not None
    assert trouble.what == "The host has no ledger of this run"
    assert "no file was verified" in trouble.state
    assert "Bring /var/lib/pilotage back" in trouble.todo


def test_ledger_that_is_gone_is_found_missing_after_a_lost_answer_too(world: World) -> None:
    """Asked for its status instead of undone, the host is as little as before."""
    del world.hosts.hosts["a"].ledgers["run-1"]
    world.hosts.hosts["a"].cut_after = {Verb.UNDO}
    world.rollback(("a",), ledgers=HOSTS)
    ending = world.run()
    assert ending.result is RunResult.FAILED
    assert world.states() == {"a": "revert_failed"}
    assert world.view().changed


def test_rollback_of_a_known_run_names_the_hosts_that_must_have_a_ledger(world: World) -> None:
    """They are those on which the rollout saw one; a host that it never reached is none."""
    view = world.view()
    hosts = (*view.hosts[:2], replace(view.hosts[2], state=HostState.LOST, has_ledger=False))
    spec = rollback_spec(
        "run-2",
        "anna@desk",
        world.spec.migration,
        "run-1",
        view=replace(view, hosts=hosts),
        hosts=(),
        wave=None,
        force=(),
        policy=None,
    )
    assert spec.hosts == ("b", "a", "canary")
    assert spec.ledgers == ("canary", "a")


def test_ledgers_alone_are_enough(world: World) -> None:
    """From another machine every host is asked; those without a ledger stay untouched."""
    del world.hosts.hosts["a"].ledgers["run-1"]
    world.rollback(HOSTS)
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    assert world.states() == {"canary": "rolled_back", "a": "unchanged", "b": "rolled_back"}


def test_run_that_no_host_knows_ends_with_those_they_know(world: World) -> None:
    """A mistyped run is told together with what the ledgers name."""
    for host in world.hosts.hosts.values():
        host.ledgers = {"other-run": LedgerState.CONFIRMED}
    world.rollback(HOSTS)
    ending = world.run()
    assert ending.result is RunResult.FAILED
    assert ending.reason == "no host has a ledger of run run-1; they know: other-run"
    assert set(world.contents().values()) == {AFTER}


@pytest.mark.parametrize("point", range(1, 12))
def test_killed_rollback_completes_after_resume(world: World, point: int) -> None:
    """Killed at each append, the rollback ends with every host as before."""
    world.rollback(("b", "a"), ("canary",))

    async def story() -> None:
        try:
            await world.go(journal=mortal(world, point, after_write=point % 2 == 0))
        except Killed:
            await world.hosts.finish_scripts()
            world.hosts.before_call = lambda _host, _verb: None
            if world.view().state is not RunState.ENDED:
                await world.go()

    run_virtually(story())
    assert world.view().result is RunResult.COMPLETED
    assert set(world.contents().values()) == {BEFORE}
