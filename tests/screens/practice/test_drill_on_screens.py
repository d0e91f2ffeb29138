"""A drill on the screens: the open run is offered as after a crash, and taken to its goal."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.screens.practice.practising import at_the_wizard
from wizard.drill import OpenDrill
from wizard.practice.demo.drill_start import begin_drill
from wizard.practice.demo.drills import DRILLS, drill_rollout, judge
from wizard.practice.demo.looking import look_at_hosts
from wizard.practice.demo.running import FleetRequest, running_fleet
from wizard.practice.designs import fleet_designs

pytestmark = pytest.mark.usefixtures("warm")

HOSTS = 5


async def test_a_run_that_lost_its_process_is_taken_to_the_goal(tmp_path: Path) -> None:
    """Two keys resume it; goal and clock are there all the way; every host is on the target."""
    drill = DRILLS["run-killed"]
    rollout = {
        "soak": 0.2,
        "lease": 60,
        "waves": ["100%"],
        **drill_rollout(drill, fleet_designs(HOSTS), 0),
    }
    request = FleetRequest(hosts=HOSTS, scenario=drill.scenario, rollout=rollout)
    with running_fleet(request) as fleet:
        service = fleet.open_service()
        incident = await begin_drill(fleet, drill, service, tell=lambda _events, _view: None)
        began_at = time.monotonic()
        async with at_the_wizard(
            fleet, tmp_path, OpenDrill(goal=drill.goal, began_at=began_at)
        ) as operator:
            await operator.see("Something is still open", "its process is gone")
            await operator.press("down", "enter")
            await operator.see("step 4/5", "completed  5/5 done")
            await operator.see_states(dict.fromkeys(fleet.hosts, "✓ confirmed"))
            line = operator.text.splitlines()[1].split()
            assert line[:-1] == ["Drill", *drill.goal.split()]
            minutes, seconds = map(int, line[-1].split(":"))
            assert 0 < minutes * 60 + seconds <= time.monotonic() - began_at

            await operator.press("q")
            await operator.see("End the drill?")
            await operator.press("tab", "enter")
            await operator.until(lambda: operator.app.return_code == 0, "the end")

        left = judge(
            drill,
            struck=incident.struck,
            truths=incident.truths,
            found=await look_at_hosts(fleet),
        )
        assert [host for host in left if not host.is_as_wanted] == []
        assert {host.name for host in left} == set(fleet.hosts)
