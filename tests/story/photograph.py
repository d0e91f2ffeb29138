"""What a host is at one moment: files, runtimes, containers; two of them compare."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.fleet import Fleet, Request

# Every place that a plan may write to, with what tells one version from another.
_FILES = (
    "find /etc/docker /etc/containerd /etc/containers -exec "
    "stat -c '%n %F %a %u %g %N' {} + 2>/dev/null | sort; "
    "find /etc/docker /etc/containerd /etc/containers -type f -exec "
    "sha256sum {} + 2>/dev/null | sort -k 2"
)
_DOCKER = (
    "docker info -f '{{json .RegistryConfig.Mirrors}} {{json .RegistryConfig.IndexConfigs}}' && "
    "docker ps -q --no-trunc | sort | xargs -r docker inspect -f '{{.Id}} {{.State.StartedAt}}'"
)
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
        files=look(fleet, host, _FILES),
        docker=look(fleet, host, _DOCKER) if "docker" in roles else "",
        containerd=look(fleet, host, _CONTAINERD) if "cri" in roles else "",
    )


def look(fleet: Fleet, host: str, command: str) -> str:
    """Run a command on a host that must succeed and return what it printed."""
    done = fleet.exec(host, command)
    assert done.returncode == 0, f"{host}: {command}\n{done.stderr.decode()}"
    return done.stdout.decode()


def containers(fleet: Fleet, host: str) -> str:
    """Return the running containers of every runtime: IDs, start times, processes."""
    roles = fleet.hosts[host].roles
    docker = "docker ps -q --no-trunc | xargs -r docker inspect -f '{{.Id}} {{.State}}'"
    return "\n".join(
        look(fleet, host, command)
        for role, command in (("docker", docker), ("cri", "ctr -n k8s.io tasks ls | sed 1d | sort"))
        if role in roles
    ).strip()


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
    found: list[str] = json.loads(
        look(fleet, host, "docker info -f '{{json .RegistryConfig.Mirrors}}'")
    )
    return found


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
