"""Runtimes behave as stated, on practice hosts and on real ones."""

from __future__ import annotations

import pytest

from tests.conformance.flavour import Side
from tests.conformance.lanes import Lanes
from tests.conformance.trial import Trial, trials


def _marks(trial: Trial) -> tuple[pytest.MarkDecorator, ...]:
    """Return the marks of a trial; the trials of a real host share starts on one fleet."""
    if trial.side is Side.PRACTICE:
        return ()
    return (pytest.mark.fleet, pytest.mark.xdist_group(f"conformance-{trial.host}"))


_TRIALS = [pytest.param(trial, id=str(trial), marks=_marks(trial)) for trial in trials()]


@pytest.mark.parametrize("trial", _TRIALS)
def test_a_runtime_behaves_as_stated(trial: Trial, lanes: Lanes) -> None:
    """The host does what the case states."""
    lanes.play(trial)
