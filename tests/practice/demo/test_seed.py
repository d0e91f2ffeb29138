"""The same seed is the same fleet and the same trouble, in any process on any day."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.practice.demo.demonstration import SECONDS, environment
from wizard.practice.demo.running import FleetRequest, running_fleet

pytestmark = pytest.mark.usefixtures("warm")

SCENARIO = "lost-after-activation"
FLEETS = """
from wizard.errors import InputError
from wizard.practice.demo.scenarios import SCENARIOS
from wizard.practice.designs import fleet_designs
for seed in (0, 7):
    designs = fleet_designs(60, seed)
    print(designs)
    for name, scenario in SCENARIOS.items():
        print(name, list(scenario.struck(designs, seed).values()))
"""
"""Prints all that a seed decides."""


def said(base: Path, hash_seed: int, line: list[str]) -> str:
    """Return what a process prints whose sets and hashes are in an order of their own."""
    done = subprocess.run(
        line,
        env={**environment(base), "PYTHONHASHSEED": str(hash_seed)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * SECONDS,
        check=True,
    )
    return done.stdout


def test_a_seed_decides_on_everything(tmp_path: Path) -> None:
    """Flavours, names, files and who is struck; another one decides otherwise."""
    one, other = (said(tmp_path, at, [sys.executable, "-c", FLEETS]) for at in (1, 2))

    lines = one.splitlines()
    half = len(lines) // 2
    assert one == other
    assert lines[0] != lines[half]
    assert lines[1:half] != lines[half + 1 :]


def test_two_fleets_of_a_seed_strike_the_same_host(tmp_path: Path) -> None:
    """As they tell at their start: what becomes of a host that is struck is the scenario's."""
    environ = environment(tmp_path)
    told = []
    for hash_seed in ("1", "2"):
        request = FleetRequest(
            hosts=3,
            seed=5,
            scenario=SCENARIO,
            base=tmp_path,
            environ={**environ, "PYTHONHASHSEED": hash_seed},
        )
        with running_fleet(request) as fleet:
            hosts = [(host.name, host.flavour) for host in fleet.hosts.values()]
            told.append((fleet.struck, hosts))

    one, other = told
    assert one == other
    assert [fault for fault, _host in one[0]] == ["lost_after_activation"]
