"""The report of two sessions, one for each side: what it keeps, and when it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.conformance.cases import CASES
from tests.conformance.flavour import Flavour, Side
from tests.conformance.report import Report, exchanged, listed, not_built, shortage, shown
from tests.conformance.trial import trials


@dataclass(slots=True)
class Shelf:
    """What stays from session to session."""

    things: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str, default: Any) -> Any:
        """Return what is kept."""
        return self.things.get(key, default)

    def set(self, key: str, value: object) -> None:
        """Keep it."""
        self.things[key] = value


def outcomes_of(side: Side, outcome: str = "passed") -> dict[str, str]:
    """Return what a session of a whole side tells."""
    return {str(trial): outcome for trial in trials() if trial.side is side}


def test_two_sessions_of_a_side_each_make_one_report() -> None:
    """The second one has what the first one kept: figures of both, and of what both have shown."""
    shelf = Shelf()
    practice, real = outcomes_of(Side.PRACTICE), outcomes_of(Side.REAL)

    assert exchanged(practice, shelf) == {}
    kept = exchanged(real, shelf)

    assert kept == practice
    figures = listed({**kept, **real})[-1]
    cases = {side: {t.case for t in trials() if t.side is side} for side in Side}
    both = len(cases[Side.PRACTICE] & cases[Side.REAL])
    assert f"{len(CASES)} cases: {len(cases[Side.PRACTICE])} shown on practice hosts" in figures
    assert f"{len(cases[Side.REAL])} on real ones, {both} on both" in figures


def test_a_part_of_a_side_is_not_kept_and_brings_nothing_back() -> None:
    """Figures are of whole sides, and of the cases of today."""
    shelf = Shelf()
    whole = outcomes_of(Side.PRACTICE)
    exchanged(whole, shelf)
    [first, *_others] = whole

    assert exchanged({first: "failed"}, shelf) == {}
    assert exchanged(outcomes_of(Side.REAL), shelf) == whole

    shelf.things["conformance/practice"]["cases"] = "those of yesterday"
    assert exchanged(outcomes_of(Side.REAL), shelf) == {}


def test_too_few_cases_on_both_sides_fail_a_session() -> None:
    """Only where both sides were played in full; a case of which one trial failed is not shown."""
    practice, real = outcomes_of(Side.PRACTICE), outcomes_of(Side.REAL)
    both = len(shown(practice, Side.PRACTICE) & shown(real, Side.REAL))
    case = next(iter(shown(real, Side.REAL)))
    one = next(str(t) for t in trials() if t.side is Side.PRACTICE and t.case is case)

    assert shortage({**practice, **real}, least=both) == ""
    assert shortage(real, least=both) == ""
    assert shortage({**practice, **real, one: "failed"}, least=both).startswith(
        f"only {both - 1} cases were shown on both sides"
    )


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("passed", pytest.ExitCode.OK), ("skipped", pytest.ExitCode.TESTS_FAILED)],
)
def test_the_session_that_makes_the_report_whole_decides(
    outcome: str, status: pytest.ExitCode
) -> None:
    """Trials that were all left out on real hosts entitle nobody, although nothing failed."""
    shelf = Shelf()
    exchanged(outcomes_of(Side.PRACTICE), shelf)
    session = SimpleNamespace(config=SimpleNamespace(cache=shelf), exitstatus=pytest.ExitCode.OK)

    Report(outcomes=outcomes_of(Side.REAL, outcome)).pytest_sessionfinish(
        cast("pytest.Session", session)
    )

    assert session.exitstatus is status


def test_a_report_is_a_plugin_wherever_it_is_registered() -> None:
    """Pytest keeps plugins of some directories in sets: each is nobody but itself."""
    assert len({Report(), Report()}) == 2


def test_what_is_not_built_is_named_with_what_builds_it() -> None:
    """A flavour that could have been shown on a real host is not left out in silence."""
    told = not_built([Flavour.CONTAINERD_23, Flavour.CONTAINERD_22])
    assert told.endswith("`make runtimes`: containerd-2.2, containerd-2.3")
