"""Roll out: following a run, answering its gate, giving orders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from screens.session import Step
from tests.screens import samples
from tests.screens.stage import Stage, on_stage
from wizard.journal.events import Order, RunResult
from wizard.run.states import HostState, RunState
from wizard.run.view import Counters, RunView

GATE_ORDERS = (Order.RETRY, Order.SKIP, Order.ROLL_BACK_WAVE, Order.ROLL_BACK_ALL)


def _states(**changed: HostState) -> dict[str, HostState]:
    return dict.fromkeys(samples.NAMES[:-1], HostState.WAITING) | changed


def _closed_gate(seq: int = 12) -> RunView:
    states = _states(web1=HostState.CONFIRMED, web2=HostState.CONFIRMED, web3=HostState.REVERTED)
    view = samples.run_view(
        states,
        seq=seq,
        state=RunState.WAITING,
        waiting_for="gate",
        choices=GATE_ORDERS,
        current_wave=1,
        changed=True,
        counters=Counters(failed_after_change=1),
    )
    waves = tuple(
        replace(wave, gate="failed", reasons=("1 host failed after its change",))
        if wave.index == 1
        else wave
        for wave in view.waves
    )
    return replace(view, waves=waves)


async def _at_closed_gate(stage: Stage) -> None:
    stage.service.show(_closed_gate())
    await stage.see("wave 1 waits for your decision")


async def test_answers_how_many_what_failed_and_what_now(tmp_path: Path) -> None:
    """Counts, wave strip, counters, failures first and the choices are there at 80x24."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        await _at_closed_gate(stage)
        await stage.press("escape")
        await stage.see(
            "waiting for you  2/7 done · 0 in work · 1 in trouble · wave 1 of 2",
            "✗ gate closed",
            "failed after change 1",
            "↶ reverted",
            "[ Retry failed ]",
            "[ Roll back all ]",
        )


async def test_failures_rise_to_the_top_while_the_cursor_is_there(tmp_path: Path) -> None:
    """The first row is the failed host."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        await _at_closed_gate(stage)
        await stage.press("escape")
        table = stage.part("FleetTable")
        await stage.until(lambda: table.rows.shown[0] == "web3", "web3 on top")


async def test_gate_offers_only_the_orders_of_the_run_and_starts_harmless(tmp_path: Path) -> None:
    """Enter at once decides nothing; choosing retry orders a retry."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        await _at_closed_gate(stage)
        assert "Pause" not in stage.text.split("waits for your decision")[1].split("Do it")[0]
        await stage.press("enter")
        await stage.gone("waits for your decision")
        assert stage.service.orders == []

        await stage.press("d")
        await stage.see("waits for your decision")
        await stage.press("down", "enter")
        await stage.until(lambda: bool(stage.service.orders), "an order")
        assert stage.service.orders == [("rollout-1", Order.RETRY, ())]


async def test_gate_asks_once_for_one_question(tmp_path: Path) -> None:
    """Later views of the same waiting do not open the dialog again."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        await _at_closed_gate(stage)
        await stage.press("escape")
        stage.service.show(_closed_gate(seq=13))
        await stage.until(lambda: stage.app.session.rollout.seq == 13, "the later view")  # type: ignore[union-attr]
        await stage.settle()
        assert "waits for your decision" not in stage.text


async def test_rolling_back_from_the_gate_is_confirmed_first(tmp_path: Path) -> None:
    """Cancel is focused; only the verb gives the order."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        await _at_closed_gate(stage)
        await stage.press("up", "enter")
        await stage.see("Roll back everything?", "Every host of this run goes back")
        await stage.press("enter")
        await stage.gone("Roll back everything?")
        assert stage.service.orders == []

        await stage.press("d", "up", "enter")
        await stage.see("Roll back everything?")
        await stage.press("tab", "enter")
        await stage.until(lambda: bool(stage.service.orders), "an order")
        assert Order.ROLL_BACK_ALL is stage.service.orders[0][1]


