"""What holds on every screen: keys never crash, sizes never crash, Esc discards nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from screens.app import PilotageApp
from screens.session import Progress, Step
from tests.screens import samples
from tests.screens.stage import on_stage, scripted
from wizard.journal.events import RunKind
from wizard.run.states import HostState, RunState
from wizard.service import RunSummary

ODD_KEYS = (
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "shift+tab"),
    *("f2", "f5", "f6", "f12", "delete", "backspace", "insert", "ctrl+a", "ctrl+k", "ctrl+z"),
    *("0", "9", "a", "z", "j", "k", "o", "f", "space", "space", "g", "p", "l", "comma", "é"),
)


@pytest.mark.parametrize("step", list(Step))
async def test_no_key_crashes_a_step(step: Step, tmp_path: Path) -> None:
    """Every key, meaningful or not, leaves the wizard on that step."""
    async with on_stage(tmp_path, step=step) as stage:
        await stage.press(*ODD_KEYS)
        await stage.press("f1")
        await stage.see("Keys that work here")
        await stage.press("down", "up", "escape")
        await stage.see(f"step {step.value}/5")

        assert stage.app.return_code is None


async def test_empty_lists_take_all_keys(tmp_path: Path) -> None:
    """A wizard without hosts, facts, runs and plans survives every key."""
    async with on_stage(tmp_path) as stage:
        (tmp_path / "migration.yaml").unlink()
        for selector in ("#fleet", "#source", "#read"):
            await stage.focus(selector)
            await stage.press(*(key for key in ODD_KEYS if "tab" not in key))
        await stage.focus("#fleet")
        await stage.press("enter", "slash", "x", "enter", "enter")

        assert "step 1/5" in stage.text


@pytest.mark.parametrize("step", list(Step))
async def test_tiny_and_huge_terminals_do_not_crash(step: Step, tmp_path: Path) -> None:
    """20x5 and 200x60 are survived, and 80x24 is complete afterwards."""
    async with on_stage(tmp_path, step=step) as stage:
        for width, height in ((20, 5), (200, 60), (3, 2), (80, 24)):
            await stage.pilot.resize_terminal(width, height)
            await stage.settle()

        await stage.see(f"step {step.value}/5", "F1 Help")


@pytest.mark.parametrize("turns", range(0, 50, 2))
async def test_leaving_while_it_starts_is_no_fault(turns: int, tmp_path: Path) -> None:
    """Whatever of the first step is there by then: a session may be lost at any instant."""
    app = PilotageApp(
        service=scripted(tmp_path),
        migration_path=tmp_path / "migration.yaml",
        environ={},
        state_folder=lambda: tmp_path / "state",
    )
    started = asyncio.Event()
    app.call_later(started.set)
    shown = asyncio.create_task(app.run_async(headless=True, size=(80, 24)))
    await started.wait()
    await _turns(turns)

    app.exit(return_code=143)
    await shown

    assert (app.return_code, app._exception) == (143, None)  # nor any to report


@pytest.mark.parametrize(
    ("step", "key", "turns", "later"),
    [
        (Step.PREVIEW, "f10", 10, ""),
        (Step.PREVIEW, "escape", 10, ""),
        (Step.ROLL_OUT, "f10", 5, ""),
        (Step.ROLL_OUT, "escape", 10, ""),
        (Step.ROLL_BACK, "escape", 5, ""),
        pytest.param(Step.PREVIEW, "f10", 5, "question_mark", id="another comes on top of it"),
        # What was to be waited for is gone then, and says nothing any more.
        pytest.param(Step.PREVIEW, "question_mark", 30, "f1", id="it goes away again"),
    ],
)
async def test_leaving_while_another_screen_comes_is_no_fault(
    step: Step, key: str, turns: int, later: str, tmp_path: Path
) -> None:
    """A step or a question of which nothing or half is there, whatever key comes after."""
    async with on_stage(tmp_path, step=step) as stage:
        stage.app.simulate_key(key)
        await _turns(turns)

        stage.app.exit(return_code=143)
        if later:
            stage.app.simulate_key(later)
        await stage.until(lambda: not stage.app.is_running, "it goes on")

        assert (stage.app.return_code, stage.app._exception) == (143, None)  # nor any to report


async def _turns(count: int) -> None:
    """Let everything that is ready go on so many times."""
    for _turn in range(count):
        await asyncio.sleep(0)  # waits for nothing: the loop takes one more turn


@pytest.mark.parametrize("step", list(Step))
async def test_ctrl_q_asks_on_every_step_and_closes_a_question(step: Step, tmp_path: Path) -> None:
    """It is for fields, in which a plain q is typed."""
    async with on_stage(tmp_path, step=step) as stage:
        await stage.press("ctrl+q")
        await stage.see("Leave Pilotage?")
        await stage.press("ctrl+q")
        await stage.see(f"step {step.value}/5")

        assert "Leave Pilotage?" not in stage.text
        assert stage.app.return_code is None


async def test_rail_is_hidden_below_100_columns(tmp_path: Path) -> None:
    """Narrow terminals say step 1/5 only; wide ones show the rail."""
    async with on_stage(tmp_path, size=(99, 30)) as stage:
        assert "2 Registry" not in stage.text
        await stage.pilot.resize_terminal(100, 30)
        await stage.see("▸ ○ 1 Discover", "○ 5 Roll back")


async def test_escape_goes_back_step_by_step_and_never_quits(tmp_path: Path) -> None:
    """Esc on the first step stays there and says what quits."""
    async with on_stage(tmp_path, step=Step.PREVIEW) as stage:
        await stage.press("escape")
        await stage.see("step 2/5")
        await stage.press("escape")
        await stage.see("step 1/5")
        await stage.press("escape", "escape")

        assert "step 1/5" in stage.text
        assert stage.app.return_code is None
        assert stage.app.session.planned is not None


async def test_changed_answer_marks_later_steps_stale(tmp_path: Path) -> None:
    """Another policy makes the plan stale; nothing is wiped."""
    async with on_stage(tmp_path, size=(120, 30), step=Step.PREVIEW) as stage:
        session = stage.app.session
        session.answers = samples.migration(["web1"])
        stage.app.go(Step.DISCOVER)
        await stage.see("↻ 3 Preview", "↻ 1 Discover")

        assert Progress.STALE is session.progress(Step.PREVIEW)
        assert session.planned is not None


async def test_looks_change_with_f2(tmp_path: Path) -> None:
    """Dark, light and the terminal's own colours take turns."""
    async with on_stage(tmp_path) as stage:
        seen = [stage.app.theme]
        for _turn in range(3):
            await stage.press("f2")
            seen.append(stage.app.theme)

        assert seen == ["pilotage-dark", "pilotage-light", "pilotage-ansi", "pilotage-dark"]


