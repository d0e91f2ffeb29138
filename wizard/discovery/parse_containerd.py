"""Facts about containerd and other runtimes (facts/runtimes.md §0); pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wizard.discovery.container_facts import Container, OtherRuntime
from wizard.discovery.credentials import covered_dump
from wizard.discovery.cri_containers import parse_cri_containers, parse_cri_images
from wizard.discovery.facts import ContainerdFacts, CRIState, DockerFacts
from wizard.discovery.facts_k3s import K3sFacts
from wizard.discovery.parse_processes import Process, Unit
from wizard.discovery.sections import Sections

DEFAULT_CONFIG: Final = "/etc/containerd/config.toml"
DEFAULT_SOCKET: Final = "/run/containerd/containerd.sock"
UNIT: Final = "containerd.service"
_CRI_SERVICE: Final = ("io.containerd.grpc.v1", "cri")
_BEHIND_CRI: Final = "io.containerd.cri.v1"
_VERSION: Final = re.compile(r"\bv?(\d+\.\d+[^\s,]*)")
_EMBEDDED: Final = (
    ("rke2", "RKE2"),
    ("rancher", "k3s"),
    ("k0s", "k0s"),
    ("microk8s", "MicroK8s"),
)
"""Words in the arguments of a containerd that belongs to another runtime."""
_FOREIGN: Final = {
    "k3s": "k3s",
    "rke2": "RKE2",
    "k0s": "k0s",
    "kubelite": "MicroK8s",
    "microk8s": "MicroK8s",
    "buildkitd": "BuildKit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _CRI:
    """What the CRI plugin has."""

    state: CRIState
    containers: tuple[Container, ...]
    images: tuple[str, ...]
    crictl: str


def parse_containerd(
    sections: Sections,
    processes: tuple[Process, ...],
    units: dict[str, Unit],
    docker: DockerFacts | None,
) -> ContainerdFacts | None:
    """Return the facts of the host's own containerd, or None; raises ProtocolError."""
    section = sections.one("containerd")
    if section is None:
        return None
    daemon = next((one for one in processes if str(one.pid) == section.words), None)
    unit = units.get(UNIT)
    if daemon is None and not (unit and unit.loaded):
        return None
    ran = sections.ran("containerd.version")
    found = _VERSION.search(ran.output.partition(" ")[2]) if ran else None
    version = found[1] if found else ""
    if daemon is None:
        return ContainerdFacts(
            version=version,
            error="containerd is not running",
            unit=UNIT,
            for_docker_only=docker is not None and docker.pid > 0,
        )
    dump = sections.ran("containerd.dump")
    cri = _cri(sections)
    serves = any(process.name == "kubelet" for process in processes) or bool(
        cri.crictl or cri.containers or cri.images
    )
    return ContainerdFacts(
        version=version,
        error=ran.failure if ran else "",
        config_file=daemon.option("-c", "--config", "-config") or DEFAULT_CONFIG,
        dump=covered_dump(dump.output) if dump and not dump.failure else "",
        dump_error=covered_dump(dump.failure) if dump else "",
        cri=cri.state,
        pid=daemon.pid,
        flags=daemon.flags,
        unit=daemon.unit,
        crictl=cri.crictl,
        endpoint=f"unix://{_text(sections, 'containerd.socket') or DEFAULT_SOCKET}",
        proxies=daemon.proxies,
        containers=cri.containers,
        images=cri.images,
        for_docker_only=docker is not None
        and docker.pid > 0
        and (cri.state is CRIState.DISABLED or not serves),
    )


def _text(sections: Sections, name: str) -> str:
    section = sections.one(name)
    return section.text.strip() if section else ""


def _cri(sections: Sections) -> _CRI:
    return _CRI(
        state=_cri_state(sections),
        containers=parse_cri_containers(sections, "crictl.containers", "containerd.tasks"),
        images=parse_cri_images(sections, "containerd.images"),
        crictl=_text(sections, "crictl"),
    )


def _cri_state(sections: Sections) -> CRIState:
    """Return what `ctr plugins ls` says of CRI.

    A disabled plugin is not listed at all. On containerd 2.x `disabled_plugins = ["cri"]` takes
    away the service and leaves the image and runtime plugins behind it.
    """
    ran = sections.ran("containerd.plugins")
    if ran is None or ran.failure:
        return CRIState.UNKNOWN
    states = {}
    for line in ran.output.split("\n"):
        kind, name, *rest = (*line.split(), "", "")
        if kind == _BEHIND_CRI or (kind, name) == _CRI_SERVICE:
            states[kind, name] = [word for word in rest if word][-1:]
    if _CRI_SERVICE not in states:
        return CRIState.DISABLED
    return CRIState.OK if all(state == ["ok"] for state in states.values()) else CRIState.ERROR


def parse_others(
    sections: Sections,
    processes: tuple[Process, ...],
    docker: DockerFacts | None,
    k3s: K3sFacts | None,
) -> tuple[OtherRuntime, ...]:
    """Return runtimes that were found and are not changed, each once, by name."""
    found: dict[str, str] = {}
    for command, name in _FOREIGN.items():
        if command == "microk8s":
            continue
        ran = sections.ran(f"other.{command}")
        if ran and not ran.failure:
            version = _VERSION.search(ran.output)
            found[name] = version[1] if version else ""
    if sections.one("other.microk8s"):
        found["MicroK8s"] = ""
    for process in processes:
        name = _foreign(process)
        if name:
            found.setdefault(name, "")
    if docker and any(one.image.startswith("kindest/node") for one in docker.containers):
        found["kind"] = ""
    of_plans = ["BuildKit"] if sections.one("buildkit") else []
    if k3s:
        of_plans.append("RKE2" if k3s.product == "rke2" else "k3s")
    for name in of_plans:
        found.pop(name, None)
    return tuple(_other(name, found[name], processes) for name in sorted(found))


def _other(name: str, version: str, processes: tuple[Process, ...]) -> OtherRuntime:
    daemon = next((one for one in processes if _foreign(one) == name), None)
    if daemon is None:
        return OtherRuntime(name=name, version=version)
    return OtherRuntime(
        name=name, version=version, unit=daemon.unit, config_file=daemon.option("--config")
    )


def _foreign(process: Process) -> str:
    """Return the runtime that a process of the host belongs to, or nothing."""
    if process.place != "host":
        return ""
    if process.name != "containerd":
        return _FOREIGN.get(process.name.partition("-")[0], "")
    arguments = " ".join((process.program, *process.flags))
    return next((name for mark, name in _EMBEDDED if mark in arguments), "")
