"""What is practice is called that on every step, and what is not is not."""

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
