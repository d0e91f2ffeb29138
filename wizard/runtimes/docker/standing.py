"""What one host's Docker is: asked by each part of its plan."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.discovery.facts import DockerFacts, HostFacts
from wizard.planning.blocks import Blocked
from wizard.planning.files import file_at
from wizard.planning.paths import DOCKER_SNAP_CERTS
from wizard.planning.plan import BlockReason
from wizard.planning.tags import refuse_tags_of_upstream
from wizard.planning.versions import Version, parse_version
from wizard.runtimes.ca_files import CAFile, registry_ca_file
from wizard.runtimes.docker.config import (
    DaemonConfig,
    flag_values,
    normal_mirror,
    normal_mirrors,
    read_daemon_config,
    unread_daemon_config,
)
from wizard.runtimes.docker.routes import DockerRoute, docker_route, mirror_url
from wizard.target import UPSTREAM, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerStanding:
    """One host's Docker beside the target, computed once.

    Attributes:
        certificates: its `certs.d`.
        ca: where the target's CA is for it, None when there is no need.
    """

    facts: HostFacts
    docker: DockerFacts
    target: Target
    version: Version
    route: DockerRoute
    config: DaemonConfig
    certificates: str
    ca: CAFile | None

    @property
    def other_mirrors(self) -> tuple[str, ...]:
        """Return the mirrors that run now beside ours, in their order."""
        ours = normal_mirror(mirror_url(self.target))
        return tuple(mirror for mirror in normal_mirrors(self.docker.mirrors) if mirror != ours)

    def addresses_of(self, mirror: str) -> tuple[str, ...]:
        """Return what the name in a mirror means on the host: known of the target's alone."""
        is_target = normal_mirror(mirror) == normal_mirror(mirror_url(self.target))
        return self.facts.target_addresses if is_target else ()

    @property
    def wanted_mirrors(self) -> tuple[str, ...]:
        """Return the entries of `registry-mirrors`: ours first, the others as they are."""
        ours = mirror_url(self.target)
        found = self.config.mirrors or ()
        if found and normal_mirror(found[0]) == normal_mirror(ours):
            ours = found[0]
        others = [mirror for mirror in found if normal_mirror(mirror) != normal_mirror(ours)]
        return (ours, *others)

    @property
    def flag_mirrors(self) -> tuple[str, ...]:
        """Return the mirrors of flags, of the process or else of its next start."""
        running = flag_values(self.docker.flags, "registry-mirror")
        return running or flag_values(self.docker.start_flags, "registry-mirror")

    @property
    def in_hosts_files(self) -> tuple[Target, ...]:
        """Return the target as each upstream sees it that a hosts.toml leads there."""
        return () if self.route is DockerRoute.DAEMON_FILE else self.target.by_upstream

    @property
    def pulled(self) -> tuple[str, ...]:
        """Return the upstreams whose images `docker pull` gets from the target.

        Only docker.io can be in `registry-mirrors` (facts/runtimes.md §1.1).
        """
        others = self.in_hosts_files if self.route is DockerRoute.HOSTS_FILE else ()
        return (UPSTREAM, *(one.upstream for one in others if one.upstream != UPSTREAM))

    @property
    def writer(self) -> str:
        """Return as whom its files are written: a rootless Docker's as its user."""
        return f"{self.docker.uid}:{self.docker.gid}" if self.docker.rootless else ""

    @property
    def reload_unit(self) -> str:
        """Return the unit that is reloaded; empty where the process gets the signal itself.

        That of a rootless Docker belongs to the service manager of its user.
        """
        return "" if self.docker.rootless else self.docker.unit

    @property
    def served_by_flag(self) -> bool:
        """Return whether a flag leads the daemon to the target already."""
        ours = normal_mirror(mirror_url(self.target))
        flags = flag_values(self.docker.flags, "registry-mirror")
        return bool(flags) and normal_mirror(flags[0]) == ours and self.config.mirrors is None


def docker_standing(facts: HostFacts, docker: DockerFacts, target: Target) -> DockerStanding:
    """Return what Docker is on that host; raises Blocked where it cannot be led to the target."""
    version = _usable_version(docker)
    route = docker_route(version, docker.image_store, target.addressing)
    if route is not DockerRoute.HOSTS_FILE:
        refuse_tags_of_upstream(target, "registry-mirrors")
    certificates = DOCKER_SNAP_CERTS if docker.snap else f"{docker.settings}/certs.d"
    return DockerStanding(
        facts=facts,
        docker=docker,
        target=target,
        version=version,
        route=route,
        config=_daemon_config(facts, docker, target, version, route),
        certificates=certificates,
        ca=registry_ca_file(facts, target, certificates),
    )


def _usable_version(docker: DockerFacts) -> Version:
    if docker.error or not docker.version:
        raise Blocked(BlockReason.NOT_RUNNING, docker.error)
    version = parse_version(docker.version)
    if version is None:
        raise Blocked(BlockReason.VERSION_UNKNOWN, docker.version)
    return version


def _daemon_config(
    facts: HostFacts, docker: DockerFacts, target: Target, version: Version, route: DockerRoute
) -> DaemonConfig:
    """Read daemon.json; where it holds credentials, only if it must be written."""
    file = file_at(facts, docker.config_file)
    served = normal_mirrors(docker.mirrors[:1]) == normal_mirrors([mirror_url(target)])
    if file.has_secrets and (served or route is DockerRoute.HOSTS_FILE):
        by_flag = flag_values(docker.flags, "registry-mirror")
        return unread_daemon_config(file, None if by_flag else docker.mirrors)
    return read_daemon_config(file, version)
