"""The plan for Podman on one host.

It reads its files at each call: nothing is reloaded or restarted, and no container is touched.
Buildah and Skopeo read the same files, so they are served with it (facts/runtimes.md §3).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wizard.discovery.facts import FileFacts, FileKind, HostFacts, PodmanFacts
from wizard.planning.blocks import Blocked, block
from wizard.planning.files import file_at, file_blocks, file_change, file_warnings, text_of
from wizard.planning.paths import (
    CONTAINERS_CERTS,
    CONTAINERS_CONFIG,
    CONTAINERS_DROP_INS,
    CONTAINERS_OF_USER,
    CONTAINERS_OWN,
    DOCKER_CERTS,
)
from wizard.planning.plan import (
    Block,
    BlockReason,
    FileChange,
    FilePurpose,
    Runtime,
    RuntimePlan,
    Step,
    StepName,
    Verdict,
)
from wizard.planning.proof import canaries
from wizard.planning.versions import Version, parse_version
from wizard.planning.work import RuntimeWork, blocked_work
from wizard.runtimes.ca_files import CAFile, registry_ca_file
from wizard.runtimes.podman.registries_conf import (
    Mirror,
    Registry,
    drop_in_text,
    in_effect,
    is_ours,
    read_registries,
)
from wizard.target import Addressing, Target
from wizard.wording import _

_OLDEST: Final = (3, 0, 0)
"""The first of a stable distribution whose drop-ins work as §3.1 says (containers/image#838)."""
_NEWEST_KNOWN: Final = (6, 0, 0)
_CRIO: Final = "CRI-O"


def plan_podman(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return what happens to Podman on that host, None where there is none; pure."""
    podman = facts.podman
    if podman is None:
        return None
    flavour = f"podman {'.'.join(podman.version.split('.')[:2]) or '?'}"
    try:
        planner = _planner(facts, podman, target)
        changes = planner.changes()
        blocks = planner.blocks(changes)
    except Blocked as obstacle:
        return blocked_work(Runtime.PODMAN, flavour, obstacle.block)
    if blocks:
        return blocked_work(Runtime.PODMAN, flavour, *blocks)
    return planner.work(flavour, changes)


def _planner(facts: HostFacts, podman: PodmanFacts, target: Target) -> _PodmanPlanner:
    if podman.error:
        raise Blocked(BlockReason.NOT_RUNNING, podman.error)
    version = parse_version(podman.version)
    if version is None or version < _OLDEST:
        raise Blocked(BlockReason.VERSION_UNKNOWN, f"Podman {podman.version}")
    for one in target.by_upstream:
        if one.addressing is Addressing.PATH:
            raise Blocked(BlockReason.PATH_BEFORE_V2, one.prefix)
    drop_ins = _drop_ins(facts, CONTAINERS_DROP_INS)
    return _PodmanPlanner(
        facts=facts,
        podman=podman,
        target=target,
        version=version,
        foreign=(
            *read_registries(file_at(facts, CONTAINERS_CONFIG), drop_in=False),
            *_read_all(file for file in drop_ins if file.path != CONTAINERS_OWN),
        ),
        own=_own(file_at(facts, CONTAINERS_OWN)),
        ca=registry_ca_file(facts, target, _certificates(facts, target)),
    )


def _own(file: FileFacts) -> tuple[Registry, ...]:
    text = text_of(file)
    if text is not None and not is_ours(text):
        raise Blocked(BlockReason.FOREIGN_REGISTRIES, file.path)
    return read_registries(file, drop_in=True)


def _drop_ins(facts: HostFacts, directory: str) -> list[FileFacts]:
    """Return the drop-ins of a directory in the order in which they are read."""
    found = [file for file in facts.files if posixpath.dirname(file.path) == directory]
    named = [file for file in found if file.path.endswith(".conf")]
    return sorted(named, key=lambda file: file.path)


def _read_all(files: Iterable[FileFacts]) -> Iterable[Registry]:
    for file in files:
        yield from read_registries(file, drop_in=True)


def _certificates(facts: HostFacts, target: Target) -> str:
    """Return the `certs.d` whose directory of the target counts: the first that there is (§3.2).

    A new one in Podman's own place would hide what somebody has put into Docker's.
    """
    own, of_docker = (
        facts.file(f"{place}/{target.authority}") for place in (CONTAINERS_CERTS, DOCKER_CERTS)
    )
    is_there = of_docker is not None and of_docker.kind is FileKind.DIRECTORY
    hidden = is_there and (own is None or own.kind is FileKind.ABSENT)
    return DOCKER_CERTS if hidden else CONTAINERS_CERTS


@dataclass(frozen=True, slots=True, kw_only=True)
class _PodmanPlanner:
    """What one host's Podman is and gets; computed once, asked by each part of the plan.

    Attributes:
        foreign: tables of the system's files but ours, in the order in which they are read.
        own: those of our drop-in, as it is now.
    """

    facts: HostFacts
    podman: PodmanFacts
    target: Target
    version: Version
    foreign: tuple[Registry, ...]
    own: tuple[Registry, ...]
    ca: CAFile | None

    @property
    def ours(self) -> dict[str, Mirror]:
        """Return the target as a mirror of each upstream."""
        return {one.upstream: _mirror_at(one) for one in self.target.by_upstream}

    @property
    def now(self) -> dict[str, tuple[Mirror, ...]]:
        """Return the mirrors that each upstream has now."""
        read = in_effect(sorted((*self.foreign, *self.own), key=_order))
        return {upstream: _mirrors(read.get(upstream)) for upstream in self.ours}

    @property
    def wanted(self) -> dict[str, tuple[Mirror, ...]]:
        """Return the mirrors that each upstream shall have: ours, then those of others."""
        read = in_effect(self.foreign)
        return {
            upstream: (
                ours,
                *(one for one in _mirrors(read.get(upstream)) if one.location != ours.location),
            )
            for upstream, ours in self.ours.items()
        }

    @property
    def _is_served(self) -> bool:
        """Return whether every upstream's first mirror is the target already."""
        return all(mirrors[:1] == (self.ours[name],) for name, mirrors in self.now.items())

    def changes(self) -> tuple[FileChange, ...]:
        """Return the file changes: the CA, then the drop-in."""
        changes = []
        if self.ca is not None:
            changes.append(file_change(self.ca.file, FilePurpose.CA, self.ca.text))
        if not self._is_served:
            file = file_at(self.facts, CONTAINERS_OWN)
            changes.append(file_change(file, FilePurpose.CONFIG, drop_in_text(self.wanted)))
        return tuple(change for change in changes if change is not None)

    def blocks(self, changes: Sequence[FileChange]) -> tuple[Block, ...]:
        """Return every reason against the changes."""
        found = [*self._foreign_blocks(), *self._user_blocks()]
        for change in changes:
            found += file_blocks(file_at(self.facts, change.path))
        return tuple(found)

    def _foreign_blocks(self) -> list[Block]:
        """Return the tables for upstreams that say more than ours could, or are read after it."""
        if self._is_served:
            return []
        return [
            block(BlockReason.FOREIGN_REGISTRIES, registry.path)
            for registry in self.foreign
            if registry.prefix in self.ours
            and (
                not registry.plain
                or registry.location != registry.prefix
                or _order(registry) > (CONTAINERS_DROP_INS, CONTAINERS_OWN)
            )
        ]

    def _user_blocks(self) -> list[Block]:
        """Return the users whose own files take the place of what ours says (§3.1)."""
        found = []
        for home in self.podman.homes:
            file = file_at(self.facts, f"{home}/{CONTAINERS_OF_USER}")
            own = read_registries(file, drop_in=False)
            added = tuple(_read_all(_drop_ins(self.facts, f"{file.path}.d")))
            read = in_effect((*own, *added))
            for upstream, ours in self.ours.items():
                registry = read.get(upstream)
                if _mirrors(registry)[:1] == (ours,):
                    continue
                if file.kind is FileKind.REGULAR:
                    found.append(block(BlockReason.USER_REGISTRIES, file.path))
                elif registry is not None:
                    found.append(block(BlockReason.USER_REGISTRIES, registry.path))
        return list(dict.fromkeys(found))

    def work(self, flavour: str, changes: tuple[FileChange, ...]) -> RuntimeWork:
        """Return the work for changes that nothing stands against."""
        plan = RuntimePlan(
            runtime=Runtime.PODMAN,
            flavour=flavour,
            verdict=Verdict.CHANGE if changes else Verdict.NOTHING,
            warnings=self._warnings(changes),
        )
        if not changes:
            return RuntimeWork(plan=plan)
        written = any(change.purpose is FilePurpose.CONFIG for change in changes)
        return RuntimeWork(
            plan=plan,
            asks=tuple(one.canary_url(named=False) for one in self.target.by_upstream),
            changes=changes,
            check=_mirrors_steps(self.wanted if written else self.now),
            probe=self._proof(),
            check_reverted=_mirrors_steps(self.now),
        )

    def _proof(self) -> tuple[Step, ...]:
        return tuple(
            Step(name=StepName.PODMAN_PULL, args=(canary.reference, canary.digest))
            for canary in canaries(self.target)
        )

    def _warnings(self, changes: Sequence[FileChange]) -> tuple[str, ...]:
        below = sorted(
            prefix
            for prefix in in_effect(self.foreign)
            if any(prefix.startswith(f"{upstream}/") for upstream in self.ours)
        )
        crio = any(other.name == _CRIO for other in self.facts.others)
        found = [
            (
                self.version >= _NEWEST_KNOWN,
                _("This Podman is newer than those that Pilotage was checked with."),
            ),
            (
                bool(below),
                _("These have tables of their own and do not use the target: {names}.").format(
                    names=", ".join(below)
                ),
            ),
            (
                any(len(mirrors) > 1 for mirrors in self.wanted.values()),
                _("Mirrors that were there stay, after the target."),
            ),
            (
                bool(changes) and crio,
                _("CRI-O reads the same files: the target is used by it too from its next reload."),
            ),
            (
                bool(changes) and self.podman.serves,
                _("A Podman service runs: it may go on with what it has read at its start."),
            ),
        ]
        files = [file_at(self.facts, change.path) for change in changes]
        of_files = [warning for file in files for warning in file_warnings(file)]
        return (*(text for present, text in found if present), *of_files)


def _order(registry: Registry) -> tuple[str, str]:
    """Return when a table is read: registries.conf before the drop-ins, those by name."""
    return (posixpath.dirname(registry.path), registry.path)


def _mirror_at(target: Target) -> Mirror:
    """Return the target as a mirror: what follows the upstream is appended to its location."""
    return Mirror(location=f"{target.authority}/{target.prefix}".rstrip("/"))


def _mirrors(registry: Registry | None) -> tuple[Mirror, ...]:
    return registry.mirrors if registry else ()


def _mirrors_steps(mirrors: Mapping[str, Sequence[Mirror]]) -> tuple[Step, ...]:
    return tuple(
        Step(
            name=StepName.PODMAN_MIRRORS,
            args=(upstream, *(mirror.location for mirror in its_mirrors)),
        )
        for upstream, its_mirrors in mirrors.items()
    )
