"""Roll back: what is undone, how, and what happens to foreign edits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from screens.session import Step
from tests.screens import samples
from tests.screens.stage import Stage, on_stage
from wizard.journal.events import Order, RunKind, RunResult
from wizard.run.states import HostState, RunState
from wizard.run.view import RunView

HOSTS = samples.NAMES[:-1]


def _rollback(seq: int = 1, *, run: str = "rollback-1", **others: Any) -> RunView:
    states = dict.fromkeys(HOSTS, HostState.WAITING) | {"web1": HostState.ROLLED_BACK}
    return samples.run_view(
        states, run=run, seq=seq, kind=RunKind.ROLLBACK, of="rollout-1", **others
    )


def _with_conflict(view: RunView) -> RunView:
    hosts = tuple(
        replace(host, state=HostState.CONFLICT, trouble=samples.conflict_trouble("web2"))
        if host.name == "web2"
        else host
        for host in view.hosts
    )
    return replace(view, hosts=hosts)


async def _start(stage: Stage, view: RunView) -> None:
    stage.service.show(view)
    await stage.focus("#undo")
    await stage.press("enter")
    await stage.see("Each host gets back the bytes")
    await stage.press("tab", "enter")
    await stage.see("State now")


async def test_whole_run_takes_one_plain_confirm(tmp_path: Path) -> None:
    """Cancel is focused; one verb starts it, with no number to type."""
    async with on_stage(tmp_path, step=Step.ROLL_BACK) as stage:
        await stage.see("1 of 7 hosts changed", "[ Roll back 1 host ]")
        await _start(stage, _rollback())

        call = stage.service.called("start_rollback")[0]
        assert (
            call["of"],
            call["hosts"],
            call["wave"],
            call["policy"],
        ) == ("rollout-1", (), None, None)


async def test_where_nothing_is_changed_nothing_is_offered(tmp_path: Path) -> None:
    """Hosts that were blocked or are back already are not counted, and the button is off."""
    async with on_stage(tmp_path, step=Step.ROLL_BACK) as stage:
        states = dict.fromkeys(HOSTS, HostState.UNCHANGED) | {"web1": HostState.ROLLED_BACK}
        stage.app.session.rollout = samples.run_view(
            states, seq=6, changed=True, state=RunState.ENDED, ended_at=samples.MOMENT
        )
        stage.app.go(Step.ROLL_OUT)
        stage.app.go(Step.ROLL_BACK)
        await stage.see("0 of 7 hosts changed", "[ Roll back 0 hosts ]")

        assert stage.part("#undo").disabled


async def test_a_rollout_at_work_is_counted_again_until_it_is_over(tmp_path: Path) -> None:
    """While it changes hosts a rollback would be refused: the button is off, words lead on."""
    async with on_stage(tmp_path, step=Step.ROLL_BACK) as stage:
        states = dict.fromkeys(HOSTS, HostState.WAITING) | {"web1": HostState.CONFIRMED}
        stage.app.session.rollout = samples.run_view(states, run="rollout-2", changed=True)
        stage.service.show(stage.app.session.rollout)
        stage.app.go(Step.ROLL_OUT)
        stage.app.go(Step.ROLL_BACK)
        await stage.see("1 of 7 hosts changed", "still at work", "Esc, then Roll back all).")
        assert stage.part("#undo").disabled

        over = dict.fromkeys(HOSTS, HostState.CONFIRMED)
        stage.service.show(
            samples.run_view(
                over,
                run="rollout-2",
                seq=2,
                changed=True,
                state=RunState.ENDED,
                ended_at=samples.MOMENT,
            )
        )
        await stage.see("7 of 7 hosts changed", "[ Roll back 7 hosts ]")
        await stage.gone("still at work")

        assert not stage.part("#undo").disabled


async def test_cancel_rolls_nothing_back(tmp_path: Path) -> None:
    """Enter on the dialog as it opens changes nothing."""
    async with on_stage(tmp_path, step=Step.ROLL_BACK) as stage:
        await stage.focus("#undo")
        await stage.press("enter")
        await stage.see("Each host gets back the bytes")
        await stage.press("enter")
        await stage.gone("Each host gets back the bytes")

        assert stage.service.called("start_rollback") == []


async def test_one_wave_can_be_chosen(tmp_path: Path) -> None:
    """Only waves that started are offered; the chosen one is ordered."""
    async with on_stage(tmp_path, step=Step.ROLL_BACK) as stage:
        assert "wave 2" not in stage.text
        await stage.focus("#scope")
        await stage.press("down")
        await stage.see("[ Roll back 1 host ]")
        await _start(stage, _rollback())

        assert stage.service.called("start_rollback")[0]["wave"] == 0


async def test_hosts_can_be_picked(tmp_path: Path) -> None:
    """Ticked hosts go back, no others."""
    async with on_stage(tmp_path, step=Step.ROLL_BACK) as stage:
        await stage.focus("#scope")
        await stage.press("up", "enter")
        await stage.see("Which hosts go back?")
        await stage.press("down", "space")
        await stage.focus("#take")
        await stage.press("enter")
        await stage.see("[ Roll back 1 host ]")
        await _start(stage, _rollback())

        assert stage.service.called("start_rollback")[0]["hosts"] == ("web2",)


async def test_step_by_step_shows_what_a_step_undoes_and_what_comes_next(tmp_path: Path) -> None:
    """The waiting run shows state, this step and the next; the button orders go on."""
    async with on_stage(tmp_path, size=(100, 40), step=Step.ROLL_BACK) as stage:
        await stage.focus("#pace")
        await stage.press("down")
        waiting = _rollback(
            state=RunState.WAITING, waiting_for="pause", choices=(Order.GO_ON, Order.STOP)
        )
        await _start(stage, waiting)
        await stage.see(
            "waiting for you: 1 of 3 steps",
            "This step undoes  web2, web3, web4: restores",
            "/etc/docker/daemon.json",
            "Next  db1, db2, build1",
        )
        await stage.focus("#next-step")
        await stage.press("enter")
        await stage.until(lambda: bool(stage.service.orders), "an order")

        policy = stage.service.called("start_rollback")[0]["policy"]
        assert policy.ask_between_waves
        assert stage.service.orders == [("rollback-1", Order.GO_ON, ())]


async def test_host_by_host_is_a_wave_of_one_each(tmp_path: Path) -> None:
    """The policy of the rollback makes each host a step."""
    async with on_stage(tmp_path, step=Step.ROLL_BACK) as stage:
        await stage.focus("#pace")
        await stage.press("up")
        await _start(stage, _rollback())

        policy = stage.service.called("start_rollback")[0]["policy"]
        assert (policy.waves, policy.concurrency, policy.ask_between_waves) == (("1",), 1, True)


async def test_foreign_edit_is_compared_and_left_alone_by_default(tmp_path: Path) -> None:
    """Both differences are shown; Enter leaves the file as it is."""
    async with on_stage(tmp_path, size=(100, 40), step=Step.ROLL_BACK) as stage:
        ended = _rollback(
            2, state=RunState.ENDED, ended_at=samples.MOMENT, result=RunResult.COMPLETED
        )
        await _start(stage, _with_conflict(ended))
        await stage.see("≠ conflict")
        await stage.press("home", "enter")
        await stage.see("web2: somebody changed files since", '+   "log-driver": "local"')
        await stage.see("What overwriting would change now")
        await stage.press("enter")
        await stage.gone("somebody changed files since")

        assert not stage.part("#overwrite").display


async def test_foreign_edit_is_overwritten_only_when_told(tmp_path: Path) -> None:
    """Choosing overwrite forces exactly that file of that host."""
    async with on_stage(tmp_path, size=(100, 40), step=Step.ROLL_BACK) as stage:
        ended = _rollback(
            2, state=RunState.ENDED, ended_at=samples.MOMENT, result=RunResult.COMPLETED
        )
        await _start(stage, _with_conflict(ended))
        await stage.see("≠ conflict")
        await stage.press("home", "enter", "down", "enter")
        await stage.see("Overwrite 1 file")
        stage.service.show(_rollback(run="rollback-2"))
        await stage.focus("#overwrite")
        await stage.press("enter")
        await stage.until(
            lambda: len(stage.service.called("start_rollback")) == 2, "second rollback"
        )

        call = stage.service.called("start_rollback")[1]
        assert call["force"] == (("web2", "/etc/docker/daemon.json"),)
        assert call["hosts"] == ("web2",)


async def test_way_back_is_reachable_from_every_step_once_something_changed(
    tmp_path: Path,
) -> None:
    """F9 leads there from Discover, Registry, Preview and Roll out."""
    async with on_stage(tmp_path, size=(100, 30), step=Step.ROLL_OUT) as stage:
        for step in (Step.DISCOVER, Step.REGISTRY, Step.PREVIEW, Step.ROLL_OUT):
            stage.app.go(step)
            await stage.see(f"step {step.value}/5", "F9 Roll back")
            await stage.press("f9")
            await stage.see("step 5/5")


async def test_way_back_is_not_offered_before_anything_changed(tmp_path: Path) -> None:
    """A key that does nothing is not shown, and does nothing."""
    async with on_stage(tmp_path) as stage:
        assert "F9" not in stage.text
        await stage.press("f9")

        assert "step 1/5" in stage.text
