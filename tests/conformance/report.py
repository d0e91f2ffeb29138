"""The report of a test session: every case with its fact, its source and where it was shown.

A pytest plugin (`-p tests.conformance.report`; the suite's conftest brings it along where it is
collected in the same process). A side that was played in full is kept in pytest's cache, so that
the report of the other side, in a session of its own, has both. It ends a session in which trials
were played with the figures, and with the whole list if pytest is verbose or both sides are full.
Then it fails where too few cases were shown on both.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import pytest

from tests.conformance.case import Case
from tests.conformance.cases import CASES
from tests.conformance.flavour import NOT_BUILT, Flavour, Side
from tests.conformance.trial import held_by, shown_by, trials

PASSED: Final = "passed"
LEAST: Final = 60
"""Cases that have to be shown on both sides, for the practice fleet to stand in for hosts."""
_PLUGIN: Final = "conformance-report"
_TRIAL: Final = re.compile(r"test_a_runtime_behaves_as_stated\[(.+)\]")


class Shelf(Protocol):
    """Where a side is kept from session to session; pytest's cache is one."""

    def get(self, key: str, default: Any) -> Any:
        """Return what is kept under a key."""
        ...

    def set(self, key: str, value: object) -> None:
        """Keep something of JSON under a key."""
        ...


@dataclass(slots=True, weakref_slot=True, eq=False)
class Report:
    """What pytest tells of each trial, by the trial's name."""

    outcomes: dict[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a trial that was played, or could not be."""
        found = _TRIAL.search(report.nodeid)
        if found and (report.when == "call" or not report.passed):
            self.outcomes[found[1]] = report.outcome

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep what was played in full, and fail where all of it is not enough."""
        shelf: Shelf | None = getattr(session.config, "cache", None)
        if self.outcomes and shelf:
            self.kept = exchanged(self.outcomes, shelf)
            if session.exitstatus == pytest.ExitCode.OK and shortage(self.all):
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Print it."""
        if not self.outcomes:
            return
        whole = listed(self.all)
        is_whole = all(is_full(self.all, side) for side in Side)
        terminalreporter.section("how runtimes behave")
        terminalreporter.write_line(
            "\n".join(whole if config.option.verbose > 0 or is_whole else whole[-1:])
        )
        if NOT_BUILT and any(_is_real(name) for name in self.outcomes):
            terminalreporter.write_line(not_built(NOT_BUILT), yellow=True)
        if lacking := shortage(self.all):
            terminalreporter.write_line(lacking, red=True)

    @property
    def all(self) -> Mapping[str, str]:
        """Return the outcomes of this session and, of a side that it has not played, those kept."""
        return {**self.kept, **self.outcomes}


def pytest_configure(config: pytest.Config) -> None:
    """Report in the process that prints."""
    if not hasattr(config, "workerinput") and not config.pluginmanager.has_plugin(_PLUGIN):
        config.pluginmanager.register(Report(), _PLUGIN)


def exchanged(outcomes: Mapping[str, str], shelf: Shelf) -> dict[str, str]:
    """Keep the sides that were played in full; return what is kept of those not played at all.

    Outcomes of other cases than today's are none.
    """
    found: dict[str, str] = {}
    for side in Side:
        key, names = f"conformance/{side.value}", _names_of(side)
        own = {name: outcome for name, outcome in outcomes.items() if name in names}
        if is_full(own, side):
            shelf.set(key, {"cases": _fingerprint(), "outcomes": own})
        elif not own:
            kept = shelf.get(key, None) or {}
            found |= kept["outcomes"] if kept.get("cases") == _fingerprint() else {}
    return found


def is_full(outcomes: Mapping[str, str], side: Side) -> bool:
    """Tell whether every trial of a side was played."""
    return _names_of(side) <= outcomes.keys()


def shortage(outcomes: Mapping[str, str], least: int = LEAST) -> str:
    """Return what is wrong if both sides were played and too few cases were shown on both."""
    if not all(is_full(outcomes, side) for side in Side):
        return ""
    both = len(set.intersection(*(shown(outcomes, side) for side in Side)))
    if both >= least:
        return ""
    return f"only {both} cases were shown on both sides: {least} entitle the practice fleet"


def shown(outcomes: Mapping[str, str], side: Side) -> set[Case]:
    """Return the cases of which a side has shown every trial that was played, and at least one."""
    played = [trial for trial in trials() if trial.side is side and str(trial) in outcomes]
    failed = {trial.case for trial in played if outcomes[str(trial)] != PASSED}
    return {trial.case for trial in played} - failed


def not_built(flavours: Iterable[Flavour]) -> str:
    """Return what tells that flavours could have been shown on real hosts and were not."""
    return f"NOT SHOWN ON REAL HOSTS, for want of `make runtimes`: {_names(flavours)}"


def _is_real(name: str) -> bool:
    return name.startswith(f"{Side.REAL.value}-")


def _names_of(side: Side) -> set[str]:
    return {str(trial) for trial in trials() if trial.side is side}


def _fingerprint() -> str:
    """Return what tells the cases of today from others."""
    told = [repr((case.name, case.given, case.steps)) for case in CASES]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


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
    practice, real = (shown(outcomes, side) for side in (Side.PRACTICE, Side.REAL))
    passed = [trial for trial in trials() if outcomes.get(str(trial)) == PASSED]
    counts = ", ".join(
        f"{sum(1 for trial in passed if trial.side is side)} on the {side.value} side"
        for side in Side
    )
    return (
        f"{len(CASES)} cases: {len(practice)} shown on practice hosts, {len(real)} on real ones, "
        f"{len(practice & real)} on both; trials that passed: {counts}"
    )
