"""A running fleet, as tests use it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fleet import build_cache, built_runtimes, network, registries, rootfs
from tests.fleet.catalogue import (
    DESIGNS,
    IMPOSTOR_NUMBER,
    PREFIX_TARGET_NUMBER,
    SUITES,
    TARGET_NAME,
    TARGET_NUMBER,
    UPSTREAM_NUMBER,
    HostDesign,
)
from tests.fleet.certificates import ServerIdentity
from tests.fleet.errors import FleetError
from tests.fleet.images import archive
from tests.fleet.machine import BOOT_SECONDS, Machine
from tests.fleet.places import Places, find, state_root
from tests.fleet.process_group import ProcessGroup
from tests.fleet.provision import HostIdentity, provision
from tests.fleet.registries import FleetRegistry

EXEC_SECONDS = 120.0
HOSTS_CACHE_SECONDS = 5.0
"""For so long a program in Go believes what it has read of /etc/hosts (net/hosts.go)."""
KEEPER = "keeper"
KEEPER_IMAGE = "docker.io/local/keeper:1"
REGISTRY_NUMBERS: Mapping[str, int] = {
    "target": TARGET_NUMBER,
    "prefix-target": PREFIX_TARGET_NUMBER,
    "upstream": UPSTREAM_NUMBER,
    "impostor": IMPOSTOR_NUMBER,
}
# The impostor is started when a test asks for it.
REGISTRIES_FROM_THE_START = ("target", "prefix-target", "upstream")
# A process that is pid 1 of its container ends at SIGTERM only if it says so.
_KEEP = "sh -c 'trap exit TERM; sleep 1000000 & wait'"
_START_KEEPER = {
    "docker": (
        f"docker load -q >/dev/null && docker run -d --name {KEEPER} "
        f"--restart unless-stopped {KEEPER_IMAGE} {_KEEP}"
    ),
    # Without shares: a machine with hybrid control groups has no CPU controller to give. ctr 1.5
    # gives none by itself.
    "containerd": (
        "ctr -n k8s.io images import - >/dev/null && ctr -n k8s.io run -d --null-io "
        "$(ctr run --help | grep -q cpu-shares && echo --cpu-shares 0) "
        f"{KEEPER_IMAGE} {KEEPER} {_KEEP} && echo {KEEPER}"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetHost:
    """A host of a running fleet.

    Attributes:
        name: stable name, also an alias in the fleet's `ssh_config`.
        address: its address on the bridge.
        suite: its Debian suite.
        user: who logs in.
        key: private key to log in with.
        sudo_password: what sudo asks for; empty where the user is root or has no sudo.
        roles: what runs on it: `docker`, `containerd`, `cri`, `podman`, `bastion`.
        keeper: ID of the container that was started with the host; empty when there is none.
    """

    name: str
    address: str
    suite: str
    user: str
    key: Path
    sudo_password: str
    roles: frozenset[str]
    keeper: str


class Fleet:
    """A fleet that is up; every process may open it by name."""

    def __init__(self, places: Places, boot_seconds: float = BOOT_SECONDS) -> None:
        """Open a fleet that has its places; `opened` is the usual way."""
        self._boot_seconds = boot_seconds
        self.places = places
        self.known_hosts = places.known_hosts
        self.ssh_config = places.ssh_config
        self.operator_key = places.operator_key
        self.target = self._registry("target")
        self.prefix_target = self._registry("prefix-target")
        self.upstream = self._registry("upstream")
        self.impostor = self._registry("impostor")

    @property
    def name(self) -> str:
        """Return the fleet's name."""
        return self.places.name

    @property
    def has_crictl(self) -> bool:
        """Tell whether the hosts with CRI have `crictl`."""
        return bool(self.places.read().get("has_crictl"))

    @property
    def hosts(self) -> Mapping[str, FleetHost]:
        """Return the hosts by name, as they are now."""
        described = self.places.read().get("hosts", {})
        return {
            name: FleetHost(
                name=name,
                address=self.address(DESIGNS[name].number),
                suite=DESIGNS[name].suite,
                user=DESIGNS[name].user,
                key=self.operator_key,
                sudo_password=str(more["sudo_password"]),
                roles=DESIGNS[name].roles,
                keeper=str(more["keeper"]),
            )
            for name, more in described.items()
        }

    def exec(
        self,
        host: str,
        command: str,
        input: bytes | None = None,  # noqa: A002 - the word of subprocess.run
        timeout: float = EXEC_SECONDS,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a shell command on a host as root, past sshd, also while its link is cut."""
        return self.machine(host).execute(command, input, timeout)

    def ask_docker(self, host: str, question: str) -> Any:
        """Return what a host's Docker daemon answers to `GET question`, as JSON has it."""
        return self.machine(host).ask_docker(question)

    def cut(self, host: str) -> None:
        """Take the host's link down; it comes back with `mend` or with a reboot.

        The host keeps its address, so what it sends meanwhile runs into timeouts.
        """
        network.set_link(self.machine(host).link, up=False)

    def mend(self, host: str) -> None:
        """Take the host's link up again; it forgets its neighbours, and so asks for them anew."""
        network.set_link(self.machine(host).link, up=True)
        forgotten = self.exec(host, "ip neighbour flush dev host0")
        if forgotten.returncode:
            said = forgotten.stderr.decode(errors="replace")
            raise FleetError(f"{host}: it does not forget its neighbours: {said}")

    def reboot(self, host: str) -> None:
        """Reboot the host and wait until it is ready again; the keeper of containerd is gone."""
        machine = self.machine(host)
        leader = machine.leader() or 0
        self.exec(host, "systemctl reboot")
        self.wait_until_ready(host, unlike=leader)

    def power_cycle(self, host: str) -> None:
        """Cut the host's power, boot it on the same files, and wait until it is ready."""
        machine = self.machine(host)
        machine.restart()
        self.wait_until_ready(host)

    def reset(self, host: str) -> None:
        """Make the host as new, with the same address, keys and password, and boot it."""
        self.machine(host).erase()
        self.start_host(DESIGNS[host])

    def renew(self) -> None:
        """Make every host as new, all at once, and start the registries that do not answer."""
        for kind in REGISTRIES_FROM_THE_START:
            if not self._registry(kind).answers():
                self.registry_group(kind).end()
                self.start_registry(kind)
        with ThreadPoolExecutor(max_workers=len(self.hosts)) as pool:
            tuple(pool.map(self.reset, self.hosts))

    def stop_target(self) -> None:
        """End the target registry: connections are refused."""
        self.registry_group("target").end()

    def start_target(self) -> None:
        """Start the target registry again, with the data it had."""
        self.start_registry("target")

    def break_target_certificate(self, host: str) -> None:
        """Lead the host, and no other, to a target whose certificate is of an unknown CA."""
        if not self.impostor.answers():
            self.start_registry("impostor")
        self._point_target(host, self.impostor.address)

    def mend_target_certificate(self, host: str) -> None:
        """Lead the host to the true target again."""
        self._point_target(host, self.target.address)

    def address(self, number: int) -> str:
        """Return the address in this fleet with the last byte `number`."""
        return network.address(self.places.subnet, number)

    def machine(self, host: str) -> Machine:
        """Return the machine of a host.

        Raises:
            FleetError: the catalogue has no such host.
        """
        if host not in DESIGNS:
            raise FleetError(f"no host {host}; there are {', '.join(DESIGNS)}")
        return Machine(
            name=host,
            alias=f"{network.bridge_name(self.places.subnet)}-h{DESIGNS[host].number}",
            bridge=network.bridge_name(self.places.subnet),
            folder=self.places.host(host),
            group=f"{self.name}/host-{host}",
        )

    def start_host(self, design: HostDesign) -> None:
        """Mount, provision and boot a host, wait until it is ready, and start its keeper."""
        machine = self.machine(design.name)
        cache = build_cache.cache_root()
        machine.mount(rootfs.rootfs_path(SUITES[design.suite], cache))
        crictl = rootfs.crictl_path(cache)
        provision(
            machine.root,
            HostIdentity(
                design=design,
                fleet=self.name,
                address=self.address(design.number),
                hosts_lines=registries.hosts_lines(
                    (self.target, self.prefix_target, self.upstream)
                ),
                host_key=self.places.keys / f"host-{design.name}",
                operator_key=self.operator_key.with_suffix(".pub"),
                system_ca=self.upstream.ca_pem,
                sudo_password=self.hosts[design.name].sudo_password,
                crictl=crictl if crictl.exists() else None,
                programs=built_runtimes.programs(design.runtime, cache),
            ),
        )
        machine.boot()
        self.wait_until_ready(design.name)
        if design.keeper:
            self._start_keeper(design)

    def wait_until_ready(self, host: str, unlike: int = 0) -> None:
        """Wait until the host's sshd and runtimes answer."""
        roles = DESIGNS[host].roles
        sockets = []
        if roles & {"docker", "containerd"}:
            sockets.append("/run/containerd/containerd.sock")
        if "docker" in roles:
            sockets.append("/run/docker.sock")
        self.machine(host).wait_until_ready(
            self.hosts[host].address, sockets, unlike=unlike, seconds=self._boot_seconds
        )

    def registry_group(self, kind: str) -> ProcessGroup:
        """Return the process group of a registry."""
        return ProcessGroup(f"{self.name}/registry-{kind}")

    def start_registry(self, kind: str) -> None:
        """Start a registry and wait until it answers."""
        keys = self.places.keys
        identity = ServerIdentity(certificate=keys / f"{kind}.pem", key=keys / f"{kind}.key")
        portal = kind == "prefix-target"
        registries.start(self._registry(kind), identity, self.registry_group(kind), portal=portal)

    def _registry(self, kind: str) -> FleetRegistry:
        authority = kind if kind in {"upstream", "impostor"} else "target"
        return registries.describe(
            kind,
            self.address(REGISTRY_NUMBERS[kind]),
            self.places.registry(kind),
            self.places.keys / f"{authority}-ca.pem",
        )

    def _start_keeper(self, design: HostDesign) -> None:
        started = self.exec(
            design.name, _START_KEEPER[design.keeper], archive("keeper", KEEPER_IMAGE)
        )
        if started.returncode:
            said = started.stderr.decode(errors="replace")
            raise FleetError(f"{design.name}: its container does not start: {said}")
        self.record(design.name, keeper=started.stdout.decode().strip())

    def record(self, host: str, **facts: str) -> None:
        """Remember something about a host in the fleet's description."""
        with self.places.editing() as content:
            content.setdefault("hosts", {}).setdefault(host, {}).update(facts)

    def _point_target(self, host: str, address: str) -> None:
        # Written in place: a container runtime on the host may have the file open.
        line = f"{address}\\t{TARGET_NAME}"
        edit = f"sed 's/^.*\\t{TARGET_NAME}$/{line}/' /etc/hosts >/run/hosts.new"
        done = self.exec(host, f"{edit} && cat /run/hosts.new >/etc/hosts")
        if done.returncode:
            raise FleetError(f"{host}: {done.stderr.decode(errors='replace')}")
        # Docker would go on to where the name led before, and its next pull elsewhere.
        time.sleep(HOSTS_CACHE_SECONDS)


def opened(name: str, state: Path | None = None) -> Fleet:
    """Open a fleet that is up.

    Raises:
        FleetError: there is none of that name, or it is not up.
    """
    fleet = Fleet(find(name, state or state_root()))
    phase = fleet.places.read()["phase"]
    if phase != "up":
        raise FleetError(f"fleet {name} is {phase}: python -m tests.fleet down --name {name}")
    return fleet
