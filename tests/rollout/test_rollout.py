"""A rollout goes wave by wave, stops where it must, and obeys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.simulated_hosts import AFTER, BEFORE
from tests.run.world import POLICY, World
from wizard.journal.events import EventKind, Order, RunResult
from wizard.run.states import RunState
from wizard.transaction.answers import Verb

THREE_WAVES = (("canary",), ("a", "b"), ("c", "d", "e"))


def test_all_waves_are_confirmed_one_after_the_other(tmp_path: Path) -> None:
    """With nothing wrong every host ends confirmed, and waves never overlap."""
    world = World.of(tmp_path, *THREE_WAVES)
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    assert set(world.states().values()) == {"confirmed"}
    assert set(world.contents().values()) == {AFTER}
    order = [host for host, verb in world.hosts.calls if verb == Verb.APPLY.value]
    assert order == ["canary", "a", "b", "c", "d", "e"]
    gates = [event.data["verdict"] for event in world.events(EventKind.GATE)]
    assert gates == ["ok", "ok", "ok"]


def test_later_waves_never_start_when_the_canary_fails(tmp_path: Path) -> None:
    """Unattended, a failed canary ends the run as failed with nothing else touched."""
    world = World.of(tmp_path, *THREE_WAVES, unattended=True)
    world.hosts.hosts["canary"].fails_at = ["docker_pull"]
    ending = world.run()
    assert ending.result is RunResult.FAILED
    assert {host for host, _verb in world.hosts.calls} == {"canary"}
    assert set(world.contents().values()) == {BEFORE}
    assert world.view().counters.failed_after_change == 1


def test_unattended_failure_takes_its_wave_back_and_keeps_earlier_ones(tmp_path: Path) -> None:
    """The failed wave is as before, the confirmed canary stays, and the reason says so."""
    world = World.of(tmp_path, *THREE_WAVES, unattended=True)
    world.hosts.hosts["b"].fails_at = ["docker_reload"]
    ending = world.run()
    assert ending.result is RunResult.FAILED
    assert "earlier waves are kept" in ending.reason
    assert world.contents() == {
        "canary": AFTER,
        "a": BEFORE,
        "b": BEFORE,
        "c": BEFORE,
        "d": BEFORE,
        "e": BEFORE,
    }


def test_soaking_hosts_are_renewed_in_time(tmp_path: Path) -> None:
    """A soak of ten leases does not let a single host revert."""
    policy = replace(POLICY, soak=600.0, lease=60.0)
    world = World.of(tmp_path, ("canary",), policy=policy)
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    renewals = [verb for _host, verb in world.hosts.calls if verb == Verb.RENEW.value]
    assert 25 <= len(renewals) <= 35


def test_unreachable_host_is_tried_again_at_the_end_of_its_wave(tmp_path: Path) -> None:
    """A host that was down during the wave is applied when it is back."""
    world = World.of(tmp_path, ("canary",), ("a", "b"))
    world.hosts.hosts["a"].down = True

    def comes_back(host: str, verb: str) -> None:
        if (host, verb) == ("b", Verb.APPLY.value):
            world.hosts.hosts["a"].down = False

    world.hosts.before_call = comes_back
    world.spec = replace(world.spec, policy=replace(POLICY, concurrency=1))
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    assert world.states() == {"canary": "confirmed", "a": "confirmed", "b": "confirmed"}


def test_unreachable_lost_and_failed_are_counted_apart(tmp_path: Path) -> None:
    """Each of the three counters gets its own host."""
    policy = replace(
        POLICY, lease=30.0, max_failed_per_wave=1, max_failed_total=1, max_unreachable_total=1
    )
    world = World.of(tmp_path, ("canary",), ("a", "b", "c", "d"), policy=policy, unattended=True)
    world.hosts.hosts["a"].down = True
    world.hosts.hosts["b"].fails_at = ["docker_pull"]

    def cut(host: str, verb: str) -> None:
        if (host, verb) == ("c", Verb.RENEW.value):
            world.hosts.hosts["c"].down = True

    world.hosts.before_call = cut
    ending = world.run()
    counters = world.view().counters
    assert ending.result is RunResult.FAILED
    assert counters.failed_after_change == 1
    assert counters.unreachable_before_change == 1
    assert counters.lost_after_change == 1


def test_soak_ends_as_soon_as_the_gate_is_closed(tmp_path: Path) -> None:
    """Nobody waits for the end of a soak that can no longer be passed."""
    world = World.of(tmp_path, ("canary", "b"), policy=replace(POLICY, soak=600.0), unattended=True)
    world.hosts.hosts["b"].fails_at = ["docker_pull"]
    world.run()
    (soak,), (gate,) = world.events(EventKind.SOAK_STARTED), world.events(EventKind.GATE)
    assert gate.at - soak.at < 1.0


def test_lost_answer_is_asked_for_and_never_guessed(tmp_path: Path) -> None:
    """A host whose answer to apply got lost is asked its status and then goes on as armed."""
    world = World.of(tmp_path, ("canary",))
    world.hosts.hosts["canary"].cut_after = {Verb.APPLY, Verb.CONFIRM}
    ending = world.run()
    verbs = [verb for _host, verb in world.hosts.calls]
    assert ending.result is RunResult.COMPLETED
    assert verbs.count("apply") == 1
    assert "status" in verbs
    assert world.states() == {"canary": "confirmed"}


def test_retry_applies_failed_hosts_once_more(tmp_path: Path) -> None:
    """After a failed gate the operator's retry lets the run complete."""
    world = World.of(tmp_path, *THREE_WAVES)
    world.hosts.hosts["b"].fails_at = ["docker_pull"]

    async def operator(world: World) -> None:
        view = await world.when(lambda view: view.state is RunState.WAITING)
        assert Order.RETRY in view.choices
        world.order(Order.RETRY)

    ending = world.run(operator)
    assert ending.result is RunResult.COMPLETED
    assert set(world.states().values()) == {"confirmed"}
    assert world.view().counters.failed_after_change == 0


