"""Drills from beginning to end, on fleets that run: the operator's fingers are at the service."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wizard.cli.drilling import practise_drill
from wizard.cli.exit_codes import ExitCode
from wizard.cli.program import program
from wizard.cli.surroundings import Session, Surroundings
from wizard.drill import OpenDrill
from wizard.journal.events import Order
from wizard.practice.demo.drills import DRILLS, drill_rollout
from wizard.practice.demo.running import FleetRequest, running_fleet
from wizard.practice.designs import fleet_designs
from wizard.run.states import HostState, RunState
from wizard.run.view import RunView
from wizard.service import MigrationService

pytestmark = pytest.mark.usefixtures("warm")

HOSTS = 4
SECONDS = 120.0
Play = Callable[[MigrationService, str], Awaitable[None]]
"""What an operator does with the run that they take over."""


@dataclass
class Fingers:
    """Stands where the wizard is started: does with the one door what an operator would."""

    play: Play
    taken_over: list[RunView] = field(default_factory=list)
    goals: list[str] = field(default_factory=list)

    def __call__(
        self,
        service: MigrationService,
        path: Path,
        mouse: bool,  # noqa: FBT001  # as the wizard is started
        *,
        drill: OpenDrill,
        is_practice: bool,
    ) -> int:
        """Take over the one run that is open, and leave in order."""
        assert is_practice
        [run] = [run for run in service.runs() if run.state is not RunState.ENDED]
        self.taken_over.append(service.view(run.run))
        self.goals.append(drill.goal)
        asyncio.run(asyncio.wait_for(self.play(service, run.run), SECONDS))
        return 0

    def surroundings(self) -> Surroundings:
        """Return a world with a terminal, where the wizard is these fingers."""
        return Surroundings(
            environ={**os.environ, "LANGUAGE": "en"},
            is_interactive=True,
            is_terminal=True,
            start_wizard=self,
        )


async def leave_at_once(service: MigrationService, run: str) -> None:
    """Do nothing."""


async def resume(service: MigrationService, run: str) -> None:
    """Go on with a run that has lost its process."""
    await service.resume(run, secrets={})
    assert (await ended(service, run)).state is RunState.ENDED


async def retry_until_only_the_broken_one_fails(service: MigrationService, run: str) -> None:
    """Retry until the host that came back is changed too, then skip the one that cannot be."""
    asked = 0
    async for view in service.watch(run):
        if view.state is RunState.ENDED:
            return
        if view.state is not RunState.WAITING or Order.SKIP not in view.choices:
            continue
        if view.seq == asked:
            continue
        asked = view.seq
        failed = [host for host in view.hosts if host.state in FAILED]
        service.order(run, Order.RETRY if len(failed) > 1 else Order.SKIP)


FAILED = {HostState.REVERTED, HostState.LOST, HostState.REFUSED, HostState.UNREACHABLE}


async def ended(service: MigrationService, run: str) -> RunView:
    """Follow a run until it has ended, or has lost its process."""
    async for view in service.watch(run):
        if view.state in {RunState.ENDED, RunState.ORPHANED}:
            return view
    return service.view(run)


def held(name: str, fingers: Fingers) -> tuple[int, dict[str, Any], str]:
    """Hold a drill by the command; return its exit code, its document and what it narrated."""
    done = CliRunner().invoke(
        program,
        ["demo", "--drill", "--scenario", name, "--hosts", str(HOSTS), "--json"],
        input="\n",
        obj=fingers.surroundings(),
    )
    return done.exit_code, json.loads(done.stdout), done.stderr


def left(document: dict[str, Any]) -> dict[str, str]:
    """Return what each host really is, by name."""
    return {host["name"]: host["found"] for host in document["hosts"]}


def test_a_killed_run_is_resumed_and_the_goal_is_reached() -> None:
    """The story and the goal are told first; then what was done, and that every host is moved."""
    fingers = Fingers(resume)
    code, document, narrated = held("run-killed", fingers)

    assert [view.state for view in fingers.taken_over] == [RunState.ORPHANED]
    assert fingers.goals == [DRILLS["run-killed"].goal]
    assert "was killed in the middle of a wave" in narrated
    assert (code, document["reached"], document["open"]) == (ExitCode.DONE, True, [])
    assert [(done["deed"], done["what"]) for done in document["done"]] == [
        ("resumed", ""),
        ("ended", "completed"),
    ]
    assert set(left(document).values()) == {"on_target"}
    assert len(document["hosts"]) == HOSTS
    assert 0 < document["done"][-1]["after"] <= document["seconds"]


def test_leaving_at_once_does_not_reach_the_goal() -> None:
    """Nothing was done, the run is open, and the hosts that were moved still are."""
    fingers = Fingers(leave_at_once)
    code, document, _narrated = held("target-down-in-wave-2", fingers)

    [view] = fingers.taken_over
    assert (view.state, Order.ROLL_BACK_ALL in view.choices) == (RunState.WAITING, True)
    assert (code, document["reached"]) == (ExitCode.UNFINISHED, False)
    assert (document["done"], document["open"]) == ([], [view.run])
    moved = {host.name for host in view.hosts if host.state is HostState.CONFIRMED}
    assert moved
    assert left(document) == {
        host.name: "neither" if host.name in moved else "as_before" for host in view.hosts
    }


def test_everything_is_rolled_back_while_the_target_is_down() -> None:
    """One order takes back what was moved; nothing of it needs the target."""

    async def roll_back(service: MigrationService, run: str) -> None:
        service.order(run, Order.ROLL_BACK_ALL)
        await ended(service, run)

    code, document, _narrated = held("target-down-in-wave-2", Fingers(roll_back))

    assert (code, document["reached"]) == (ExitCode.DONE, True)
    assert [(done["deed"], done["what"]) for done in document["done"]] == [
        ("ordered", "roll_back_all"),
        ("ended", "rolled_back"),
    ]
    assert set(left(document).values()) == {"as_before"}


def practised(name: str, play: Play) -> tuple[int, str]:
    """Hold a drill whose colleague is quick; return its exit code and its words."""
    drilled = replace(DRILLS[name], mended_after=0.5)
    designs = fleet_designs(HOSTS)
    rollout = {"soak": 0.5, "lease": 10, **drill_rollout(drilled, designs, 0)}
    request = FleetRequest(hosts=HOSTS, scenario=name, rollout=rollout)
    session = Session(surroundings=Fingers(play).surroundings(), yes=True)
    with redirect_stdout(StringIO()) as told, running_fleet(request) as fleet:
        code = practise_drill(session, fleet, drilled)
    session.close()
    return code, told.getvalue()


def test_one_host_stays_broken_and_another_comes_back_while_the_drill_goes_on() -> None:
    """A colleague switches the lost host on; it has reverted, is retried, the broken one skipped.

    What is told is told in words here, as on a terminal.
    """
    code, words = practised("bad-ca", retry_until_only_the_broken_one_fails)

    assert code == ExitCode.DONE, words
    assert f"  {HOSTS - 1} hosts: on the target, with the planned files\n" in words
    assert "  1 host: on the public registry, with its own files\n" in words
    assert "Reached  yes" in words
    assert "was told: skip" in words


def test_a_host_that_was_full_is_tried_again_once_there_is_room() -> None:
    """Nothing was written on it; with a colleague's help it is moved like all others."""

    async def retry_until_moved(service: MigrationService, run: str) -> None:
        asked = 0
        async for view in service.watch(run):
            if view.state is RunState.ENDED:
                return
            if Order.RETRY in view.choices and view.seq != asked:
                asked = view.seq
                service.order(run, Order.RETRY)

    code, words = practised("full-disk", retry_until_moved)

    assert code == ExitCode.DONE, words
    assert f"  {HOSTS} hosts: on the target, with the planned files\n" in words
    assert "Reached  yes" in words
    assert "was told: retry" in words
