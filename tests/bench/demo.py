"""What a headless demo costs by the size of its fleet: `python -m tests.bench.demo [HOSTS...]`.

From the start of the fleet to the proof of the rollback, each size in processes of its own. The
command itself has a jump host and short leases up to 100 hosts only; here all sizes that are
compared have none and the same leases, so that the ratio tells of the number of hosts alone. One
more row is 24 hosts as the command has them. The exit status is 1 when a bar is missed.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from wizard.cli.following import exit_code
from wizard.practice.demo.headless import Rehearsal
from wizard.practice.demo.running import FleetRequest, running_fleet
from wizard.practice.demo.scenarios import DEFAULT, scenario

SIZES: Final = (24, 100, 500)
AS_COMMANDED: Final = "as commanded"
ALIKE: Final = "alike"
_WAYS: Final[Mapping[str, Mapping[str, Any]]] = {
    AS_COMMANDED: {"jump": True, "rollout": {"soak": 0.3, "lease": 60}},
    ALIKE: {"jump": False, "rollout": {"soak": 0.3, "lease": 300}},
}
SECONDS_BAR: Final = 30.0
"""Of 24 hosts as the command has them, on two cores."""
GROWTH_BAR: Final = 1.25
"""How much longer each host may take in the larger one of two fleets: 1 is linear."""
_MEBIBYTE: Final = 1024 * 1024


def rehearse(hosts: int, way: str) -> dict[str, Any]:
    """Play a demo in this process; return its document."""
    with tempfile.TemporaryDirectory(dir=_in_memory()) as base:
        request = FleetRequest(hosts=hosts, base=Path(base), **_WAYS[way])
        with running_fleet(request) as fleet:
            rehearsal = Rehearsal(
                fleet,
                scenario(DEFAULT),
                exit_code=exit_code,
                say=lambda _line: None,
                tell=lambda _events, _view: None,
            )
            return asyncio.run(fleet.guard(rehearsal.run())).document()


def measured(hosts: int, way: str) -> dict[str, Any]:
    """Play a demo in a process of its own, so that its memory is its own too."""
    say(f"{hosts} hosts, {way}")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.demo", "--one", str(hosts), way],
        stdout=subprocess.PIPE,
        check=True,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def table(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Return the figures as lines; memory in MB, of the fleet, of a run, of the operator."""
    lines = [f"{'':24}{'s':>8}{'s/host':>9}{'fleet MB':>10}{'run MB':>8}{'operator MB':>13}"]
    for way, document in rows:
        peak = document["peak_memory"]
        sizes = [f"{peak[name] / _MEBIBYTE:.0f}" for name in ("fleet", "runs", "operator")]
        lines.append(
            f"{document['hosts']:>5} {way:18}{document['seconds']:8.1f}"
            f"{document['seconds'] / document['hosts']:9.3f}"
            f"{sizes[0]:>10}{sizes[1]:>8}{sizes[2]:>13}"
        )
    return lines


def bars(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[bool, str]]:
    """Return for each bar whether it is met, and the words for it."""
    found = [
        (document["as_documented"], f"{document['hosts']} hosts end as documented, {way}")
        for way, document in rows
    ]
    found += [
        (document["seconds"] < SECONDS_BAR, f"24 hosts in less than {SECONDS_BAR:.0f} s")
        for way, document in rows
        if (way, document["hosts"]) == (AS_COMMANDED, SIZES[0])
    ]
    alike = [document for way, document in rows if way == ALIKE]
    for small, large in pairwise(alike):
        growth = large["seconds"] / small["seconds"]
        linear = large["hosts"] / small["hosts"]
        words = (
            f"from {small['hosts']} to {large['hosts']} hosts ({linear:.1f}x) {growth:.1f}x as long"
        )
        found.append((growth <= GROWTH_BAR * linear, f"{words}, bar {GROWTH_BAR * linear:.1f}x"))
    return found


def say(words: str) -> None:
    """Tell how far it is, apart from the figures."""
    print(words, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run the bench; return its exit status."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(rehearse(int(arguments[1]), arguments[2])))
        return 0
    sizes = tuple(int(word) for word in arguments) or SIZES
    rows = [(AS_COMMANDED, measured(SIZES[0], AS_COMMANDED))]
    rows += [(ALIKE, measured(hosts, ALIKE)) for hosts in sizes]
    print("\n".join(table(rows)))
    verdicts = bars(rows)
    for met, words in verdicts:
        print(f"{'met   ' if met else 'MISSED'} {words}")
    return 0 if all(met for met, _words in verdicts) else 1


def _in_memory() -> str | None:
    place = os.environ.get("XDG_RUNTIME_DIR") or "/dev/shm"  # noqa: S108  # a private directory in it
    return place if os.access(place, os.W_OK) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
