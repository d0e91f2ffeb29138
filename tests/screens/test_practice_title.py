"""What is practice is called that on every step, and nothing of it is said to stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.session import Step
from tests.screens.stage import on_stage


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("is_practice", [True, False])
async def test_a_practice_fleet_is_called_that_in_the_title(
    step: Step, tmp_path: Path, *, is_practice: bool
) -> None:
    """In words, before the name of the migration file, within 80 columns."""
    async with on_stage(tmp_path, step=step, is_practice=is_practice) as stage:
        await stage.see(".yaml")
        title = stage.text.splitlines()[0]

        assert ("practice fleet · " in title) is is_practice
        assert title.rstrip().endswith(".yaml")


async def test_leaving_a_practice_fleet_says_that_it_ends(tmp_path: Path) -> None:
    """No run goes on without it, and no answers are kept."""
    async with on_stage(tmp_path, step=Step.ROLL_OUT, is_practice=True) as stage:
        assert "the run goes on" not in stage.text
        await stage.press("q")
        await stage.see("Leave Pilotage?", "The practice fleet ends with it")

        assert "goes on without" not in stage.text
        assert "Answers are saved" not in stage.text