async def test_no_color_draws_without_colour_and_keeps_the_cursor_visible(tmp_path: Path) -> None:
    """With NO_COLOR no strip has a colour; the focused part is reversed."""
    async with on_stage(tmp_path, environ={"NO_COLOR": "1"}) as stage:
        styles = [
            segment.style
            for strip in stage.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style
        ]
        named = {style.color.name for style in styles if style.color and not style.color.is_default}

        assert stage.app.theme == "pilotage-ansi"
        assert not any(name.startswith("#") for name in named)
        assert any(style.reverse for style in styles)


@pytest.mark.parametrize(
    ("colours", "theme"), [("0;15", "pilotage-light"), ("15;0", "pilotage-dark")]
)
async def test_light_terminals_get_the_light_look(colours: str, theme: str, tmp_path: Path) -> None:
    """COLORFGBG decides where the terminal says what its background is."""
    async with on_stage(tmp_path, environ={"COLORFGBG": colours}) as stage:
        assert theme == stage.app.theme


def _summary(state: RunState, *, kind: RunKind = RunKind.ROLLOUT) -> RunSummary:
    return RunSummary(
        run="rollout-7",
        kind=kind,
        state=state,
        result=None,
        operator="ana",
        started_at=samples.MOMENT,
        hosts=7,
        changed=True,
    )


