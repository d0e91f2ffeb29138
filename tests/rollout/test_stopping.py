"""Stopping: after the wave's soak, or at once; by order or by signal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.run.simulated_hosts import AFTER
from tests.run.world import POLICY, World
from wizard.journal.events import EventKind, Order, RunResult
from wizard.run.orders import StopSignals
from wizard.run.states import HostState, RunState

THREE_WAVES = (("canary",), ("a", "b"), ("c", "d", "e"))


def test_stop_while_soaking_confirms_what_is_good(tmp_path: Path) -> None:
    """The wave under way is judged by its gate and kept; later waves never start."""
    world = World.of(tmp_path, *THREE_WAVES)

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.SOAKING and view.current_wave == 1)
        world.order(Order.STOP)

    ending = world.run(operator)
    assert ending.result is RunResult.STOPPED
    kept = [name for name, content in world.contents().items() if content == AFTER]
    assert kept == ["canary", "a", "b"]


def test_stop_now_ends_a_soak_at_once_and_takes_its_wave_back(tmp_path: Path) -> None:
    """Without a whole soak no gate opens: what is armed is reverted, what is confirmed is kept."""
    world = World.of(tmp_path, *THREE_WAVES, policy=replace(POLICY, soak=60.0))
    hurried: list[float] = []

    async def operator(world: World) -> None:
        for wave in range(2):
            view = await world.when(
                lambda view, wave=wave: view.state is RunState.SOAKING and view.current_wave == wave  # type: ignore[misc]
            )
        world.order(Order.STOP)
        view = await world.when(lambda view: Order.STOP_NOW in view.choices)
        assert view.state is RunState.SOAKING
        world.order(Order.STOP_NOW)
        hurried.append(world.clock.now())

    ending = world.run(operator)
    (end,) = world.events(EventKind.RUN_ENDED)
    assert ending.result is RunResult.STOPPED
    assert end.at - hurried[0] < 5.0
    assert [name for name, content in world.contents().items() if content == AFTER] == ["canary"]
    assert world.view().waves[1].reasons == ("the soak was cut short",)


def test_stop_now_does_not_wait_for_a_host_that_is_out_of_reach(tmp_path: Path) -> None:
    """The run ends with its name; the host reverts by itself when its lease is over."""
    world = World.of(tmp_path, ("canary",), policy=replace(POLICY, soak=60.0))

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.SOAKING)
        world.hosts.hosts["canary"].down = True
        await world.when(lambda view: view.hosts[0].state is HostState.LOST)
        world.order(Order.STOP)
        await world.when(lambda view: Order.STOP_NOW in view.choices)
        world.order(Order.STOP_NOW)
        told.append(world.clock.now())

    told: list[float] = []
    ending = world.run(operator)
    (end,) = world.events(EventKind.RUN_ENDED)
    assert ending.reason.endswith("; out of reach, reverting by themselves: canary")
    assert end.at - told[0] < 5.0
    assert end.data["changed"] == ["canary"]


def test_stop_now_needs_a_stop_before_it(tmp_path: Path) -> None:
    """It is refused while nothing stops, and the run goes on to its end."""
    world = World.of(tmp_path, ("canary",))

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.SOAKING)
        world.order(Order.STOP_NOW)

    ending = world.run(operator)
    (taken,) = world.events(EventKind.ORDER_TAKEN)
    assert ending.result is RunResult.COMPLETED
    assert taken.data["accepted"] is False


def test_second_signal_is_the_order_to_stop_now(tmp_path: Path) -> None:
    """The first one stops, each later one hurries; the journal says which signals came."""
    world = World.of(tmp_path, ("canary",))
    signals = StopSignals(world.folder, world.spec.run)
    for name in ("SIGTERM", "SIGINT", "SIGINT"):
        signals.take(name)
    given = [(e.data["by"], e.data["order"]) for e in world.events(EventKind.ORDER_GIVEN)]
    assert given == [("SIGTERM", "stop"), ("SIGINT", "stop_now"), ("SIGINT", "stop_now")]


def test_stop_after_a_failure_takes_the_wave_back(tmp_path: Path) -> None:
    """At a failed gate, stop reverts what is armed."""
    world = World.of(tmp_path, *THREE_WAVES)
    world.hosts.hosts["b"].fails_at = ["docker_pull"]

    async def operator(world: World) -> None:
        await world.when(lambda view: view.state is RunState.WAITING)
        world.order(Order.STOP)

    ending = world.run(operator)
    assert ending.result is RunResult.STOPPED
    assert [name for name, content in world.contents().items() if content == AFTER] == ["canary"]
