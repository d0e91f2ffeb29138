"""The answer of one host to facts about it; pure."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.discovery.facts import HostFacts
from wizard.discovery.parse_builders import parse_buildkit, parse_nerdctl, rootless_nerdctl
from wizard.discovery.parse_containerd import parse_containerd, parse_others
from wizard.discovery.parse_crio import parse_crio, parse_logins
from wizard.discovery.parse_docker import parse_docker, rootless_beside
from wizard.discovery.parse_files import parse_files
from wizard.discovery.parse_k3s import parse_k3s
from wizard.discovery.parse_podman import parse_podman
from wizard.discovery.parse_processes import parse_processes, parse_units
from wizard.discovery.parse_roots import parse_roots
from wizard.discovery.parse_system import (
    parse_armed,
    parse_disks,
    parse_mounts,
    parse_system,
    parse_time,
)
from wizard.discovery.parse_target import parse_target
from wizard.discovery.parse_upstream import parse_upstream
from wizard.discovery.sections import join_frames, split_sections
from wizard.target import Target


def parse_answer(
    host: str, nonce: str, frames: Iterable[bytes], *, now: float, target: Target | None
) -> HostFacts:
    """Return the facts of a host from the frames that its script answered.

    Args:
        host: by its name in the fleet.
        nonce: that the script was composed with.
        frames: the JSON lines behind the nonce, without it.
        now: our own time when the last frame came, in seconds since the epoch.
        target: that the script was composed with.

    Raises ProtocolError, naming the host, when the answer is not whole or makes no sense.
    """
    sections = split_sections(host, nonce, join_frames(host, frames))
    system = parse_system(sections)
    mounts = parse_mounts(sections)
    processes = parse_processes(sections)
    units = parse_units(sections)
    docker = parse_docker(sections, processes, units)
    k3s = parse_k3s(sections, processes)
    containerd = parse_containerd(sections, processes, units, docker)
    daemons = {"docker": docker, "containerd": containerd}
    return HostFacts(
        host=host,
        collected_at=now,
        os_id=system.os_id,
        os_version=system.os_version,
        os_name=system.os_name,
        architecture=system.architecture,
        kernel=system.kernel,
        init=system.init,
        boot_id=system.boot_id,
        clock_skew=round(parse_time(sections) - now, 3),
        ca_store=system.ca_store,
        immutable_os=system.immutable_os,
        openshift=system.openshift,
        selinux=system.selinux,
        tools=system.tools,
        disks=parse_disks(sections, mounts),
        files=parse_files(sections, mounts),
        docker=docker,
        containerd=containerd,
        podman=parse_podman(sections),
        crio=parse_crio(sections, processes, units),
        logins=parse_logins(sections),
        kubelet_login=sections.one("kubelet.login") is not None,
        client_files=tuple(sections.lines("clients")),
        roots=parse_roots(
            sections,
            processes,
            {name: daemon.pid if daemon else 0 for name, daemon in daemons.items()},
        ),
        k3s=k3s,
        nerdctl=parse_nerdctl(sections),
        buildkit=parse_buildkit(sections, processes),
        others=(
            *parse_others(sections, processes, docker, k3s),
            *rootless_beside(sections, processes, docker),
            *rootless_nerdctl(sections),
        ),
        answers=parse_target(sections, target),
        target_addresses=tuple(dict.fromkeys(sections.lines("target.addresses"))),
        upstreams=parse_upstream(sections, target),
        armed=parse_armed(sections),
    )
