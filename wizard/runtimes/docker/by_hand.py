"""Docker of a snap, or of a user of whom too little is known: what a person does, in exact words.

A snap can only be restarted, its files lie below a directory that each refresh changes, and none
but them is readable for it (facts/runtimes.md §1.6); what a user may redirect must be written as
that user: else they are blocked, with these steps as the way out.
"""

from __future__ import annotations

import dataclasses
import posixpath
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wizard.discovery.facts import DockerFacts, FileKind, HostFacts
from wizard.planning.blocks import block
from wizard.planning.paths import hosts_file, registry_ca
from wizard.planning.plan import Block, BlockReason, FileChange, FilePurpose
from wizard.planning.proof import pulled
from wizard.planning.tags import refuse_tags_of_upstream
from wizard.planning.versions import parse_version
from wizard.runtimes.by_hand.commands import put_ca, write_file
from wizard.runtimes.docker.routes import DockerRoute, docker_route, mirror_url
from wizard.runtimes.docker.standing import DockerStanding
from wizard.runtimes.hosts_toml import HostsFile, target_entry
from wizard.target import Canary, CATrust, Target, upstream_server
from wizard.wording import _

_AS_ANOTHER = "setpriv"
_RESTART_SNAP = "snap restart docker.dockerd"


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


def by_hand(facts: HostFacts, docker: DockerFacts, target: Target) -> Block | None:
    """Return the block of a Docker of a user without a seat; None for any other.

    Raises Blocked where that Docker cannot be led to the target at all.
    """
    if docker.rootless and not _is_within_reach(facts, docker):
        return _block(BlockReason.ROOTLESS, _of_user(docker), docker, target)
    return None


def _is_within_reach(facts: HostFacts, docker: DockerFacts) -> bool:
    """Return whether its files can be written as its user, whose they must be.

    Root would follow whatever link the user puts there meanwhile.
    """
    known = docker.user and docker.uid and docker.gid and docker.settings
    tool = not facts.tools or _AS_ANOTHER in facts.tools
    below = [one for one in facts.files if one.path.startswith(f"{docker.settings}/")]
    found = [one for one in (*below, facts.file(docker.config_file)) if one is not None]
    own = all(one.uid == docker.uid for one in found if one.kind is not FileKind.ABSENT)
    return bool(known) and tool and own


def snap_block(standing: DockerStanding, changes: Sequence[FileChange]) -> Block:
    """Return the block of a Docker of a snap, with the commands that make the changes."""
    steps = []
    if standing.target.ca_trust is CATrust.SYSTEM:
        path = registry_ca(standing.certificates, standing.target.authority)
        steps.append(put_ca(path))
    steps += [step for change in changes for step in _written(change)]
    if any(change.purpose is FilePurpose.CONFIG for change in changes):
        steps.append(_RESTART_SNAP)
        if not standing.docker.live_restore:
            steps.append(_("That restart stops the containers of this Docker."))
    if standing.target.canary is not None:
        steps.append(_proof("docker", standing.target, standing.target.canary))
    return block(BlockReason.SNAP, ways_out=steps)


def _written(change: FileChange) -> tuple[str, str]:
    folder = posixpath.dirname(change.path)
    return f"mkdir -p {shlex.quote(folder)}", write_file(change.path, change.after)


def _of_user(docker: DockerFacts) -> Flavour:
    user = docker.user or "USER"
    uid = str(docker.uid) if docker.uid else f"$(id -u {user})"
    client = f"sudo -u {user} DOCKER_HOST=unix:///run/user/{uid}/docker.sock docker"
    settings = docker.settings or docker.config_file.rpartition("/")[0]
    return Flavour(
        config=docker.config_file,
        certificates=f"{settings}/certs.d",
        activation=f"systemctl --user -M {user}@ reload docker",
        client=client,
    )


def _block(reason: BlockReason, flavour: Flavour, docker: DockerFacts, target: Target) -> Block:
    found = block(reason, docker.user)
    version = parse_version(docker.version)
    if version is None:
        return found
    route = docker_route(version, docker.image_store, target.addressing)
    if route is not DockerRoute.HOSTS_FILE:
        refuse_tags_of_upstream(target, "registry-mirrors")
    steps = _steps(flavour, route, target)
    return dataclasses.replace(found, ways_out=(*steps, *found.ways_out))


def _steps(flavour: Flavour, route: DockerRoute, target: Target) -> Iterator[str]:
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
    if target.canary is not None:
        yield _proof(flavour.client, target, target.canary)


def _proof(client: str, target: Target, canary: Canary) -> str:
    return _("It is proven when {command} tells the digest {digest}.").format(
        command=f"`{client} pull {pulled(target, canary)}`", digest=canary.digest
    )
