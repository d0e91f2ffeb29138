"""The same seed is the same fleet and the same trouble, in any process on any day."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.practice.demo.demonstration import SECONDS, command, environment

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


def test_two_demos_of_a_seed_strike_the_same_host(tmp_path: Path) -> None:
    """From start to rollback, with the same figures of hosts."""
    bases = [tmp_path / str(number) for number in (1, 2)]
    for base in bases:
        base.mkdir()
    line = command("--headless", "--json", "--hosts", "3", "--seed", "5", "--scenario", SCENARIO)
    with ThreadPoolExecutor() as pool:
        told = pool.map(lambda base: json.loads(said(base, int(base.name), line)), bases)
    one, other = (
        {name: document[name] for name in ("struck", "rollout", "rollback", "checks")}
        for document in told
    )

    assert one == other
    assert [fault["fault"] for fault in one["struck"]] == ["lost_after_activation"]
