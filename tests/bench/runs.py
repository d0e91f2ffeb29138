"""Whole runs as an operator has them: `pilotage`, its run process and journal, on a practice fleet.

`python -m tests.bench.runs [HOSTS]` prints the figures of one `discover` and one `apply`. CPU is
that of the command and of the process of its run; hosts, registries and what they cost are in
other processes. It measures by itself, so that no other bench's memory is taken for a run's.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wizard.journal.events import EventKind
from wizard.practice.demo.running import FleetRequest, RunningFleet, running_fleet

HOSTS: Final = 200
_SET_CHILD_SUBREAPER: Final = 36
_ROLLOUT: Final = {"soak": 0.2, "lease": 300, "waves": ["100%"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCost:
    """What a command and the process of its run took.

    Attributes:
        wall: seconds until the command has ended.
        command_cpu: user and system seconds of the command, its start-up included.
        run_cpu: the same of the process of its run.
        run_peak_mb: resident megabytes of that process.
    """

    name: str
    wall: float
    command_cpu: float
    run_cpu: float
    run_peak_mb: float

    def line(self, hosts: int) -> str:
        """Return the figures as a line of the table."""
        cpu = self.command_cpu + self.run_cpu
        return (
            f"{self.name:32}{cpu:12.2f}{1000 * cpu / hosts:11.2f}{hosts / cpu:11.0f}"
            f"{hosts / self.wall:13.1f}{self.run_peak_mb:9.1f}"
            f"   of it {self.run_cpu:.2f} s in the run process"
        )


def measure(hosts: int) -> list[RunCost]:
    """Return the cost of discovering and changing every host of a practice fleet."""
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "run processes cannot be waited for")
    request = FleetRequest(hosts=hosts, rollout=_ROLLOUT)
    with running_fleet(request) as fleet:
        discovered = _cost("pilotage discover", fleet, ["discover"])
        plan = str(fleet.operator / "plan.json")
        _command(fleet, ["plan", "-o", plan])
        return [discovered, _cost("pilotage apply", fleet, ["apply", plan, "--yes"])]


def _cost(name: str, fleet: RunningFleet, arguments: Sequence[str]) -> RunCost:
    began = time.monotonic()
    used = _command(fleet, arguments)
    wall = time.monotonic() - began
    service = fleet.open_service()
    run = service.runs()[0].run
    started = next(e for e in service.events(run) if e.kind is EventKind.PROCESS_STARTED)
    _pid, status, run_used = os.wait4(started.data["pid"], 0)
    if status:
        raise RuntimeError(f"the process of {run} ended with {status}")
    return RunCost(
        name=name,
        wall=wall,
        command_cpu=used.ru_utime + used.ru_stime,
        run_cpu=run_used.ru_utime + run_used.ru_stime,
        run_peak_mb=run_used.ru_maxrss / 1024,
    )


def _command(fleet: RunningFleet, arguments: Sequence[str]) -> resource.struct_rusage:
    """Run `pilotage` to its end and return what it took; raises RuntimeError with its words."""
    with subprocess.Popen(
        [sys.executable, "-m", "wizard", *arguments, "--state-dir", str(fleet.state_dir), "--json"],
        cwd=fleet.operator,
        env=fleet.environ | {"PYTHONPATH": str(Path.cwd())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"pilotage {arguments[0]} ended with {process.returncode}: {said[-900:]}"
        )
    return used


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    hosts = int(arguments[0]) if arguments else HOSTS
    for cost in measure(hosts):
        print(cost.line(hosts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
