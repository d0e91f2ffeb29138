"""Hosts that a fleet has for as long as a test needs them: their runtimes are built here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.fleet import build_cache, built_runtimes, lifecycle, rootfs
from tests.fleet.catalogue import DESIGNS, EXTRA_HOSTS
from tests.fleet.errors import FleetError
from tests.fleet.instance import Fleet
from tests.fleet.ssh_files import make_host_key, write_ssh_files


def is_available(name: str) -> bool:
    """Tell whether a host can be started: one of Debian's runtimes always, one of ours if built."""
    runtime = DESIGNS[name].runtime
    return not runtime or built_runtimes.is_built(runtime, build_cache.cache_root())


def start(fleet: Fleet, name: str) -> None:
    """Start an extra host in a fleet that is up, and wait until it is ready.

    Raises:
        FleetError: its runtime is not built, or it is there already.
    """
    design = EXTRA_HOSTS[name]
    if not is_available(name):
        raise FleetError(f"{name} needs {design.runtime}, which is not built: make runtimes")
    if name in fleet.hosts:
        raise FleetError(f"fleet {fleet.name} has {name} already")
    rootfs.build((design.suite,), build_cache.cache_root(), lifecycle.to_stderr)
    make_host_key(fleet, design)
    fleet.record(name, keeper="", sudo_password="")
    _write_ssh_files(fleet)
    try:
        fleet.start_host(design)
    except BaseException:
        end(fleet, name)
        raise


def end(fleet: Fleet, name: str) -> None:
    """End an extra host and leave nothing of it."""
    fleet.machine(name).erase()
    with fleet.places.editing() as content:
        del content["hosts"][name]
    _write_ssh_files(fleet)


@contextmanager
def lent(fleet: Fleet, name: str) -> Iterator[None]:
    """Have an extra host in the fleet, and end it afterwards."""
    start(fleet, name)
    try:
        yield
    finally:
        end(fleet, name)


def _write_ssh_files(fleet: Fleet) -> None:
    there = fleet.hosts
    write_ssh_files(fleet, [design for name, design in DESIGNS.items() if name in there])
