"""What a host is at one moment: files, runtimes, containers; two of them compare."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.fleet import Fleet, Request, docker_socket

# Every place that a plan may write to.
_FOLDERS = ("etc/docker", "etc/containerd", "etc/containers")
# Docker's unit takes three starts in a minute, whoever asked for them; tests of a host share them.
RESTART_DOCKER = (
    "systemctl reset-failed docker.service docker.socket && "
    "systemctl start docker.socket && systemctl restart docker"
)
_CONTAINERD = "containerd config dump; ctr -n k8s.io tasks ls | sort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """A host at one moment; equal means equal bytes, modes, owners and running state."""

    files: str
    docker: str
    containerd: str


def photograph(fleet: Fleet, host: str) -> Photograph:
    """Look at a host, past sshd."""
    roles = fleet.hosts[host].roles
    return Photograph(
        files="\n".join(_files(fleet.machine(host).root)),
        docker=_docker(fleet, host) if "docker" in roles else "",
        containerd=look(fleet, host, _CONTAINERD) if "cri" in roles else "",
    )


def _files(root: Path) -> Iterator[str]:
    """Tell each file with what tells one version of it from another."""
    for folder in _FOLDERS:
        for file in (root / folder, *sorted((root / folder).rglob("*"))):
            if not file.is_symlink() and not file.exists():
                continue
            status, content = file.lstat(), ""
            if file.is_symlink():
                content = str(file.readlink())
            elif file.is_file():
                content = hashlib.sha256(file.read_bytes()).hexdigest()
            mode = stat.filemode(status.st_mode)
            owner = f"{status.st_uid} {status.st_gid}"
            yield f"/{file.relative_to(root)} {mode} {owner} {content}"


def _docker(fleet: Fleet, host: str) -> str:
    registries = fleet.ask_docker(host, "/info")["RegistryConfig"]
    running = [(one["Id"], one["State"]["StartedAt"]) for one in _docker_containers(fleet, host)]
    return f"{registries['Mirrors']} {registries['IndexConfigs']} {running}"


def _docker_containers(fleet: Fleet, host: str) -> list[dict[str, Any]]:
    return docker_socket.running_containers(partial(fleet.ask_docker, host))


def look(fleet: Fleet, host: str, command: str) -> str:
    """Run a command on a host that must succeed and return what it printed."""
    done = fleet.exec(host, command)
    assert done.returncode == 0, f"{host}: {command}\n{done.stderr.decode()}"
    return done.stdout.decode()


def containers(fleet: Fleet, host: str) -> str:
    """Return the running containers of every runtime: IDs, start times, processes."""
    roles = fleet.hosts[host].roles
    docker = _docker_containers(fleet, host) if "docker" in roles else []
    cri = look(fleet, host, "ctr -n k8s.io tasks ls | sed 1d | sort") if "cri" in roles else ""
    return "\n".join([*(f"{one['Id']} {one['State']}" for one in docker), cri]).strip()


def daemons(fleet: Fleet, host: str) -> dict[str, str]:
    """Return number and start of each runtime's process, in microseconds after boot."""
    show = "systemctl show -p MainPID -p ExecMainStartTimestampMonotonic"
    roles = fleet.hosts[host].roles
    return {
        unit: look(fleet, host, f"{show} {unit}")
        for unit, is_there in (("docker", "docker" in roles), ("containerd", "cri" in roles))
        if is_there
    }


def mirrors(fleet: Fleet, host: str) -> list[str]:
    """Return the mirrors that the running Docker daemon uses."""
    found: list[str] | None = fleet.ask_docker(host, "/info")["RegistryConfig"]["Mirrors"]
    return found or []


def pull(fleet: Fleet, host: str, runtime: str, reference: str) -> tuple[int, str]:
    """Pull an image through a runtime and return exit code and output; removed again."""
    command = {
        "docker": f"docker pull {reference} && docker rmi {reference}",
        "cri": f"crictl pull {reference} && crictl rmi {reference}",
        "podman": f"podman pull {reference} && podman rmi {reference}",
    }[runtime]
    done = fleet.exec(host, command)
    return done.returncode, (done.stdout + done.stderr).decode()


def upstream_requests(fleet: Fleet, since: int) -> list[Request]:
    """Return what the stand-in for Docker Hub was asked since a mark of its log."""
    hosts = {host.address for host in fleet.hosts.values()}
    return [request for request in fleet.upstream.requests(since=since) if request.client in hosts]
