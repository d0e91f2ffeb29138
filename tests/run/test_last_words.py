"""The log of a run tells why its process is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.run.last_words import last_words, took_words


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("", ""),
        (took_words(7), ""),
        (took_words(7) + "the journal: disk is full\n  Make room.\n", None),
        ("the journal: disk is full\n" + took_words(8), ""),
        (took_words(7) + "x" * 5000 + "\n", "x" * 1999),
    ],
    ids=["empty", "killed", "said why", "of an earlier process", "long"],
)
def test_words_are_those_of_the_process_that_took_the_run_last(
    tmp_path: Path, log: str, expected: str | None
) -> None:
    """One that was killed had no last word, whatever an earlier one said."""
    file = tmp_path / "run.log"
    file.write_text(log)
    said = "the journal: disk is full\n  Make room." if expected is None else expected
    assert last_words(file) == said


def test_a_run_without_a_log_said_nothing(tmp_path: Path) -> None:
    """It may have been removed."""
    assert last_words(tmp_path / "none.log") == ""