async def test_pause_and_go_on_have_keys_only_when_they_make_sense(tmp_path: Path) -> None:
    """P pauses a running run; g does nothing until it waits."""
    async with on_stage(tmp_path, size=(120, 30), step=Step.ROLL_OUT) as stage:
        stage.service.show(
            samples.run_view(_states(), seq=6, choices=(Order.PAUSE, Order.STOP), changed=True)
        )
        await stage.see("p Pause", "s Stop")
        await stage.press("g", "p")
        await stage.until(lambda: bool(stage.service.orders), "an order")
        assert [order for _run, order, _hosts in stage.service.orders] == [Order.PAUSE]


async def test_stop_is_confirmed(tmp_path: Path) -> None:
    """S asks first and says what stopping means."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        stage.service.show(samples.run_view(_states(), seq=6, choices=(Order.STOP,)))
        await stage.see("[ Stop here ]")
        await stage.press("s")
        await stage.see("Stop here?", "No further host is changed")
        await stage.press("tab", "enter")
        await stage.until(lambda: bool(stage.service.orders), "an order")
        assert Order.STOP is stage.service.orders[0][1]


async def test_error_card_says_the_four_things(tmp_path: Path) -> None:
    """What happened, which host, its state now, what to do."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        await _at_closed_gate(stage)
        await stage.press("escape")
        table = stage.part("FleetTable")
        await stage.until(lambda: table.rows.shown[0] == "web3", "web3 on top")
        await stage.press("home", "enter")
        await stage.see("web3 needs you", "x509", "docker_pull", "As before", "Check the CA file")


async def test_soak_counts_down_and_then_stops_ticking(tmp_path: Path) -> None:
    """The seconds to the gate are shown; no timer runs outside a soak."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        until = samples.MOMENT + 30.0
        soaking = samples.run_view(_states(), seq=6, state=RunState.SOAKING, soak_until=until)
        stage.service.show(soaking)
        await stage.see("soaking", "gate in 30 s")
        stage.clock.advance(9.0)
        await stage.see("gate in 21 s")
        stage.service.show(samples.run_view(_states(), seq=7))
        await stage.see("running")
        assert "gate in" not in stage.text


async def test_end_of_the_run_is_told(tmp_path: Path) -> None:
    """A completed run says so, and Next leads to the way back."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        done = dict.fromkeys(samples.NAMES[:-1], HostState.CONFIRMED)
        ended = samples.run_view(
            done,
            seq=40,
            state=RunState.ENDED,
            result=RunResult.COMPLETED,
            ended_at=samples.MOMENT,
            changed=True,
        )
        stage.service.show(ended)
        await stage.see("completed  7/7 done", "F10: Roll back")


async def test_orphaned_run_offers_to_go_on_from_the_hosts_truth(tmp_path: Path) -> None:
    """A run without its process is told, and resumed by its button."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        stage.service.show(samples.run_view(_states(), seq=6, state=RunState.ORPHANED))
        await stage.see("its process is gone", "Go on from the hosts' truth")
        await stage.focus("#order-resume")
        await stage.press("enter")
        await stage.until(lambda: bool(stage.service.called("resume")), "resumed")
        assert stage.service.called("resume")[0]["run"] == "rollout-1"


async def test_a_run_that_ended_is_not_said_to_go_on(tmp_path: Path) -> None:
    """The last line names the way back alone."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        await stage.see("q leaves, the run goes on")
        rollout = stage.app.session.rollout
        assert rollout is not None
        ended = replace(
            rollout, state=RunState.ENDED, seq=rollout.seq + 1, ended_at=samples.MOMENT, choices=()
        )
        stage.service.show(ended)
        await stage.gone("the run goes on")
        await stage.see("F10: Roll back, if you need it")


async def test_leaving_says_what_keeps_running(tmp_path: Path) -> None:
    """Q names the run that goes on; Cancel is focused; Leave ends with 0."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        await stage.press("q")
        await stage.see("Leave Pilotage?", "Run rollout-1 goes on without this screen")
        await stage.press("enter")
        await stage.gone("Leave Pilotage?")
        await stage.press("q", "tab", "enter")
        await stage.pilot.pause()
        assert stage.app.return_code == 0
