"""The report of a test session: every case with its fact, its source and where it was shown.

A pytest plugin (`-p tests.conformance.report`; the suite's conftest brings it along where it is
collected in the same process). It ends a session in which trials were played with the figures, and
with the whole list if pytest is verbose.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest

from tests.conformance.case import Case
from tests.conformance.cases import CASES
from tests.conformance.flavour import Flavour, Side
from tests.conformance.trial import held_by, shown_by, trials

PASSED: Final = "passed"
_PLUGIN: Final = "conformance-report"
_TRIAL: Final = re.compile(r"test_a_runtime_behaves_as_stated\[(.+)\]")


@dataclass(slots=True, weakref_slot=True)
class Report:
    """What pytest tells of each trial, by the trial's name."""

    outcomes: dict[str, str] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a trial that was played, or could not be."""
        found = _TRIAL.search(report.nodeid)
        if found and (report.when == "call" or not report.passed):
            self.outcomes[found[1]] = report.outcome

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Print it."""
        if self.outcomes:
            whole = listed(self.outcomes)
            terminalreporter.section("how runtimes behave")
            terminalreporter.write_line(
                "\n".join(whole if config.option.verbose > 0 else whole[-1:])
            )


def pytest_configure(config: pytest.Config) -> None:
    """Report in the process that prints."""
    if not hasattr(config, "workerinput") and not config.pluginmanager.has_plugin(_PLUGIN):
        config.pluginmanager.register(Report(), _PLUGIN)


def listed(outcomes: Mapping[str, str]) -> list[str]:
    """Return the lines of the report; the last one has the figures."""
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
            f"{_spared(case, side)}"
            for side in Side
        ]
    return [*lines, "", _summary(outcomes)]


def _spared(case: Case, side: Side) -> str:
    spared = _names(held_by(case, side) - shown_by(case, side))
    return f"; spared, being the same: {spared}" if spared else ""


def _names(flavours: Iterable[Flavour]) -> str:
    return ", ".join(one.value for one in Flavour if one in flavours)


def _summary(outcomes: Mapping[str, str]) -> str:
    passed = [trial for trial in trials() if outcomes.get(str(trial)) == PASSED]
    sides = {side: [trial for trial in passed if trial.side is side] for side in Side}
    cases = [{trial.case for trial in found} for found in sides.values()]
    counts = ", ".join(f"{len(found)} on the {side.value} side" for side, found in sides.items())
    return (
        f"{len(CASES)} cases, {len(set.intersection(*cases))} shown on both sides; "
        f"trials that passed: {counts}"
    )
