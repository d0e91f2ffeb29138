"""A run is killed, rolled back, resumed, retried and rolled back again, on a practice host."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from tests.practice.hosts.operator import Operator, host_states, photograph
from tests.practice.hosts.test_migration import ROLLOUT, designs
from tests.transaction.await_until import until
from wizard.clock import SystemClock
from wizard.journal.events import Event, EventKind
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home
from wizard.run.places import run_folder

pytestmark = pytest.mark.usefixtures("warm")

WAITING = 8


def told(run: str, state: Path, kind: EventKind) -> tuple[Event, ...]:
    """Return the events of a kind in a run's journal."""
    with closing(run_folder(state, SystemClock()).open(run)) as journal:
        return tuple(journal.of_kind(kind))


def kill_process_of(run: str, state: Path) -> None:
    """End the process of a run as `kill -9` does."""
    started = told(run, state, EventKind.PROCESS_STARTED)[-1]
    os.kill(started.data["pid"], signal.SIGKILL)


async def test_a_rollback_after_a_kill_is_respected_by_resume_and_can_be_repeated(
    home: Home,
) -> None:
    """Resume changes nothing by itself; what a retry changes, the next rollback takes back."""
    [design] = designs("docker-26")
    options = FleetOptions(rollout={**ROLLOUT, "soak": 10, "lease": 120})
    async with PracticeFleet.start([design], home, options) as fleet:
        operator = Operator(fleet=fleet)
        name, host = design.name, fleet.hosts[design.name]
        before = photograph(fleet)
        started = await operator.json("apply", "--yes", "--on-failed-gate", "wait", "--detach")
        run = started["run"]
        proven = host.root / "var/lib/pilotage" / run / "marks/proven"
        await until(proven.exists, "the host was not changed")

        state = fleet.home / "state/pilotage"
        kill_process_of(run, state)
        rolled_back = await operator.json("rollback", run, "--yes")
        assert host_states(rolled_back) == {name: "rolled_back"}
        assert photograph(fleet) == before

        status, output, errors = await operator.run("resume", run, "--yes")
        assert status == WAITING, (output, errors)
        assert "taken back on purpose" in output.decode()
        assert host_states(await operator.json("show", run)) == {name: "rolled_back"}
        assert photograph(fleet) == before

        await operator.json("order", "retry", run)
        await until(lambda: bool(told(run, state, EventKind.ORDER_TAKEN)), "the order is not taken")
        await operator.run("watch", run)
        assert host_states(await operator.json("show", run)) == {name: "confirmed"}
        assert photograph(fleet) != before

        again = await operator.json("rollback", run, "--yes")
        assert host_states(again) == {name: "rolled_back"}
        assert photograph(fleet) == before
