"""The strip of a drill: goal and clock on every step, and nothing of it in earnest.

`PILOTAGE_SNAPSHOTS=write pytest tests/screens/test_drill_strip.py` writes the snapshots anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from screens.session import Step
from screens.widgets.drill_strip import DrillStrip
from tests.screens import samples
from tests.screens.stage import Stage, on_stage
from wizard.drill import OpenDrill, elapsed_words
from wizard.wording import choose_language

FOLDER = Path(__file__).parent / "snapshots"
GOAL = "Every host is back on the public registry, with its own files."
LONG = "All healthy hosts are on the target, and the broken one is back on what it had before that."
WIDE = "所有健康的主机都已迁移到目标仓库, 出故障的那台主机已经恢复到迁移之前的样子, 每个字节都一样"


def drill(goal: str = GOAL, *, minutes: int = 12) -> OpenDrill:
    """Return a drill that goes on for so many minutes and 34 seconds."""
    return OpenDrill(goal=goal, began_at=samples.MOMENT - minutes * 60 - 34)


async def taken_up(stage: Stage) -> None:
    """Wait until the saved answers are there: then nothing goes on in the background."""
    session = stage.app.session
    await stage.until(lambda: bool(session.migration.fleet.hosts), "the saved answers")


def line_of(stage: Stage) -> str:
    """Return the line under the title."""
    return stage.text.splitlines()[1]


@pytest.mark.parametrize("step", list(Step))
async def test_goal_and_clock_are_on_every_step(step: Step, tmp_path: Path) -> None:
    """Under the title, in words, within 80 columns; the last line is still that of the keys."""
    async with on_stage(tmp_path, step=step, drill=drill()) as stage:
        await taken_up(stage)
        await stage.see("12:34")

        assert line_of(stage).split() == ["Drill", *GOAL.split(), "12:34"]
        assert "F1 Help" in stage.text.splitlines()[-1]


@pytest.mark.parametrize("step", [Step.DISCOVER, Step.ROLL_OUT])
async def test_drill_looks_as_it_was_reviewed(
    step: Step, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line of the step is the one that was looked at."""
    kept = FOLDER / f"drill-{step.name.lower()}-80x24.txt"
    monkeypatch.chdir(tmp_path)
    async with on_stage(Path(), step=step, drill=drill()) as stage:
        await stage.pilot.pause(0.4)
        shown = stage.text + "\n"
    if os.environ.get("PILOTAGE_SNAPSHOTS") == "write":
        kept.write_text(shown, encoding="utf-8")

    assert kept.read_text(encoding="utf-8") == shown


async def test_nothing_of_it_is_there_in_earnest(tmp_path: Path) -> None:
    """Without a drill no step has a strip."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT) as stage:
        assert list(stage.app.screen.query(DrillStrip)) == []
        assert "Drill" not in stage.text


@pytest.mark.parametrize("goal", [LONG, WIDE])
@pytest.mark.parametrize("width", [80, 40, 20])
async def test_goal_is_cut_and_the_clock_never_is(goal: str, width: int, tmp_path: Path) -> None:
    """What does not fit ends in an ellipsis; the clock stays at the end of the line."""
    async with on_stage(tmp_path, size=(width, 24), sign="", drill=drill(goal)) as stage:
        await taken_up(stage)
        await stage.see("12:34")

        line = line_of(stage)
        assert line.endswith("…  12:34")
        assert cell_len(line) == width - 1


async def test_clock_goes_on_behind_a_dialog_too(tmp_path: Path) -> None:
    """It is the injected clock that is shown, on the step and behind what lies over it."""
    async with on_stage(tmp_path, step=Step.PREVIEW, drill=drill(minutes=59)) as stage:
        await stage.see("59:34")
        stage.clock.advance(26.0)
        await stage.see("1:00:00")
        await stage.press("q")
        await stage.see("End the drill?")
        stage.clock.advance(1.0)
        await stage.see("1:00:01")


async def test_control_sequences_in_a_goal_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """A goal may hold a host's name; what is foreign is cleaned as everywhere."""
    async with on_stage(tmp_path, drill=drill("\x1b]0;x\x07[bold]web1[/bold] is back")) as stage:
        await taken_up(stage)
        await stage.see("[bold]web1[/bold] is back")

        assert "\x1b" not in stage.text


async def test_leaving_a_drill_says_that_it_ends(tmp_path: Path) -> None:
    """Nothing is said to go on; Cancel is focused, and the verb leaves."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT, drill=drill()) as stage:
        await stage.press("q")
        await stage.see("End the drill?", "The practice fleet ends with it")
        assert "goes on without this screen" not in stage.text
        await stage.press("enter")
        await stage.gone("End the drill?")
        await stage.press("q", "tab", "enter")
        await stage.pilot.pause()
        assert stage.app.return_code == 0


async def test_help_tells_the_whole_goal(tmp_path: Path) -> None:
    """What is cut in the strip can be read there."""
    async with on_stage(tmp_path, drill=drill(LONG)) as stage:
        await taken_up(stage)
        await stage.press("f1")
        await stage.see("Goal of this drill", "what it had before that.")


async def test_chinese_strip_fits(tmp_path: Path) -> None:
    """Words of two cells keep every line within the terminal."""
    choose_language({"LANGUAGE": "zh_CN"})
    async with on_stage(tmp_path, sign="步骤 1/5 发现", drill=drill(WIDE)) as stage:
        await taken_up(stage)
        await stage.see("演练", "12:34")
        widths = {strip.cell_length for strip in stage.app.screen._compositor.render_strips()}

        assert widths == {80}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00"), (7.9, "0:07"), (754, "12:34"), (3599, "59:59"), (3723, "1:02:03")],
)
def test_elapsed_time_reads_like_a_stopwatch(seconds: float, words: str) -> None:
    """Minutes and seconds, and hours where there are any."""
    assert elapsed_words(seconds) == words


def test_a_drill_has_not_begun_before_it_began() -> None:
    """A clock that is read twice in the same instant does not show less than nothing."""
    assert OpenDrill(goal="", began_at=10.0).elapsed(9.9) == 0.0
