"""Put the runtimes of a design into a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.practice.designs import HostDesign
from wizard.practice.runtimes.containerd import Containerd
from wizard.practice.runtimes.containerd_program import ContainerdProgram
from wizard.practice.runtimes.crictl import Crictl
from wizard.practice.runtimes.crio import CRIO
from wizard.practice.runtimes.ctr import Ctr
from wizard.practice.runtimes.docker_engine import DockerEngine
from wizard.practice.runtimes.docker_program import DockerClient, DockerdProgram
from wizard.practice.runtimes.k3s import K3s, K3sProgram
from wizard.practice.runtimes.nerdctl import Nerdctl
from wizard.practice.runtimes.podman import Podman

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """The runtimes of one host, for tests and faults to look at."""

    docker: DockerEngine | None = None
    containerd: Containerd | None = None
    podman: Podman | None = None
    crio: CRIO | None = None
    k3s: K3s | None = None


def equip(machine: Machine, design: HostDesign) -> Equipment:
    """Give a machine the daemons and programs of its design, before it boots.

    Its files are the caller's to write: `design.files()`.
    """
    docker = containerd = podman = crio = k3s = None
    if design.docker:
        docker = DockerEngine(machine, design.docker)
        machine.daemons["dockerd"] = docker
        machine.programs["docker"] = DockerClient(docker)
        machine.programs["dockerd"] = DockerdProgram(docker)
        (machine.root / "var/lib/docker").mkdir(parents=True, exist_ok=True)
    if design.containerd:
        containerd = Containerd(machine, design.containerd)
        machine.daemons["containerd"] = containerd
        machine.programs["containerd"] = ContainerdProgram(containerd)
        machine.programs["ctr"] = Ctr(containerd)
        if design.containerd.nerdctl:
            machine.programs["nerdctl"] = Nerdctl(containerd, design.containerd.nerdctl)
        if design.containerd.cri:
            machine.programs["crictl"] = Crictl(containerd)
        (machine.root / "var/lib/containerd").mkdir(parents=True, exist_ok=True)
    if design.podman:
        podman = Podman(machine, design.podman)
        machine.programs["podman"] = podman
    if design.crio:
        crio = CRIO(machine, design.crio)
        machine.daemons["crio"] = crio
        machine.programs |= {"crio": crio, "crictl": Crictl(crio)}
    if design.k3s:
        k3s = K3s(machine, design.k3s)
        machine.daemons["k3s"] = k3s
        machine.programs["k3s"] = K3sProgram(k3s)
        machine.programs["ctr"] = Ctr(k3s.containerd)
        machine.programs["crictl"] = Crictl(k3s.containerd)
    return Equipment(docker=docker, containerd=containerd, podman=podman, crio=crio, k3s=k3s)
