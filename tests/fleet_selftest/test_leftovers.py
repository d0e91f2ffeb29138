"""A fleet leaves nothing behind, however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fleet import catalogue, down, opened, places, rootfs, up
from tests.fleet.errors import FleetError
from tests.fleet.fixture import session_name
from tests.fleet.machine import NSPAWN_RUN
from tests.fleet.process_group import ProcessGroup

pytestmark = pytest.mark.fleet

ROOT = Path(__file__).parents[2]
HOST = "trixie-cri"
WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What of a fleet can be seen on the machine, found by its name and its subnet."""

    mounts: frozenset[str]
    links: frozenset[str]
    processes: tuple[int, ...]
    state: tuple[str, ...]
    nspawn: frozenset[str]


def belongings(name: str, subnet: int) -> Belongings:
    """Look at the machine for what belongs to one fleet; others may be there."""
    folder = str(places.state_root() / name)
    bridge = f"fleet{subnet}"
    links = json.loads(subprocess.check_output(["ip", "-json", "link", "show"]))
    names = {str(link["ifname"]) for link in links}
    nspawn = {path.name for path in NSPAWN_RUN.glob(f"*/{bridge}-*")}
    mounts = {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    if has_gone_to_another(subnet, name):
        names, nspawn = set(), set()
    return Belongings(
        mounts=frozenset(mount for mount in mounts if mount.startswith(folder)),
        links=frozenset(
            link for link in names if link == bridge or link.startswith(f"vb-{bridge}-")
        ),
        processes=ProcessGroup(name).pids(),
        state=tuple(path.name for path in places.state_root().glob(f"{name}*")),
        nspawn=frozenset(nspawn),
    )


def has_gone_to_another(subnet: int, name: str) -> bool:
    """Tell whether a fleet has claimed the subnet that another one has given back."""
    for other in places.names(places.state_root()):
        with contextlib.suppress(FleetError):
            if other != name and places.find(other, places.state_root()).subnet == subnet:
                return True
    return False


NOTHING = Belongings(
    mounts=frozenset(), links=frozenset(), processes=(), state=(), nspawn=frozenset()
)


def nspawn_locks() -> frozenset[str]:
    """Return the lock files of all roots, those of other fleets included."""
    return frozenset(path.name for path in NSPAWN_RUN.glob("locks/*"))


def test_down_leaves_nothing() -> None:
    """After down there is no mount, link, process, file or control group of the fleet."""
    name = session_name()
    fleet = up(name, [HOST])
    subnet = fleet.places.subnet
    locks = {lock.name for lock in fleet.machine(HOST).locks()}
    try:
        there = belongings(name, subnet)
        assert len(there.links) == 3
        assert len(there.mounts) == 2
        assert len(there.processes) > 10
        assert locks <= nspawn_locks()
    finally:
        down(name)
    assert belongings(name, subnet) == NOTHING
    assert locks & nspawn_locks() == frozenset()
    assert not ProcessGroup(name).path.exists()
    with pytest.raises(FleetError, match="there is no fleet"):
        opened(name)


def claimed(name: str) -> bool:
    """Tell whether a fleet has its folder."""
    return (places.state_root() / name / "fleet.json").exists()


def mounted(name: str) -> bool:
    """Tell whether a fleet has mounted a host's root."""
    return str(places.state_root() / name) in Path("/proc/self/mountinfo").read_text()


def booting(name: str) -> bool:
    """Tell whether a fleet's host has begun to boot."""
    console = places.state_root() / name / "hosts" / HOST / "console.log"
    return console.exists() and console.stat().st_size > 0


@pytest.mark.parametrize("moment", [claimed, mounted, booting])
def test_down_cleans_up_after_a_killed_up(moment: Callable[[str], bool]) -> None:
    """Whenever `up` is killed with SIGKILL, `down` finds everything and leaves nothing."""
    name = session_name()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fleet", "up", "--name", name, HOST],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: moment(name), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    subnet = places.find(name, places.state_root()).subnet
    with pytest.raises(FleetError, match="is starting"):
        opened(name)
    down(name)
    assert belongings(name, subnet) == NOTHING


def test_a_killed_build_counts_as_nothing(tmp_path: Path) -> None:
    """A builder killed in the middle leaves no entry, no process and no mount."""
    suite = catalogue.SUITES["bookworm"]
    final = rootfs.rootfs_path(suite, tmp_path)
    root = final.with_name(f".building-{final.name}") / "root"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fleet", "build", suite.name],
        cwd=ROOT,
        env={**os.environ, "PILOTAGE_FLEET_CACHE": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    wait_until((root / "debootstrap").exists, process)
    process.kill()
    process.wait()
    wait_until(lambda: not processes_that_name(root))
    assert not final.exists()
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def processes_that_name(path: Path) -> list[str]:
    """Return the command lines of this machine in which a path is named."""
    found = []
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(path) in (words := cmdline.read_text(errors="replace")):
                found.append(words)
    return found


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until something is so, which must come while the process runs."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert process is None or process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_failing_up_takes_itself_down() -> None:
    """A host that does not boot is named with the end of its console, and nothing stays."""
    name = session_name()
    with pytest.raises(FleetError, match=r"no \S+ after 0 s; its console says"):
        up(name, [HOST], boot_seconds=0.0)
    assert not claimed(name)


def test_two_fleets_run_side_by_side() -> None:
    """Each has its own subnet, and taking one down leaves the other alone."""
    first, second = session_name(), session_name()
    one = up(first, [])
    try:
        other = up(second, [])
        assert one.places.subnet != other.places.subnet
        down(second)
        assert one.exec("bastion", "systemctl is-active ssh").stdout == b"active\n"
    finally:
        down(first)


def test_a_name_that_is_taken_is_refused() -> None:
    """A second fleet of the same name does not touch the first."""
    name = session_name()
    up(name, [])
    try:
        with pytest.raises(FleetError, match=f"fleet {name} is there"):
            up(name, [])
        assert opened(name).exec("bastion", "true").returncode == 0
    finally:
        down(name)
