"""Which practice hosts there are: a catalogue of flavours, and fleets mixed from it; pure.

Nothing here opens a file of a host or starts anything: a `HostDesign` says which files a host has
from the beginning, which programs answer on it and what runs.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from importlib import resources
from typing import Final

SYSTEMS: Final[Mapping[str, tuple[str, str]]] = {
    "debian-12": ("12", "Debian GNU/Linux 12 (bookworm)"),
    "debian-13": ("13", "Debian GNU/Linux 13 (trixie)"),
    "debian-14": ("14", "Debian GNU/Linux 14 (forky)"),
}
"""Systems of hosts: VERSION_ID and name of `/etc/os-release`."""


class Login(Enum):
    """How the operator becomes root on a host."""

    ROOT = "root"
    """Logs in as root, by key."""
    SUDO = "sudo"
    """Logs in as `op` and gives sudo a password."""
    SUDO_WITHOUT_PASSWORD = "sudo_without_password"  # noqa: S105  # a mode, no password


class Store(Enum):
    """Where Docker keeps images, when neither the file nor the release says otherwise."""

    GRAPH_DRIVER = "overlay2"
    CONTAINERD = "overlayfs"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerDesign:
    """A container that runs from the beginning; `restart` is its restart policy."""

    name: str
    image: str = "docker.io/local/keeper:1"
    restart: str = "always"
    exit_code: int = 0
    """How it ends when it is asked to; 137 for one that takes no notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerDesign:
    """A Docker Engine.

    Attributes:
        version: as `docker version` tells it, perhaps with a distribution's suffix.
        store: of a daemon that is not told which; fresh installations of 29 have containerd's.
        unit: the text of its unit, a file of `assets/practice/runtimes/`.
        containers: what runs.
    """

    version: str
    store: Store = Store.GRAPH_DRIVER
    unit: str = "docker-upstream.service"
    containers: tuple[ContainerDesign, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerdDesign:
    """A containerd; with `cri` there is `crictl`, as on a Kubernetes node.

    Attributes:
        nerdctl: version of the nerdctl beside it, or empty.
    """

    version: str
    cri: bool = False
    nerdctl: str = ""
    containers: tuple[ContainerDesign, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CRIODesign:
    """A CRI-O, with `crictl` beside it."""

    version: str
    containers: tuple[ContainerDesign, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class K3sDesign:
    """A k3s, server or agent, with the version of the containerd within it."""

    version: str
    containerd: str
    server: bool = False
    containers: tuple[ContainerDesign, ...] = ()

    @property
    def unit(self) -> str:
        """Return the name of its unit."""
        return "k3s.service" if self.server else "k3s-agent.service"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostDesign:
    """What one practice host is to be.

    Attributes:
        name: unique in its fleet.
        flavour: its key in `CATALOGUE`.
        system: key of `SYSTEMS`.
        own_files: path and bytes of what people have written there.
        podman: version of Podman, or empty.
    """

    name: str
    flavour: str
    system: str = "debian-13"
    docker: DockerDesign | None = None
    containerd: ContainerdDesign | None = None
    podman: str = ""
    crio: CRIODesign | None = None
    k3s: K3sDesign | None = None
    login: Login = Login.ROOT
    own_files: tuple[tuple[str, bytes], ...] = ()

    def files(self) -> dict[str, bytes]:
        """Return all files of the design by absolute path on the host."""
        version, name = SYSTEMS[self.system]
        release = (
            f'PRETTY_NAME="{name}"\nNAME="Debian GNU/Linux"\nVERSION_ID="{version}"\nID=debian\n'
        )
        files = {"/etc/os-release": release.encode(), "/etc/hostname": f"{self.name}\n".encode()}
        if self.docker:
            files[_unit("docker.service")] = asset(self.docker.unit)
            files[_unit("docker.socket")] = asset("docker.socket")
        if self.containerd:
            files[_unit("containerd.service")] = asset("containerd.service")
            if self.containerd.cri:
                files["/etc/crictl.yaml"] = _CRICTL
        if self.crio:
            files[_unit("crio.service")] = asset("crio.service")
        if self.k3s:
            role = b"server" if self.k3s.server else b"agent"
            files[_unit(self.k3s.unit)] = asset("k3s.service").replace(b"ROLE", role)
            files["/var/lib/rancher/k3s/agent/server-ca.crt"] = b"the CA of the cluster\n"
        return files | dict(self.own_files)


@cache
def asset(name: str) -> bytes:
    """Return a file of `assets/practice/runtimes/`."""
    return (resources.files("assets") / "practice" / "runtimes" / name).read_bytes()


def _unit(name: str) -> str:
    return f"/usr/lib/systemd/system/{name}"


_CRICTL: Final = b"""\
runtime-endpoint: unix:///run/containerd/containerd.sock
image-endpoint: unix:///run/containerd/containerd.sock
timeout: 30
"""
_DAEMON: Final = "/etc/docker/daemon.json"
_CONTAINERD: Final = "/etc/containerd/config.toml"
_WINDOWS: Final = b'{\r\n  "debug": false,\r\n  "live-restore": true\r\n}\r\n'
_SHORT_NAMES: Final = b'# as we like it\nunqualified-search-registries = ["docker.io"]\n'
_KEEPER: Final = (ContainerDesign(name="keeper"),)
_PODS: Final = (ContainerDesign(name="keeper"), ContainerDesign(name="sidecar"))
_BOOKWORM: Final = "docker-debian-12.service"
_TRIXIE: Final = "docker-debian-13.service"


def _docker(flavour: str, version: str, containerd: str, **more: object) -> HostDesign:
    daemon = more.get("daemon", "daemon-plain.json")
    design = HostDesign(
        name=flavour,
        flavour=flavour,
        system=str(more.get("system", "debian-13")),
        docker=DockerDesign(
            version=version,
            store=Store.CONTAINERD if more.get("c8d") else Store.GRAPH_DRIVER,
            unit=str(more.get("unit", "docker-upstream.service")),
            containers=_KEEPER,
        ),
        containerd=ContainerdDesign(version=containerd),
        podman=str(more.get("podman", "")),
        login=Login(more.get("login", Login.ROOT)),
        own_files=((_CONTAINERD, asset("config-no-cri.toml")),),
    )
    if daemon is None:
        return design
    content = daemon if isinstance(daemon, bytes) else asset(str(daemon))
    return replace(design, own_files=(*design.own_files, (_DAEMON, content)))


def _node(flavour: str, version: str, config: str, system: str = "debian-13") -> HostDesign:
    return HostDesign(
        name=flavour,
        flavour=flavour,
        system=system,
        containerd=ContainerdDesign(version=version, cri=True, containers=_PODS),
        own_files=((_CONTAINERD, asset(config)),),
    )


CATALOGUE: Final[Mapping[str, HostDesign]] = {
    design.flavour: design
    for design in (
        _docker("docker-20.10", "20.10.24+dfsg1", "1.6.20", daemon="daemon-tabs.json",
                system="debian-12", unit=_BOOKWORM, podman="4.3.1"),
        _docker("docker-24", "24.0.9", "1.6.20", daemon=_WINDOWS, system="debian-12"),
        _docker("docker-26", "26.1.5+dfsg1", "1.7.24", unit=_TRIXIE, podman="5.4.2"),
        _docker("docker-26-sudo", "26.1.5+dfsg1", "1.7.24", unit=_TRIXIE, daemon=None,
                login=Login.SUDO),
        _docker("docker-27", "27.5.1", "1.7.24", daemon="daemon-old-mirror.json",
                login=Login.SUDO_WITHOUT_PASSWORD),
        _docker("docker-28", "28.5.2+dfsg4", "2.1.9", daemon=None, system="debian-14",
                unit=_TRIXIE),
        _docker("docker-28-c8d", "28.5.2+dfsg4", "2.1.9", daemon="daemon-c8d.json",
                system="debian-14", unit=_TRIXIE),
        _docker("docker-29", "29.7.2", "2.2.7"),
        _docker("docker-29-c8d", "29.7.2", "2.2.7", daemon=None, c8d=True, podman="5.4.2"),
        _node("containerd-1.6", "1.6.20", "config-cri.toml", system="debian-12"),
        _node("containerd-1.7", "1.7.24", "config-old-mirrors.toml"),
        _node("containerd-2.1", "2.1.9", "config-version-3.toml", system="debian-14"),
        _node("containerd-2.2", "2.2.9", "config-colon-list.toml"),
    )
}  # fmt: skip
"""Every flavour by its name."""

RARE: Final[Mapping[str, HostDesign]] = {
    design.flavour: design
    for design in (
        _node("containerd-1.5", "1.5.8", "config-cri.toml", system="debian-12"),
        _node("containerd-2.3", "2.3.7", "config-version-3.toml", system="debian-14"),
        HostDesign(
            name="podman-5",
            flavour="podman-5",
            podman="5.4.2",
            own_files=(("/etc/containers/registries.conf", _SHORT_NAMES),),
        ),
    )
}
"""Flavours that demonstrations leave out; real hosts stand against them where they are built.

Podman alone has no daemon and no unit: nothing of a host but its files tells of it.
"""

CRIO: Final = HostDesign(
    name="crio-1-30",
    flavour="crio-1.30",
    crio=CRIODesign(version="1.30.4", containers=_PODS),
    podman="5.4.2",
)
"""A node with CRI-O, and Podman beside it. In no catalogue: there is no real one in the fleet."""


def _k3s(flavour: str, version: str, *, server: bool = False) -> HostDesign:
    k3s = K3sDesign(version=version, containerd="1.7.24", server=server, containers=_PODS)
    mirrors = b"mirrors:\n  # the team of the cache asks to keep this\n  quay.io:\n    endpoint:\n"
    return HostDesign(
        name=flavour,
        flavour=flavour,
        k3s=k3s,
        own_files=(("/etc/rancher/k3s/registries.yaml", mirrors + b"    - https://quay.corp\n"),),
    )


def _with_nerdctl(flavour: str, version: str, containerd: str) -> HostDesign:
    return HostDesign(
        name=flavour,
        flavour=flavour,
        containerd=ContainerdDesign(version=containerd, nerdctl=version),
        own_files=((_CONTAINERD, asset("config-no-cri.toml")),),
    )


UNMATCHED: Final[Mapping[str, HostDesign]] = {
    design.flavour: design
    for design in (
        _with_nerdctl("nerdctl-1.7", "1.7.7", "1.7.24"),
        _with_nerdctl("nerdctl-2.2", "2.2.1", "2.1.9"),
        _k3s("k3s-1.27", "1.27.9+k3s1"),
        _k3s("k3s-1.31", "1.31.4+k3s1"),
        _k3s("k3s-1.31-server", "1.31.4+k3s1", server=True),
    )
}
"""Flavours that no real host stands against: demonstrations leave them out."""

BASTION: Final = HostDesign(name="bastion", flavour="bastion", login=Login.SUDO_WITHOUT_PASSWORD)
"""The jump host: no runtime, only SSH."""
_ROLES: Final = ("web", "api", "jobs", "cache", "search", "build")


def fleet_designs(count: int, seed: int = 0) -> tuple[HostDesign, ...]:
    """Return a fleet of `count` hosts, the same for the same seed.

    Every flavour comes once before any comes twice, in an order that the seed decides.
    """
    chance = random.Random(seed)  # noqa: S311  # a mix, no secret
    designs: list[HostDesign] = []
    while len(designs) < count:
        round_of_all = list(CATALOGUE.values())
        chance.shuffle(round_of_all)
        designs += round_of_all
    return tuple(_named(designs[:count]))


def _named(designs: Iterable[HostDesign]) -> Iterable[HostDesign]:
    for number, design in enumerate(designs, start=1):
        role = "node" if design.docker is None else _ROLES[number % len(_ROLES)]
        yield replace(design, name=f"{role}{number:02d}")
