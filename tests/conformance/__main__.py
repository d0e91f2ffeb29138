"""Play the cases and list every fact with where it was shown: `python -m tests.conformance`.

Both sides are played; arguments go to pytest, as `-m "not fleet"` for the practice side alone.
The exit code is pytest's.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conformance.case import Case
from tests.conformance.cases import CASES
from tests.conformance.flavour import Side
from tests.conformance.trial import trials

PASSED = "passed"


@dataclass(slots=True)
class _Results:
    """What pytest tells of each trial, by the trial's name."""

    outcomes: dict[str, str] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a test that was called, or could not be."""
        if report.when == "call" or not report.passed:
            name = report.nodeid.partition("[")[2].removesuffix("]")
            self.outcomes[name] = report.outcome


def main(arguments: Iterable[str]) -> int:
    """Play and list; return pytest's exit code."""
    results = _Results()
    folder = str(Path(__file__).parent)
    code = pytest.main([folder, "-q", "--no-header", *arguments], plugins=[results])
    print("\n".join(listed(results.outcomes)))
    return int(code)


def listed(outcomes: Mapping[str, str]) -> list[str]:
    """Return the lines of the report: each case with its fact, source and where it was shown."""
    places: dict[Case, dict[Side, list[str]]] = defaultdict(lambda: defaultdict(list))
    for trial in trials():
        outcome = outcomes.get(str(trial))
        if outcome is not None:
            bad = "" if outcome == PASSED else f" ({outcome.upper()})"
            places[trial.case][trial.side].append(f"{trial.flavour.value}{bad}")
    lines = []
    for case in CASES:
        lines += ["", case.name, f"  {case.fact}", f"  {case.source}"]
        lines += [
            f"  {side.value + ':':<9} {', '.join(places[case][side]) or 'not played'}"
            for side in Side
        ]
    return [*lines, "", _summary(outcomes)]


def _summary(outcomes: Mapping[str, str]) -> str:
    passed = [trial for trial in trials() if outcomes.get(str(trial)) == PASSED]
    sides = {side: [trial for trial in passed if trial.side is side] for side in Side}
    cases = [{trial.case for trial in trials} for trials in sides.values()]
    counts = ", ".join(f"{len(found)} on the {side.value} side" for side, found in sides.items())
    return (
        f"{len(CASES)} cases, {len(set.intersection(*cases))} shown on both sides; "
        f"trials that passed: {counts}"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