def test_skip_leaves_the_failed_host_and_goes_on(tmp_path: Path) -> None:
    """A skipped host stays as it was; everything else is confirmed."""
    world = World.of(tmp_path, *THREE_WAVES)
    world.hosts.hosts["b"].fails_at = ["docker_pull"]

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        world.order(Order.SKIP)

    ending = world.run(operator)
    assert ending.result is RunResult.COMPLETED
    assert world.contents()["b"] == BEFORE
    changed = [name for name, content in world.contents().items() if content == AFTER]
    assert changed == ["canary", "a", "c", "d", "e"]


def test_roll_back_wave_then_stop(tmp_path: Path) -> None:
    """Only the failed wave is taken back; the canary stays confirmed."""
    world = World.of(tmp_path, *THREE_WAVES)
    world.hosts.hosts["b"].fails_at = ["docker_pull"]

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        world.order(Order.ROLL_BACK_WAVE)
        await world.when(
            lambda view: view.state is RunState.WAITING and view.hosts[1].state.value == "reverted"
        )
        world.order(Order.STOP)

    ending = world.run(operator)
    assert ending.result is RunResult.STOPPED
    assert [name for name, content in world.contents().items() if content == AFTER] == ["canary"]


def test_roll_back_all_undoes_confirmed_waves_too(tmp_path: Path) -> None:
    """Every host is as before, whether it was armed or confirmed."""
    world = World.of(tmp_path, *THREE_WAVES)
    world.hosts.hosts["d"].fails_at = ["docker_pull"]

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        world.order(Order.ROLL_BACK_ALL)

    ending = world.run(operator)
    assert ending.result is RunResult.ROLLED_BACK
    assert set(world.contents().values()) == {BEFORE}
    undone = [host for host, verb in world.hosts.calls if verb == Verb.UNDO.value]
    assert undone[-1] == "canary"
    assert not world.view().changed


def test_roll_back_all_tells_which_hosts_stay_changed(tmp_path: Path) -> None:
    """A conflict on one host does not stop the others and is named in the ending."""
    world = World.of(tmp_path, *THREE_WAVES)
    world.hosts.hosts["d"].fails_at = ["docker_pull"]

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        world.hosts.hosts["a"].content = "foreign"
        world.order(Order.ROLL_BACK_ALL)

    ending = world.run(operator)
    assert ending.result is RunResult.FAILED
    assert "a" in ending.reason
    assert world.states()["a"] == "conflict"
    assert [name for name, content in world.contents().items() if content != BEFORE] == ["a"]


@pytest.mark.parametrize("mended", [True, False], ids=["mended", "still stuck"])
def test_roll_back_all_tries_a_failed_way_back_again(tmp_path: Path, *, mended: bool) -> None:
    """A host that could not take itself back is still changed: it is tried, and else named."""
    world = World.of(tmp_path, ("canary",), ("a",))
    world.hosts.hosts["canary"].fails_at = ["docker_pull"]
    world.hosts.hosts["canary"].stuck = True

    async def operator(world: World) -> None:
        view = await world.when(lambda view: view.state is RunState.WAITING)
        assert (view.changed, Order.ROLL_BACK_ALL in view.choices) == (True, True)
        world.hosts.hosts["canary"].stuck = not mended
        world.order(Order.ROLL_BACK_ALL)

    ending = world.run(operator)
    assert ending.result is (RunResult.ROLLED_BACK if mended else RunResult.FAILED)
    assert (world.contents()["canary"] == BEFORE) == mended
    assert world.view().changed == (not mended)


