"""Docker that belongs to a user or to a snap: what a person does, in exact words.

Their files and services are theirs, and a snap can only be restarted (facts/runtimes.md §1.6):
so they are blocked, with these steps as the way out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.discovery.facts import DockerFacts
from wizard.planning.blocks import block
from wizard.planning.paths import hosts_file, registry_ca
from wizard.planning.plan import Block, BlockReason
from wizard.planning.versions import parse_version
from wizard.runtimes.docker.routes import DockerRoute, docker_route, mirror_url
from wizard.runtimes.hosts_toml import HostsFile, target_entry
from wizard.target import Canary, Target, upstream_server
from wizard.wording import _

_SNAP_CERTS = "/var/snap/docker/common/etc/certs.d"
_SNAP_CONFIG = "/var/snap/docker/current/config/daemon.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """Where such a Docker keeps its files, and what speaks to it.

    Attributes:
        certificates: its `certs.d`.
        activation: the command that makes daemon.json live.
        client: the command `docker` that reaches it.
    """

    config: str
    certificates: str
    activation: str
    client: str


def by_hand(docker: DockerFacts, target: Target) -> Block | None:
    """Return the block of a rootless Docker or one of a snap; None for any other.

    Raises Blocked where that Docker cannot be led to the target at all.
    """
    if docker.snap:
        return _block(BlockReason.SNAP, _of_snap(docker), docker, target)
    if docker.rootless:
        return _block(BlockReason.ROOTLESS, _of_user(docker), docker, target)
    return None


def _of_snap(docker: DockerFacts) -> Flavour:
    config = docker.config_file if docker.config_file.startswith("/var/snap/") else _SNAP_CONFIG
    return Flavour(
        config=config,
        certificates=_SNAP_CERTS,
        activation="snap restart docker.dockerd",
        client="docker",
    )


def _of_user(docker: DockerFacts) -> Flavour:
    user = docker.user or "USER"
    uid = str(docker.uid) if docker.uid else f"$(id -u {user})"
    client = f"sudo -u {user} DOCKER_HOST=unix:///run/user/{uid}/docker.sock docker"
    return Flavour(
        config=docker.config_file,
        certificates=f"{docker.config_file.rpartition('/')[0]}/certs.d",
        activation=f"systemctl --user -M {user}@ reload docker",
        client=client,
    )


def _block(reason: BlockReason, flavour: Flavour, docker: DockerFacts, target: Target) -> Block:
    found = block(reason, docker.user)
    version = parse_version(docker.version)
    if version is None:
        return found
    route = docker_route(version, docker.image_store, target.addressing)
    steps = _steps(flavour, route, docker, target)
    return dataclasses.replace(found, ways_out=(*steps, *found.ways_out))


def _steps(
    flavour: Flavour, route: DockerRoute, docker: DockerFacts, target: Target
) -> Iterator[str]:
    ca = registry_ca(flavour.certificates, target.authority) if target.ca_pem else ""
    if ca:
        yield _("By hand: put the target's CA into {path}.").format(path=ca)
    if route is not DockerRoute.DAEMON_FILE:
        entry = target_entry(target, ca=ca, dial_timeout=True)
        lines = (
            HostsFile(server=upstream_server(target.upstream), hosts=(entry,)).text().split("\n")
        )
        said = " | ".join(line.strip() for line in lines if line and not line.startswith("#"))
        path = hosts_file(flavour.certificates)
        yield _("By hand: write {path} with these lines: {lines}").format(path=path, lines=said)
    if route is not DockerRoute.HOSTS_FILE:
        yield _(
            "By hand: put {mirror} first into registry-mirrors of {path}, then: {command}"
        ).format(mirror=mirror_url(target), path=flavour.config, command=flavour.activation)
        if docker.snap and not docker.live_restore:
            yield _("That restart stops the containers of this Docker.")
    if target.canary is not None:
        yield _proof(flavour, target.canary)


def _proof(flavour: Flavour, canary: Canary) -> str:
    return _("It is proven when {command} tells the digest {digest}.").format(
        command=f"`{flavour.client} pull {canary.reference}`", digest=canary.digest
    )
