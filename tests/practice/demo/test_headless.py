"""Every scenario, from discovery to rollback, ends as it is documented.

The one in which nothing goes wrong is played by the command, `test_demo_command.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from wizard.cli.following import exit_code
from wizard.practice.demo.headless import Rehearsal
from wizard.practice.demo.left_out import ROLLOUT
from wizard.practice.demo.running import FleetRequest, running_fleet
from wizard.practice.demo.scenarios import DEFAULT, SCENARIOS
from wizard.practice.demo.summary import Summary
from wizard.practice.designs import fleet_designs

pytestmark = pytest.mark.usefixtures("warm")

TROUBLED: Final = [name for name in SCENARIOS if name != DEFAULT]
HOSTS: Final = 3
SEED: Final = 874
"""Has a host for every fault among so few: of Docker, of containerd that restarts, with sudo."""
AT_ONCE: Final = 3
"""Scenarios mostly wait: for leases, soaks and each other's processes."""
Rehearsed = dict[str, Future[Summary]]


def rehearse(name: str, base: Path) -> Summary:
    """Play a scenario on a few hosts; a host that is struck is not the canary.

    The other one is in a later wave than it, or in the same one.
    """
    designs = fleet_designs(HOSTS, SEED)
    struck = SCENARIOS[name].struck(designs, SEED).values()
    canary = next(design.name for design in designs if design.name not in struck)
    last = [design.name for design in designs if design.name != canary][-1]
    product = next(iter(SCENARIOS[name].products), None)
    is_prefixed = product is not None and product.is_prefixed
    request = FleetRequest(
        hosts=HOSTS,
        seed=SEED,
        scenario=name,
        base=base,
        product=product,
        rollout={
            "soak": 0.2,
            "lease": 20,
            "canary": {"hosts": [canary]},
            "waves": ["100%"] if last in struck else [1, "100%"],
            **(ROLLOUT if is_prefixed else {}),
        },
    )
    with running_fleet(request) as fleet:
        rehearsal = Rehearsal(
            fleet,
            SCENARIOS[name],
            exit_code=exit_code,
            say=lambda _line: None,
            tell=lambda _events, _view: None,
        )
        return asyncio.run(fleet.guard(rehearsal.run()))


@pytest.fixture(scope="module")
def rehearsed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rehearsed]:
    """Yield the summaries of the scenarios that are asked for, as they come."""
    wanted = [
        name for name in TROUBLED if any(f"[{name}]" in i.name for i in request.session.items)
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            name: pool.submit(rehearse, name, tmp_path_factory.mktemp("base")) for name in wanted
        }


@pytest.mark.parametrize("name", TROUBLED)
def test_a_scenario_ends_as_documented(rehearsed: Rehearsed, name: str) -> None:
    """By the hosts' real files and real pulls, not by the product's word alone."""
    summary = rehearsed[name].result()

    assert summary.unmet == ()
    assert summary.is_as_documented
    assert len(summary.struck) == len(SCENARIOS[name].faults)
    assert sum(summary.rollout.values()) == HOSTS
    setting_up = ("doctor", "provision", "doctor_again") if SCENARIOS[name].products else ()
    assert [phase.name for phase in summary.phases][: 6 + len(setting_up)] == [
        *("start", "look", *setting_up, "target", "discovery", "plan", "rollout")
    ]
