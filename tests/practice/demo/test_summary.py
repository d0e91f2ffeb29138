"""What a headless demo tells people at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.practice.demo.test_demo_command import told

pytestmark = pytest.mark.usefixtures("warm")


def test_a_summary_for_people_says_who_was_struck(tmp_path: Path) -> None:
    """A table of phases, figures, and how hosts ended."""
    status, output, errors = told(
        tmp_path, *("--headless", "--hosts", "1", "--scenario", "lost-after-activation")
    )

    assert status == 0, errors
    words = dict(line.split("  ", 1) for line in output.splitlines() if "  " in line)
    assert words["Scenario"].strip() == "lost-after-activation"
    assert words["Struck"].strip().startswith("lost_after_activation ")
    assert words["Not as documented"].strip() == "0"
    assert float(words["rollout"]) > 0
    assert words["After the rollback"].strip() == "1 rolled back"
