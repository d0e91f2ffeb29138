"""Which suites, hosts and registries the real fleet has.

Pure values. The configuration files of a host are the tree `hosts/<name>/`, copied as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A Debian suite, built once into a root file system.

    Attributes:
        name: Debian's name of it.
        packages: what is installed on top of the base system.
        script: debootstrap's script to use when it has none of the suite's own name.
    """

    name: str
    packages: tuple[str, ...]
    script: str


_RUNTIMES = (
    "containerd",
    "containernetworking-plugins",
    "docker.io",
    "iptables",
    "nftables",
    "podman",
    "uidmap",
)
# From trixie on Debian has Docker's client and BuildKit's front end in packages of their own.
_SPLIT_RUNTIMES = (*_RUNTIMES, "docker-buildx", "docker-cli")

SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite(name="bookworm", packages=(*_RUNTIMES, "rootlesskit"), script="sid"),
        Suite(name="trixie", packages=_SPLIT_RUNTIMES, script="sid"),
        Suite(name="forky", packages=_SPLIT_RUNTIMES, script="sid"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostDesign:
    """What a host of the fleet is to be.

    Attributes:
        name: its stable name, also its host name.
        number: its last address byte; stable, so that a smaller fleet has the same addresses.
        suite: key of `SUITES`.
        roles: what runs on it: `docker`, `containerd`, `cri`, `podman`, `bastion`.
        user: who logs in by key.
        sudo_needs_password: whether that user becomes root through sudo with a password.
        keeper: runtime that keeps a container running (`docker`, `containerd`), or empty.
        runtime: what runs in place of the suite's, key of `built_runtimes.BUILT`, or empty.
    """

    name: str
    number: int
    suite: str
    roles: frozenset[str]
    user: str = "root"
    sudo_needs_password: bool = False
    keeper: str = ""
    runtime: str = ""


def _host(name: str, number: int, suite: str, roles: str, **more: str | bool) -> HostDesign:
    return HostDesign(
        name=name,
        number=number,
        suite=suite,
        roles=frozenset(roles.split()),
        user=str(more.get("user", "root")),
        sudo_needs_password=bool(more.get("sudo_needs_password", False)),
        keeper=str(more.get("keeper", "")),
        runtime=str(more.get("runtime", "")),
    )


HOSTS: Mapping[str, HostDesign] = {
    host.name: host
    for host in (
        _host("bastion", 10, "trixie", "bastion", user="op"),
        _host("book-docker", 11, "bookworm", "docker podman", keeper="docker"),
        _host("book-cri", 12, "bookworm", "containerd cri podman", keeper="containerd"),
        _host("trixie-docker", 13, "trixie", "docker podman", keeper="docker"),
        _host(
            *("trixie-sudo", 14, "trixie", "docker containerd cri podman"),
            user="op",
            sudo_needs_password=True,
            keeper="docker",
        ),
        _host("trixie-cri", 15, "trixie", "containerd cri podman"),
        _host("forky-docker", 16, "forky", "docker podman"),
        _host("forky-c8d", 17, "forky", "docker containerd cri podman", keeper="docker"),
    )
}

EXTRA_HOSTS: Mapping[str, HostDesign] = {
    host.name: host
    for host in (
        _host(
            *("book-c15", 21, "bookworm", "containerd cri"),
            keeper="containerd",
            runtime="containerd-1.5",
        ),
        _host(
            *("forky-c22", 22, "forky", "containerd cri"),
            keeper="containerd",
            runtime="containerd-2.2",
        ),
        _host(
            *("forky-c23", 23, "forky", "containerd cri"),
            keeper="containerd",
            runtime="containerd-2.3",
        ),
        _host("book-rootless", 25, "bookworm", "docker"),
        _host("forky-build", 24, "forky", "containerd", runtime="buildkit-0.34"),
    )
}
"""Hosts that are in no fleet from the beginning: tests start them for as long as they need them."""

DESIGNS: Mapping[str, HostDesign] = {**HOSTS, **EXTRA_HOSTS}

BASTION = "bastion"

# Last address bytes of the registries on the bridge; hosts begin at 10.
MACHINE_NUMBER = 1
TARGET_NUMBER = 2
PREFIX_TARGET_NUMBER = 3
UPSTREAM_NUMBER = 4
IMPOSTOR_NUMBER = 5

TARGET_NAME = "registry.fleet.test"
PREFIX_TARGET_NAME = "harbor.fleet.test"
PREFIX = "dockerhub"

# Every name under which a client of Docker Hub may look for it.
UPSTREAM_NAMES = (
    "registry-1.docker.io",
    "auth.docker.io",
    "docker.io",
    "index.docker.io",
    "production.cloudflare.docker.com",
)
