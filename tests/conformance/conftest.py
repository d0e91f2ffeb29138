"""The two sides as fixtures; a side is started when the first test asks for it.

A side's lanes end with the module, not with the session: other tests use the same fleet after it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.flavour import Side
from tests.conformance.lanes import Lanes
from tests.conformance.practice_side import practice_hosts
from tests.conformance.real_side import real_hosts
from tests.conformance.report import pytest_configure
from tests.conformance.trial import Trial
from tests.fleet import Fleet
from tests.fleet.fixture import files_stay

__all__ = ["lanes", "practice_lanes", "pytest_configure", "real_lanes"]


@pytest.fixture(scope="module")
def practice_lanes(request: pytest.FixtureRequest) -> Iterator[Lanes]:
    """Play the practice side's trials of this session, all hosts at once."""
    with practice_hosts() as hosts:
        lanes = Lanes(hosts, _selected(request.session, Side.PRACTICE))
        yield lanes
        lanes.close()


@pytest.fixture(scope="module")
def real_lanes(request: pytest.FixtureRequest) -> Iterator[Lanes]:
    """Play the real side's trials, all hosts at once unless workers share the trials.

    The fleet is asked for by name: a contradiction here is no reason to make all hosts as new
    while other lanes are at work.
    """
    shared = hasattr(request.config, "workerinput")
    ahead = [] if shared else _selected(request.session, Side.REAL)
    fleet: Fleet = request.getfixturevalue("fleet")
    with files_stay(fleet):
        lanes = Lanes(real_hosts(fleet), ahead)
        yield lanes
        lanes.close()


@pytest.fixture
def lanes(trial: Trial, request: pytest.FixtureRequest) -> Lanes:
    """Return the lanes of the trial's side."""
    name = "practice_lanes" if trial.side is Side.PRACTICE else "real_lanes"
    found: Lanes = request.getfixturevalue(name)
    return found


def _selected(session: pytest.Session, side: Side) -> list[Trial]:
    found = [
        item.callspec.params.get("trial")
        for item in session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    ]
    return [one for one in found if isinstance(one, Trial) and one.side is side]
