"""The flavours of runtimes that cases speak of, and which host has them on either side."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from tests.fleet.catalogue import EXTRA_HOSTS
from tests.fleet.extra_hosts import is_available


class Side(Enum):
    """Where a case is played."""

    PRACTICE = "practice"
    REAL = "real"


class Flavour(Enum):
    """A runtime of a version, with its image store if it is Docker."""

    DOCKER_20 = "docker-20.10"
    DOCKER_24 = "docker-24"
    DOCKER_26 = "docker-26"
    DOCKER_27 = "docker-27"
    DOCKER_28 = "docker-28"
    DOCKER_28_C8D = "docker-28-c8d"
    DOCKER_29 = "docker-29"
    DOCKER_29_C8D = "docker-29-c8d"
    CONTAINERD_15 = "containerd-1.5"
    CONTAINERD_16 = "containerd-1.6"
    CONTAINERD_17 = "containerd-1.7"
    CONTAINERD_21 = "containerd-2.1"
    CONTAINERD_22 = "containerd-2.2"
    CONTAINERD_23 = "containerd-2.3"
    PODMAN_4 = "podman-4"
    PODMAN_5 = "podman-5"

    @property
    def unit(self) -> str:
        """Return the name of the runtime's unit; of Podman, which has none, that of its client."""
        return self.value.partition("-")[0]

    @property
    def words(self) -> Mapping[str, str]:
        """Return what the placeholders `{features}`, `{version}` and `{registry}` stand for."""
        if self in PODMAN:
            return {}
        if self in DOCKER:
            own = '"features": {"containerd-snapshotter": true}, ' if self in C8D else ""
            return {"features": own}
        new = self in CONTAINERD_2
        plugin = "io.containerd.cri.v1.images" if new else "io.containerd.grpc.v1.cri"
        version = "4" if self is Flavour.CONTAINERD_23 else "3" if new else "2"
        return {"version": version, "registry": f'plugins."{plugin}".registry'}

    def host(self, side: Side) -> str:
        """Return the host that has it, or nothing."""
        if side is Side.PRACTICE:
            return PRACTICE_HOSTS.get(self, self.value)
        return REAL_HOSTS.get(self, "")


C8D: Final = frozenset({Flavour.DOCKER_28_C8D, Flavour.DOCKER_29_C8D})
"""Docker with containerd's image store."""
DOCKER: Final = frozenset(one for one in Flavour if one.value.startswith("docker"))
CLASSIC: Final = DOCKER - C8D
"""Docker with its own image store: enough for what the store has no part in."""
PODMAN: Final = frozenset({Flavour.PODMAN_4, Flavour.PODMAN_5})
CONTAINERD: Final = frozenset(Flavour) - DOCKER - PODMAN
CONTAINERD_2: Final = frozenset(one for one in Flavour if one.value.startswith("containerd-2"))
SINCE_CONTAINERD_22: Final = frozenset({Flavour.CONTAINERD_22, Flavour.CONTAINERD_23})
UNTIL_CONTAINERD_22: Final = CONTAINERD_2 - {Flavour.CONTAINERD_23}
CONTAINERD_1: Final = CONTAINERD - CONTAINERD_2
SINCE_23: Final = DOCKER - {Flavour.DOCKER_20}
SINCE_28: Final = C8D | {Flavour.DOCKER_28, Flavour.DOCKER_29}
"""All of these are 28.3 or later."""
BEFORE_28: Final = DOCKER - SINCE_28

KINDS: Final = (CLASSIC, C8D, CONTAINERD, PODMAN)
"""Flavours that differ in their release only."""

_REAL_HOSTS: Final[Mapping[Flavour, str]] = {
    Flavour.DOCKER_20: "book-docker",
    Flavour.DOCKER_26: "trixie-docker",
    Flavour.DOCKER_28: "forky-docker",
    Flavour.DOCKER_28_C8D: "forky-c8d",
    Flavour.CONTAINERD_15: "book-c15",
    Flavour.CONTAINERD_16: "book-cri",
    Flavour.CONTAINERD_17: "trixie-cri",
    Flavour.CONTAINERD_21: "forky-c8d",
    Flavour.CONTAINERD_22: "forky-c22",
    Flavour.CONTAINERD_23: "forky-c23",
    Flavour.PODMAN_4: "book-docker",
    Flavour.PODMAN_5: "trixie-docker",
}
"""Hosts of `tests/fleet/catalogue.py`."""

BUILT: Final = frozenset(one for one, host in _REAL_HOSTS.items() if host in EXTRA_HOSTS)
"""Flavours that no suite of Debian has."""
NOT_BUILT: Final = frozenset(one for one, host in _REAL_HOSTS.items() if not is_available(host))
"""Flavours whose runtime `make runtimes` has not built on this machine."""

REAL_HOSTS: Final = {one: host for one, host in _REAL_HOSTS.items() if one not in NOT_BUILT}

PRACTICE_HOSTS: Final[Mapping[Flavour, str]] = {Flavour.PODMAN_4: "docker-20.10"}
"""Practice hosts that are named after another of their runtimes."""