async def test_open_run_is_offered_and_looking_touches_nothing(tmp_path: Path) -> None:
    """The dialog shows facts, looking is chosen at first, and it only attaches."""
    service = scripted(tmp_path)
    service.summaries = [_summary(RunState.WAITING)]
    states = dict.fromkeys(samples.NAMES[:-1], HostState.WAITING)
    service.show(samples.run_view(states, run="rollout-7", state=RunState.WAITING, changed=True))
    async with on_stage(tmp_path, service=service) as stage:
        await stage.see("Something is still open", "rollout rollout-7 by ana", "Saved answers")
        assert "Go on with rollout-7" not in stage.text
        await stage.press("enter")
        await stage.see("step 4/5", "waiting for you")

        assert (service.calls, service.orders) == ([], [])


async def test_orphaned_run_can_be_resumed_at_start(tmp_path: Path) -> None:
    """Going on from the hosts' truth is offered for a run without a process."""
    service = scripted(tmp_path)
    service.summaries = [_summary(RunState.ORPHANED)]
    states = dict.fromkeys(samples.NAMES[:-1], HostState.WAITING)
    service.show(samples.run_view(states, run="rollout-7", state=RunState.ORPHANED))
    async with on_stage(tmp_path, service=service) as stage:
        await stage.see("Go on with rollout-7 from the hosts' truth")
        await stage.press("down", "enter")
        await stage.see("step 4/5")

        assert service.called("resume") == [{"run": "rollout-7", "secrets": {}}]


async def test_open_run_can_be_left_alone(tmp_path: Path) -> None:
    """Esc leaves everything as it is and starts at Discover; what it changed can be rolled back."""
    service = scripted(tmp_path)
    service.summaries = [_summary(RunState.RUNNING)]
    states = dict.fromkeys(samples.NAMES[:-1], HostState.ARMED)
    service.show(samples.run_view(states, run="rollout-7", state=RunState.RUNNING, changed=True))
    async with on_stage(tmp_path, service=service) as stage:
        await stage.see("Something is still open")
        await stage.press("escape")
        await stage.gone("Something is still open")
        await stage.see("step 1/5", "F9 Roll back")

        assert (service.calls, service.orders) == ([], [])


async def test_fault_of_ours_is_a_card_with_a_report(tmp_path: Path) -> None:
    """A bug in background work is shown, written to a file, and the wizard goes on."""
    async with on_stage(tmp_path, size=(140, 30)) as stage:

        async def faulty() -> None:
            raise LookupError("a bug of ours")

        stage.app.screen.start(faulty(), group="faulty")  # type: ignore[attr-defined]
        await stage.see("A fault in these screens", "LookupError", "crash-")
        await stage.press("enter")
        await stage.see("step 1/5")
        reports = list((tmp_path / "state").glob("crash-*.txt"))

        assert "a bug of ours" in reports[0].read_text(encoding="utf-8")


async def test_copying_tells_where_the_text_is(tmp_path: Path) -> None:
    """Ctrl+C on the table copies the shown host names and keeps them in a file."""
    async with on_stage(tmp_path, size=(160, 30), step=Step.ROLL_OUT) as stage:
        await stage.focus("FleetTable")
        await stage.press("ctrl+c")
        kept = tmp_path / "state" / "pilotage" / "last-copy.txt"
        await stage.until(kept.exists, "the kept copy")

        assert "web1\n" in kept.read_text(encoding="utf-8")
        assert kept.stat().st_mode & 0o777 == 0o600
