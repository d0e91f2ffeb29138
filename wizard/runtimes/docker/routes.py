"""By which files Docker can be led to a target: the matrix of facts/runtimes.md §1.4."""

from __future__ import annotations

from enum import Enum
from typing import Final, assert_never

from wizard.discovery.facts import ImageStore
from wizard.planning.blocks import Blocked
from wizard.planning.plan import BlockReason
from wizard.planning.versions import Version
from wizard.runtimes.docker.values import MIRROR_PATHS
from wizard.target import Addressing, Target
from wizard.wording import _

_OLDEST: Final = (20, 10, 0)
_CONTAINERD_STORE: Final = (25, 0, 0)
HOSTS_FILES: Final = (28, 0, 0)
"""Since then builds, and the containerd store, read hosts.toml."""
TOKENS_TRUST_THE_CA: Final = (29, 5, 0)
"""Since then the containerd store asks for tokens with a registry's own CA (§1.2, §7 row 11)."""
NEWEST_KNOWN: Final = (29, 8, 0)


class DockerRoute(Enum):
    """Which files lead Docker to the target."""

    DAEMON_FILE = "daemon_file"
    HOSTS_FILE = "hosts_file"
    BOTH = "both"
    """`docker pull` reads daemon.json, `docker build` reads hosts.toml."""


def docker_route(version: Version, store: ImageStore, addressing: Addressing) -> DockerRoute:
    """Return the files to write; raises Blocked where pulls or builds would go wrong."""
    if version < _OLDEST:
        raise Blocked(BlockReason.VERSION_UNKNOWN, _("Docker before 20.10"))
    match store:
        case ImageStore.CONTAINERD:
            return _containerd_store(version, addressing)
        case ImageStore.GRAPH_DRIVER:
            return _graph_driver(version, addressing)
        case _:
            assert_never(store)


def _containerd_store(version: Version, addressing: Addressing) -> DockerRoute:
    if version >= HOSTS_FILES:
        return DockerRoute.HOSTS_FILE
    if version < _CONTAINERD_STORE:
        raise Blocked(BlockReason.VERSION_UNKNOWN, _("the containerd image store before Docker 25"))
    match addressing:
        case Addressing.ROOT:
            return DockerRoute.DAEMON_FILE
        case Addressing.PREFIX:
            raise Blocked(
                BlockReason.PREFIX_NOT_POSSIBLE,
                _("a mirror path would work here by accident and break at the upgrade to 28"),
            )
        case Addressing.PATH:
            raise Blocked(BlockReason.PATH_NOT_POSSIBLE, _("it would be asked for as /v2/<path>/…"))
        case _:
            assert_never(addressing)


def _graph_driver(version: Version, addressing: Addressing) -> DockerRoute:
    if addressing is Addressing.PREFIX:
        raise Blocked(
            BlockReason.PREFIX_NOT_POSSIBLE, _("it puts a mirror's path before /v2, not after it")
        )
    if addressing is Addressing.PATH and version < MIRROR_PATHS:
        raise Blocked(
            BlockReason.PATH_NOT_POSSIBLE, _("before 24.0.8 the daemon will not start with it")
        )
    return DockerRoute.BOTH if version >= HOSTS_FILES else DockerRoute.DAEMON_FILE


def builds_lose_the_path(version: Version, addressing: Addressing) -> bool:
    """Return whether `docker build` misses the target although `docker pull` reaches it."""
    return addressing is Addressing.PATH and version < HOSTS_FILES


def mirror_url(target: Target) -> str:
    """Return the target as an entry of `registry-mirrors`."""
    if target.addressing is Addressing.PATH:
        return f"{target.url}/{target.prefix}"
    return target.url
