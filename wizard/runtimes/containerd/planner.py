"""The plan for containerd on one host, as Kubernetes uses it through CRI.

A hosts.toml is read at each pull; what is said in containerd's own configuration wants a restart
of the daemon, which leaves containers running (facts/runtimes.md §2.2, §2.5).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from wizard.discovery.facts import ContainerdFacts, CRIState, HostFacts
from wizard.planning.blocks import Blocked, block
from wizard.planning.files import file_at, file_blocks
from wizard.planning.paths import hosts_file
from wizard.planning.plan import Block, BlockReason, FileChange, FilePurpose, Runtime
from wizard.planning.proxies import proxy_in_the_way
from wizard.planning.versions import Version, usable_version
from wizard.planning.work import RuntimeWork, blocked_work
from wizard.runtimes.containerd.changes import file_changes
from wizard.runtimes.containerd.effective import VERSION_2, Registry, effective_registry
from wizard.runtimes.containerd.situation import Situation, situation
from wizard.runtimes.containerd.steps import containerd_work
from wizard.runtimes.hosts_toml import is_foreign_hosts_file
from wizard.target import Target
from wizard.wording import _

_OLDEST: Final = (1, 5, 0)


def plan_containerd(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return what happens to containerd on that host, None where it serves no Kubernetes; pure."""
    containerd = facts.containerd
    if containerd is None or not containerd.serves_kubernetes:
        return None
    flavour = f"containerd {'.'.join(containerd.version.split('.')[:2]) or '?'}"
    try:
        version = _usable_version(containerd)
        registry = effective_registry(containerd, version)
        if registry.is_disabled and containerd.cri is CRIState.UNKNOWN:
            return None
        _refuse_broken(containerd, registry, version)
        here = situation(facts, containerd, target, version, registry)
        changes = file_changes(here)
        blocks = _blocks(here, changes)
    except Blocked as obstacle:
        return blocked_work(Runtime.CONTAINERD, flavour, _with_way_out(obstacle.block))
    if blocks:
        return blocked_work(Runtime.CONTAINERD, flavour, *blocks)
    return containerd_work(here, flavour, changes)


def _usable_version(containerd: ContainerdFacts) -> Version:
    if not containerd.version:
        raise Blocked(BlockReason.NOT_RUNNING, containerd.error)
    return usable_version("containerd", containerd.version, error=containerd.error, oldest=_OLDEST)


def _refuse_broken(containerd: ContainerdFacts, registry: Registry, version: Version) -> None:
    """Refuse a CRI that does not work, or that would not at its next start."""
    tables = [f"mirrors.{namespace}" for namespace in registry.mirrors]
    if version < VERSION_2:
        tables += [f"configs.{host}.tls" for host in registry.trusts]
    if registry.config_path and tables and not registry.path_is_default:
        raise Blocked(BlockReason.MIRRORS_AND_CONFIG_PATH, ", ".join(tables))
    if containerd.cri is CRIState.ERROR:
        raise Blocked(BlockReason.CRI_BROKEN, containerd.error)


def _with_way_out(found: Block) -> Block:
    """Return the block of a file with credentials with the way out that only containerd has."""
    if found.reason is not BlockReason.CONFIG_HAS_SECRETS:
        return found
    way_out = _(
        "Set config_path to one directory there yourself, restart containerd, then discover the"
        " host again: the file is not changed then."
    )
    return dataclasses.replace(found, ways_out=(way_out, *found.ways_out))


def _blocks(here: Situation, changes: Iterable[FileChange]) -> tuple[Block, ...]:
    """Return every reason against the changes."""
    found = _list_blocks(here)
    proxy = proxy_in_the_way(here.target.url, here.containerd.proxies)
    if proxy:
        found.append(block(BlockReason.PROXY_IN_THE_WAY, urlsplit(proxy).hostname or ""))
    restart = False
    for change in changes:
        found += file_blocks(file_at(here.facts, change.path))
        restart = restart or change.purpose is FilePurpose.CONFIG
        if not here.containerd.crictl:
            found.append(block(BlockReason.NO_CRICTL))
    if restart and not here.containerd.unit:
        found.append(block(BlockReason.RESTART_NOT_POSSIBLE))
    if restart and here.registry.is_disabled:
        found.append(block(BlockReason.CONFIG_NOT_LOADED, "disabled_plugins"))
    return tuple(dict.fromkeys(found))


def _list_blocks(here: Situation) -> list[Block]:
    """Return what stands against leaving the other directories of a list unread."""
    others = here.registry.directories[1:]
    found = [
        block(BlockReason.FOREIGN_HOSTS_FILE, hosts_file(directory, upstream))
        for directory in others
        for upstream in here.upstreams
        if here.config is None
        and is_foreign_hosts_file(here.facts, hosts_file(directory, upstream))
    ]
    if here.config is None or here.registry.path_is_default:
        return found
    first = here.namespaces(here.directory)
    for directory in others:
        left_out = sorted(here.namespaces(directory) - first)
        if left_out:
            detail = f"{directory}: {', '.join(left_out)}"
            found.append(block(BlockReason.CONFIG_PATH_LIST, detail))
    return found
