"""The fleet's own command: `python -m tests.fleet up|down|status|exec|build|runtimes|demo`."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.fleet import (
    build_cache,
    built_runtimes,
    jump_host,
    lifecycle,
    network,
    packages,
    places,
    rootfs,
)
from tests.fleet.catalogue import HOSTS, SUITES
from tests.fleet.errors import FleetError
from tests.fleet.instance import Fleet, opened

DEFAULT_NAME = "hand"
DEMO_NAME = "demo"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(argv)
    actions: Mapping[str, Callable[[argparse.Namespace], int]] = {
        "up": _up,
        "down": _down,
        "status": _status,
        "exec": _exec,
        "build": _build,
        "runtimes": _runtimes,
        "packages": _packages,
        "demo": _demo,
    }
    try:
        return actions[options.action](options)
    except FleetError as error:
        lifecycle.to_stderr(str(error))
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    build = actions.add_parser("build", help="build the root file systems into the cache")
    build.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)}")
    actions.add_parser("runtimes", help="build the runtimes that Debian does not have")
    actions.add_parser("packages", help="print the Debian packages that this machine still needs")
    up = actions.add_parser("up", help="bring a fleet up")
    up.add_argument("hosts", nargs="*", metavar="HOST", help=f"default: all of {', '.join(HOSTS)}")
    down = actions.add_parser("down", help="take a fleet down, whatever state it is in")
    down.add_argument("--all", action="store_true", help="every fleet of this machine")
    status = actions.add_parser("status", help="show which fleets are there")
    actions.add_parser("demo", help="bring a fleet up, open the wizard on it, take it down")
    exec_ = actions.add_parser("exec", help="run a command on a host as root")
    exec_.add_argument("host")
    exec_.add_argument("command", nargs=argparse.REMAINDER)
    for parser_with_name in (up, down, status, exec_):
        parser_with_name.add_argument("--name", default=DEFAULT_NAME, help="which fleet")
    return parser


def _up(options: argparse.Namespace) -> int:
    began = time.monotonic()
    fleet = lifecycle.up(options.name, options.hosts or None)
    lifecycle.to_stderr(f"{options.name} is up after {time.monotonic() - began:.1f} s")
    print(f"ssh -F {fleet.ssh_config} {next(iter(fleet.hosts))}")
    return 0


def _down(options: argparse.Namespace) -> int:
    for name in places.names(places.state_root()) if options.all else (options.name,):
        lifecycle.down(name)
        lifecycle.to_stderr(f"{name} is down")
    return 0


def _status(_: argparse.Namespace) -> int:
    """Print one line per host of every fleet, with the memory that its processes hold."""
    state = places.state_root()
    for name in places.names(state):
        fleet = Fleet(places.find(name, state))
        phase = fleet.places.read()["phase"]
        bridge = network.bridge_name(fleet.places.subnet)
        print(f"{name}: {phase}, {bridge} {fleet.address(0)}/24, {fleet.places.folder}")
        for host in fleet.hosts.values():
            pids = fleet.machine(host.name).pids()
            running = f"{len(pids)} processes, {_megabytes(pids)} MB" if pids else "not running"
            print(f"  {host.name:<14} {host.address:<13} {host.suite:<9} {running}")
    return 0


def _exec(options: argparse.Namespace) -> int:
    words = options.command[options.command[:1] == ["--"] :]
    command = words[0] if len(words) == 1 else shlex.join(words)
    given = None if sys.stdin.isatty() else sys.stdin.buffer.read()
    done = opened(options.name).exec(options.host, command, given)
    sys.stdout.buffer.write(done.stdout)
    sys.stderr.buffer.write(done.stderr)
    return done.returncode


def _build(options: argparse.Namespace) -> int:
    rootfs.build(options.suites or SUITES, build_cache.cache_root(), lifecycle.to_stderr)
    return 0


def _runtimes(_: argparse.Namespace) -> int:
    built_runtimes.build(build_cache.cache_root(), lifecycle.to_stderr)
    return 0


def _demo(_: argparse.Namespace) -> int:
    if DEMO_NAME in places.names(places.state_root()):
        lifecycle.down(DEMO_NAME)
    fleet = lifecycle.up(DEMO_NAME, None)
    try:
        return jump_host.open_wizard(fleet)
    finally:
        lifecycle.down(DEMO_NAME)


def _packages(_: argparse.Namespace) -> int:
    print("\n".join(packages.missing()))
    return 0


def _megabytes(pids: Sequence[int]) -> int:
    """Return the proportional memory of processes."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total // 1024


if __name__ == "__main__":
    raise SystemExit(main())
