"""Bring a fleet up, take it down, and find what is there."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fleet import build_cache, machine, network, places, registries, rootfs
from tests.fleet.catalogue import BASTION, HOSTS, MACHINE_NUMBER, HostDesign
from tests.fleet.certificates import make_authority, make_server
from tests.fleet.errors import FleetError
from tests.fleet.instance import REGISTRIES_FROM_THE_START, REGISTRY_NUMBERS, Fleet
from tests.fleet.machine import BOOT_SECONDS
from tests.fleet.packages import require_machine
from tests.fleet.places import Places
from tests.fleet.process_group import ProcessGroup
from tests.fleet.ssh_files import make_host_key, make_operator_key, write_ssh_files

# A killed process may hold its lock for a moment more; one that works holds it for long.
BUSY_SECONDS = 3.0
# Each host's systemd takes some ten of root's inotify instances, and a fleet has eight hosts:
# the kernel's 128 are not enough for several fleets.
INOTIFY_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_NEEDED = 1024


def to_stderr(line: str) -> None:
    """Tell a person, apart from what a program reads."""
    print(f"fleet: {line}", file=sys.stderr, flush=True)


def up(
    name: str,
    hosts: Iterable[str] | None = None,
    *,
    state: Path | None = None,
    say: Callable[[str], None] = to_stderr,
    boot_seconds: float = BOOT_SECONDS,
) -> Fleet:
    """Bring up a new fleet and return it when every host is ready.

    Args:
        name: its name; another fleet of this name must not be there.
        hosts: names from the catalogue; all when None. The bastion always comes along.
        state: folder of the fleets' states.
        say: told about what takes long.
        boot_seconds: how long a host may take until it is ready.

    Raises:
        FleetError: something does not start; everything that was started is taken down.
    """
    require_machine()
    designs = _chosen(hosts)
    cache = build_cache.cache_root()
    rootfs.build((design.suite for design in designs), cache, say)
    _raise_inotify_limit(say)
    state = state or places.state_root()
    with places.locked(name, BUSY_SECONDS):
        fleet = Fleet(places.claim(name, state), boot_seconds)
        try:
            _start(fleet, designs, has_crictl=rootfs.crictl_path(cache).exists())
        except BaseException:
            _remove(fleet.places)
            raise
    return fleet


def down(name: str, *, state: Path | None = None) -> None:
    """Take a fleet down, whatever state it is in, and leave nothing of it.

    Raises:
        FleetError: there is none of that name, or another process is starting it.
    """
    require_machine()
    with places.locked(name, BUSY_SECONDS):
        _remove(places.find(name, state or places.state_root()))


def _raise_inotify_limit(say: Callable[[str], None]) -> None:
    allowed = int(INOTIFY_INSTANCES.read_text())
    if allowed < INOTIFY_NEEDED:
        INOTIFY_INSTANCES.write_text(str(INOTIFY_NEEDED))
        say(f"raised {INOTIFY_INSTANCES} from {allowed} to {INOTIFY_NEEDED}, until the next boot")


def _chosen(hosts: Iterable[str] | None) -> tuple[HostDesign, ...]:
    wanted = frozenset(HOSTS if hosts is None else hosts) | {BASTION}
    if unknown := wanted - HOSTS.keys():
        raise FleetError(f"no host {', '.join(sorted(unknown))}; there are {', '.join(HOSTS)}")
    return tuple(design for name, design in HOSTS.items() if name in wanted)


def _start(fleet: Fleet, designs: tuple[HostDesign, ...], *, has_crictl: bool) -> None:
    with fleet.places.editing() as content:
        content["has_crictl"] = has_crictl
        content["hosts"] = {
            design.name: {
                "keeper": "",
                "sudo_password": secrets.token_urlsafe(12) if design.sudo_needs_password else "",
            }
            for design in designs
        }
    addresses = (MACHINE_NUMBER, *REGISTRY_NUMBERS.values())
    network.make_bridge(fleet.places.subnet, addresses, ProcessGroup(f"{fleet.name}/tools"))
    _make_identities(fleet)
    make_operator_key(fleet)
    for design in designs:
        make_host_key(fleet, design)
    write_ssh_files(fleet, designs)
    with ThreadPoolExecutor(max_workers=len(designs) + 1) as pool:
        started = [pool.submit(_start_registries, fleet)]
        started += [pool.submit(fleet.start_host, design) for design in designs]
    for future in started:
        future.result()
    with fleet.places.editing() as content:
        content["phase"] = "up"


def _make_identities(fleet: Fleet) -> None:
    keys = fleet.places.keys
    keys.mkdir(mode=0o700)
    authorities = {name: make_authority(keys, name) for name in ("target", "upstream", "impostor")}
    for kind, number in REGISTRY_NUMBERS.items():
        authority = authorities["target" if kind == "prefix-target" else kind]
        address = fleet.address(number)
        described = registries.describe(kind, address, keys, authority.certificate)
        make_server(keys, authority, kind, registries.names_of(described), address)


def _start_registries(fleet: Fleet) -> None:
    for kind in REGISTRIES_FROM_THE_START:
        fleet.start_registry(kind)
    for registry in (fleet.target, fleet.prefix_target, fleet.upstream):
        registries.fill(registry)


def _remove(fleet_places: Places) -> None:
    ProcessGroup(fleet_places.name).end()
    alias_prefix = f"{network.bridge_name(fleet_places.subnet)}-h"
    machine.remove_leftovers(fleet_places.folder, alias_prefix)
    network.remove_bridge(fleet_places.subnet)
    places.remove(fleet_places)
