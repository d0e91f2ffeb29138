"""What reaching 200 hosts costs, next to other tools, in one run on loopback.

`python -m tests.bench.ssh [HOSTS] [ROUNDS]`; the exit status is 1 when a bar is missed. Every tool
is started anew in each round, the rounds take turns, and the median of a tool counts: CPU is that
of the client and all that it starts, start-up included; memory is that of its largest process.
Both sides share this machine, so the hosts per second are a lower bound and no ranking
(facts/fleet.md §4). The commands `pilotage discover` and `apply` are measured whole beside them.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.bench import others, pilotage
from tests.bench.lab import Cost, Lab, lab

HOSTS: Final = 200
ROUNDS: Final = 3
DISCOVERY_BAR: Final = 1.5
APPLY_BAR: Final = 0.1
MEMORY_BAR: Final = 70.0

Tool = Callable[[Lab, int], Cost]
Results = Mapping[str, Sequence[Cost]]

BARE: Final = "asyncssh connect + exec"
DISCOVERY: Final = "Pilotage discovery"
APPLY: Final = "Pilotage apply + confirm"
ANSIBLE: Final = "ansible -m copy"
PYINFRA: Final = "pyinfra files.put"
START_UPS: Final = {BARE: f"{BARE}, start-up", DISCOVERY: "Pilotage, start-up"}


def tools() -> dict[str, Tool]:
    """Return what is measured, in the order of a round."""

    def nobody(place: Lab) -> Lab:
        return dataclasses.replace(place, addresses=())

    return {
        START_UPS[BARE]: lambda place, _round: others.bare_asyncssh(nobody(place)),
        START_UPS[DISCOVERY]: lambda place, _round: pilotage.start_up(place),
        BARE: lambda place, _round: others.bare_asyncssh(place),
        DISCOVERY: lambda place, number: pilotage.discovery(place, f"round-{number}"),
        APPLY: lambda place, number: pilotage.apply_and_confirm(place, f"round-{number}"),
        PYINFRA: lambda place, _round: others.pyinfra_put(place),
        ANSIBLE: lambda place, _round: others.ansible_copy(place),
    }


def measure(place: Lab, rounds: int) -> Results:
    """Return the costs of every tool; Ansible, by far the dearest, takes part once."""
    results: dict[str, list[Cost]] = {name: [] for name in tools()}
    for number in range(rounds):
        pilotage.reset(place)
        for name, tool in tools().items():
            if name == ANSIBLE and number:
                continue
            say(f"round {number + 1} of {rounds}: {name}")
            results[name].append(tool(place, number))
    return results


def table(results: Results, hosts: int) -> list[str]:
    """Return the figures as lines: medians, milliseconds per host, hosts per second."""
    lines = [
        f"{'':32}{'client CPU':>12}{'per host':>11}{'per core':>11}{'on the wall':>13}{'peak':>9}",
        f"{'':32}{'s':>12}{'ms':>11}{'hosts/s':>11}{'hosts/s':>13}{'MB':>9}",
    ]
    for name, costs in results.items():
        seconds, wall = cpu(costs), statistics.median(cost.wall for cost in costs)
        memory = f"{max(cost.peak_mb for cost in costs):9.1f}"
        if name in START_UPS.values():
            lines.append(f"{name:32}{seconds:12.2f}{'':35}{memory}")
        else:
            lines.append(
                f"{name:32}{seconds:12.2f}{1000 * seconds / hosts:11.2f}"
                f"{hosts / seconds:11.0f}{hosts / wall:13.1f}{memory}"
            )
    return lines


def bars(results: Results) -> list[tuple[bool, str]]:
    """Return for each bar whether it is met, and the words for it."""
    discovery = cpu(results[DISCOVERY]) / cpu(results[BARE])
    apply = cpu(results[APPLY]) / cpu(results[ANSIBLE])
    peak = max(cost.peak_mb for name in (DISCOVERY, APPLY) for cost in results[name])
    return [
        (
            discovery <= DISCOVERY_BAR,
            f"discovery takes {discovery:.2f}x the CPU of bare asyncssh, bar {DISCOVERY_BAR}x",
        ),
        (
            apply <= APPLY_BAR,
            f"apply + confirm takes {apply:.3f}x the CPU of Ansible's copy, bar {APPLY_BAR}x",
        ),
        (peak < MEMORY_BAR, f"at most {peak:.1f} MB, bar {MEMORY_BAR:.0f} MB"),
    ]


def cpu(costs: Sequence[Cost]) -> float:
    """Return the median of CPU seconds."""
    return statistics.median(cost.cpu for cost in costs)


def say(words: str) -> None:
    """Tell how far it is, apart from the figures."""
    print(words, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run the bench; return its exit status."""
    hosts = int(arguments[0]) if arguments else HOSTS
    rounds = int(arguments[1]) if len(arguments) > 1 else ROUNDS
    missing = [name for name in ("ansible", "pyinfra") if importlib.util.find_spec(name) is None]
    if missing:
        say(f"{' and '.join(missing)} not installed: uv sync --group bench")
        return 2
    with tempfile.TemporaryDirectory() as folder, lab(Path(folder), hosts) as place:
        pilotage.prepare(place)
        results = measure(place, rounds)
    say("whole runs on a practice fleet")
    whole = subprocess.run(
        [sys.executable, "-m", "tests.bench.runs", str(hosts)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    print("\n".join(table(results, hosts)))
    print(f"the commands, with journal and run process, on practice hosts:\n{whole.stdout}", end="")
    verdicts = bars(results)
    for met, words in verdicts:
        print(f"{'met   ' if met else 'MISSED'} {words}")
    return 0 if all(met for met, _words in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
