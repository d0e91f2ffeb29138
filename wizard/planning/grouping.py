"""Hosts with the same change, block or difference, put together for people to read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wizard.planning.plan import Block, FileChange, HostPlan, Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeGroup:
    """The same difference of the same file on several hosts, in the fleet's order."""

    change: FileChange
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockGroup:
    """The same reason against the same runtime on several hosts, in the fleet's order."""

    runtime: Runtime
    block: Block
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteGroup:
    """The same note or warning on several hosts, in the fleet's order."""

    text: str
    hosts: tuple[str, ...]


def grouped_changes(hosts: Iterable[HostPlan]) -> tuple[ChangeGroup, ...]:
    """Return the differences, that of the most hosts first; each with one host's change.

    Changes are the same when path, text before and text after are; owner and mode, which stay,
    do not count.
    """
    first: dict[tuple[str, str | None, str], FileChange] = {}
    names: dict[tuple[str, str | None, str], list[str]] = {}
    for host in hosts:
        for change in host.changes:
            key = (change.path, change.before.text if change.before else None, change.after)
            first.setdefault(key, change)
            names.setdefault(key, []).append(host.host)
    groups = [ChangeGroup(change=first[key], hosts=tuple(found)) for key, found in names.items()]
    return tuple(sorted(groups, key=lambda group: -len(group.hosts)))


def grouped_blocks(hosts: Iterable[HostPlan]) -> tuple[BlockGroup, ...]:
    """Return the reasons why hosts are blocked, that of the most hosts first."""
    names: dict[tuple[Runtime, Block], list[str]] = {}
    for host in hosts:
        for runtime in host.runtimes:
            for found in runtime.blocks:
                names.setdefault((runtime.runtime, found), []).append(host.host)
    groups = [
        BlockGroup(runtime=runtime, block=found, hosts=tuple(hosts_of))
        for (runtime, found), hosts_of in names.items()
    ]
    return tuple(sorted(groups, key=lambda group: -len(group.hosts)))


def grouped_notes(hosts: Iterable[HostPlan]) -> tuple[NoteGroup, ...]:
    """Return what is to be known of the hosts that change, that of the most hosts first."""
    names: dict[str, dict[str, None]] = {}
    for host in hosts:
        if host.changes:
            warnings = (text for runtime in host.runtimes for text in runtime.warnings)
            for text in (*host.notes, *warnings):
                names.setdefault(text, {})[host.host] = None
    groups = [NoteGroup(text=text, hosts=tuple(hosts_of)) for text, hosts_of in names.items()]
    return tuple(sorted(groups, key=lambda group: -len(group.hosts)))
