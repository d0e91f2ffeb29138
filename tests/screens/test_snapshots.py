"""What each step looks like at 80x24, as text to read in a review.

`PILOTAGE_SNAPSHOTS=write pytest tests/screens/test_snapshots.py` writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from screens.session import Step
from tests.screens.stage import on_stage

FOLDER = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize(
    ("step", "width", "height"),
    [
        *((step, 80, 24) for step in Step),
        (Step.PREVIEW, 120, 40),
        (Step.ROLL_OUT, 120, 40),
    ],
)
async def test_step_looks_as_it_was_reviewed(
    step: Step, width: int, height: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line of the step is the one that was looked at."""
    kept = FOLDER / f"{step.name.lower()}-{width}x{height}.txt"
    monkeypatch.chdir(tmp_path)
    async with on_stage(Path(), size=(width, height), step=step) as stage:
        await stage.pilot.pause(0.4)
        shown = stage.text + "\n"
    if os.environ.get("PILOTAGE_SNAPSHOTS") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(shown, encoding="utf-8")

    assert kept.read_text(encoding="utf-8") == shown
