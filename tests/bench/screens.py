"""Measure the screens in real terminals: `python -m tests.bench.screens [ROUNDS]`.

First paint: from starting the interpreter to the first step on the screen, against the
smallest Textual application, by turns in the same run; the ratio of the medians counts. The
wizard on its real service is shown beside it.
Load: Roll out with 5,000 hosts and 1,000 changes a second at 120x40; CPU of the process less
what the script of the run costs without a screen, and bytes to the terminal.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.screens_program import MARK, ROWS, UPDATES_PER_SECOND
from tests.screens.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 9
NAMES = {"minimal": "minimal", "wizard": "wizard", "real": "its real service"}
LOAD_SECONDS = 20.0
SETTLE_SECONDS = 4.0
MOST_CPU_PERCENT = 3.0
MOST_KIB_PER_SECOND = 10.0
MOST_PAINT_RATIO = 1.3
_TICKS = os.sysconf("SC_CLK_TCK")


def _start(program: str, folder: Path, *, columns: int, lines: int) -> Terminal:
    environ = {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(folder),
        "TEXTUAL_ANIMATIONS": "none",
    }
    argv = [sys.executable, "-m", "tests.bench.screens_program", program, str(folder)]
    return Terminal(argv, environ=environ, columns=columns, lines=lines)


def first_paint(program: str, words: str, folder: Path) -> tuple[float, float]:
    """Return seconds of wall time and of CPU until `words` are on the screen."""
    began = time.monotonic()
    with _start(program, folder, columns=80, lines=24) as terminal:
        seen = terminal.see(words)
        return seen - began, _cpu_seconds(terminal.process.pid)


def under_load(program: str, words: str, folder: Path) -> tuple[float, float]:
    """Return per cent of a core and KiB/s to the terminal."""
    with _start(program, folder, columns=120, lines=40) as terminal:
        terminal.see(words)
        terminal.read_for(SETTLE_SECONDS)
        cpu, began = _cpu_seconds(terminal.process.pid), time.monotonic()
        count = terminal.read_for(LOAD_SECONDS)
        spent = _cpu_seconds(terminal.process.pid) - cpu
        passed = time.monotonic() - began
        return 100 * spent / passed, count / 1024 / passed


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _judge(name: str, value: float, most: float, unit: str) -> bool:
    is_met = value <= most
    print(f"{name:<34}{value:>9.2f} {unit:<8} bar {most:g}  {'met' if is_met else 'MISSED'}")
    return is_met


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print, and return 1 when a bar is missed."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = {"minimal": MARK, "wizard": "Next is off", "real": "Next is off"}
        paints: dict[str, list[tuple[float, float]]] = {program: [] for program in words}
        for _round in range(rounds):
            for program, painted in words.items():
                paints[program].append(first_paint(program, painted, folder))
        script, _traffic = under_load("feed", MARK, folder)
        whole, traffic = under_load("load", f"{ROWS:,} hosts", folder)
    walls = {key: statistics.median(wall for wall, _cpu in kept) for key, kept in paints.items()}
    cpus = {key: statistics.median(cpu for _wall, cpu in kept) for key, kept in paints.items()}
    for key in paints:
        wall, spent = walls[key] * 1000, cpus[key] * 1000
        print(f"first paint, {NAMES[key]:<21}{wall:>9.0f} ms       CPU {spent:.0f} ms")
    ratio = walls["wizard"] / walls["minimal"]
    print(f"CPU, the whole process {whole:>20.2f} %")
    print(f"CPU, the scripted run without screen {script:>6.2f} %")
    cost = whole - script
    bars = (
        _judge("first paint against minimal", ratio, MOST_PAINT_RATIO, "x"),
        _judge(
            f"{ROWS} rows, {UPDATES_PER_SECOND} updates/s, CPU",
            cost,
            MOST_CPU_PERCENT,
            "%",
        ),
        _judge("the same, to the terminal", traffic, MOST_KIB_PER_SECOND, "KiB/s"),
    )
    return 0 if all(bars) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