def test_a_confirmed_host_without_its_ledger_is_not_called_rolled_back(tmp_path: Path) -> None:
    """Somebody removed the ledger: the file is still ours, and the ending names the host."""
    world = World.of(tmp_path, ("canary",), ("a",))
    world.hosts.hosts["a"].fails_at = ["docker_pull"]

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        world.hosts.hosts["canary"].ledgers.clear()
        world.order(Order.ROLL_BACK_ALL)

    ending = world.run(operator)
    assert (ending.result, "canary" in ending.reason) == (RunResult.FAILED, True)
    assert world.states() == {"canary": "revert_failed", "a": "reverted"}


def test_pause_starts_nothing_and_keeps_what_is_armed(tmp_path: Path) -> None:
    """While paused no host is applied; after going on the run completes."""
    world = World.of(tmp_path, *THREE_WAVES)
    applied: list[int] = []

    async def operator(world: World) -> None:
        await world.when(lambda view: view.current_wave == 1)
        world.order(Order.PAUSE)
        await world.when(lambda view: view.state is RunState.WAITING)
        applied.append(sum(verb == "apply" for _host, verb in world.hosts.calls))
        await world.clock.sleep(200)
        applied.append(sum(verb == "apply" for _host, verb in world.hosts.calls))
        world.order(Order.GO_ON)

    ending = world.run(operator)
    assert ending.result is RunResult.COMPLETED
    assert applied[0] == applied[1]
    assert set(world.states().values()) == {"confirmed"}


def test_nobody_answers_and_the_hosts_revert_by_themselves(tmp_path: Path) -> None:
    """Armed hosts are kept for the operator's patience only; then they are as before."""
    world = World.of(tmp_path, *THREE_WAVES)
    world.hosts.hosts["b"].fails_at = ["docker_pull"]

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        await world.when(lambda view: view.hosts[1].state.value == "reverted")
        world.order(Order.RETRY)

    ending = world.run(operator)
    assert ending.result is RunResult.COMPLETED
    expiry = [event for event in world.events(EventKind.OUTCOME) if event.data["verb"] == "status"]
    assert expiry[0].data["answer"]["state"] == "reverted"


def test_every_wave_waits_for_the_operator_when_asked_to(tmp_path: Path) -> None:
    """With `ask_between_waves` nothing goes on without a word, and nothing stays armed."""
    world = World.of(tmp_path, *THREE_WAVES, policy=replace(POLICY, ask_between_waves=True))
    armed_while_waiting: list[int] = []

    async def operator(world: World) -> None:
        for _wave in range(2):
            view = await world.when(lambda view: view.state is RunState.WAITING)
            states = [host.state.value for host in view.hosts]
            armed_while_waiting.append(states.count("armed"))
            world.order(Order.GO_ON)
            await world.when(lambda view: view.state is not RunState.WAITING)

    ending = world.run(operator)
    assert ending.result is RunResult.COMPLETED
    assert armed_while_waiting == [0, 0]


def test_drifted_host_makes_the_gate_inconclusive(tmp_path: Path) -> None:
    """A refusal is no failure after change, and no proof either: a person decides."""
    world = World.of(tmp_path, ("canary",), ("a", "b"), unattended=True)
    world.hosts.hosts["a"].drifted = True
    ending = world.run()
    assert ending.result is RunResult.FAILED
    verdicts = [event.data["verdict"] for event in world.events(EventKind.GATE)]
    assert verdicts == ["ok", "inconclusive"]
    assert world.view().counters.failed_after_change == 0


def test_allowed_failures_do_not_stop_the_rollout(tmp_path: Path) -> None:
    """Within the limits of the policy a failed host is listed and the rest goes on."""
    policy = replace(POLICY, max_failed_per_wave=1, max_failed_total=1)
    world = World.of(tmp_path, *THREE_WAVES, policy=policy)
    world.hosts.hosts["b"].fails_at = ["docker_pull"]
    ending = world.run()
    assert ending.result is RunResult.COMPLETED
    assert world.states()["b"] == "reverted"
    assert sum(content == AFTER for content in world.contents().values()) == 5


def test_breaker_stops_a_wave_in_the_middle(tmp_path: Path) -> None:
    """After the first failure of a wave with no failures allowed, no further host is started."""
    wave = tuple(f"h{number:02}" for number in range(40))
    world = World.of(tmp_path, ("canary",), wave, unattended=True)
    world.hosts.hosts["h00"].fails_at = ["docker_pull"]
    world.run()
    applied = {host for host, verb in world.hosts.calls if verb == Verb.APPLY.value}
    assert len(applied - {"canary"}) <= 2 * POLICY.concurrency


def test_order_that_makes_no_sense_is_refused_with_the_reason(tmp_path: Path) -> None:
    """A retry while nothing failed is refused, and the answer names what is possible."""
    world = World.of(tmp_path, *THREE_WAVES)

    async def operator(world: World) -> None:
        await world.when(lambda view: view.current_wave == 1)
        world.order(Order.RETRY)

    ending = world.run(operator)
    taken = world.events(EventKind.ORDER_TAKEN)
    assert ending.result is RunResult.COMPLETED
    assert [event.data["accepted"] for event in taken] == [False]
    assert "pause" in taken[0].data["why"]
