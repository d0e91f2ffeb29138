"""What leads images to the target for all who read registries.conf: one drop-in and one CA.

Each of these runtimes plans it, with the same bytes, so that it is written once. They differ in
what makes it live, and in how it is proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.discovery.facts import FileKind, HostFacts
from wizard.planning.blocks import Blocked, block
from wizard.planning.files import file_at, file_blocks, file_change, file_warnings
from wizard.planning.paths import CONTAINERS_CERTS, CONTAINERS_OWN, DOCKER_CERTS
from wizard.planning.plan import Block, BlockReason, FileChange, FilePurpose
from wizard.planning.tags import refuse_tags_of_upstream
from wizard.runtimes.ca_files import CAFile, lone_client_files, registry_ca_file
from wizard.runtimes.registries_conf.drop_in import drop_in_text
from wizard.runtimes.registries_conf.reading import Reading, system_reading
from wizard.runtimes.registries_conf.tables import Mirror, Registry, in_effect
from wizard.target import Addressing, Target
from wizard.wording import _


def serving(facts: HostFacts, target: Target) -> Serving:
    """Return what the host's files say and shall say; raises Blocked."""
    if facts.openshift:
        raise Blocked(BlockReason.OPENSHIFT, facts.openshift)
    # A mirror for digests alone is passed over for a tag, with all of its layers (§3.2).
    refuse_tags_of_upstream(target, "pull-from-mirror")
    for one in target.by_upstream:
        if one.addressing is Addressing.PATH:
            raise Blocked(BlockReason.PATH_BEFORE_V2, one.prefix)
    return Serving(
        facts=facts,
        target=target,
        system=system_reading(facts),
        ca=registry_ca_file(facts, target, _certificates(facts, target)),
    )


def _certificates(facts: HostFacts, target: Target) -> str:
    """Return the `certs.d` whose directory of the target counts: the first that there is (§3.2).

    A new one in the runtimes' own place would hide what somebody has put into Docker's.
    """
    own, of_docker = (
        facts.file(f"{place}/{target.authority}") for place in (CONTAINERS_CERTS, DOCKER_CERTS)
    )
    is_there = of_docker is not None and of_docker.kind is FileKind.DIRECTORY
    hidden = is_there and (own is None or own.kind is FileKind.ABSENT)
    return DOCKER_CERTS if hidden else CONTAINERS_CERTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What the registries files of one host say, and what they shall say.

    Attributes:
        system: the files of everybody, our drop-in among them as it is now.
    """

    facts: HostFacts
    target: Target
    system: Reading
    ca: CAFile | None

    @property
    def foreign(self) -> tuple[Registry, ...]:
        """Return the tables of the system's files but ours, in the order in which they are read."""
        return tuple(one for one in self.system.registries if one.path != CONTAINERS_OWN)

    @property
    def ours(self) -> dict[str, Mirror]:
        """Return the target as a mirror of each upstream."""
        return {one.upstream: _mirror_at(one) for one in self.target.by_upstream}

    @property
    def now(self) -> dict[str, tuple[Mirror, ...]]:
        """Return the mirrors that each upstream has now."""
        read = self.system.in_effect
        return {upstream: mirrors_of(read.get(upstream)) for upstream in self.ours}

    @property
    def wanted(self) -> dict[str, tuple[Mirror, ...]]:
        """Return the mirrors that each upstream shall have: ours, then those of others."""
        read = in_effect(self.foreign)
        return {
            upstream: (
                ours,
                *(one for one in mirrors_of(read.get(upstream)) if one.location != ours.location),
            )
            for upstream, ours in self.ours.items()
        }

    @property
    def is_served(self) -> bool:
        """Return whether every upstream's first mirror is the target already."""
        return all(mirrors[:1] == (self.ours[name],) for name, mirrors in self.now.items())

    def locations(self, changes: Sequence[FileChange]) -> dict[str, tuple[str, ...]]:
        """Return by upstream where its mirrors are, once the changes are made."""
        written = any(change.purpose is FilePurpose.CONFIG for change in changes)
        mirrors = self.wanted if written else self.now
        return {name: tuple(one.location for one in its) for name, its in mirrors.items()}

    def changes(self) -> tuple[FileChange, ...]:
        """Return the file changes: the CA, then the drop-in."""
        changes = []
        if self.ca is not None:
            changes.append(file_change(self.ca.file, FilePurpose.CA, self.ca.text))
        if not self.is_served:
            file = file_at(self.facts, CONTAINERS_OWN)
            changes.append(file_change(file, FilePurpose.CONFIG, drop_in_text(self.wanted)))
        return tuple(change for change in changes if change is not None)

    def blocks(self, changes: Sequence[FileChange]) -> tuple[Block, ...]:
        """Return every reason against the changes."""
        found = [
            *self._foreign_blocks(),
            *lone_client_files(
                self.facts, f"{_certificates(self.facts, self.target)}/{self.target.authority}"
            ),
        ]
        for change in changes:
            found += file_blocks(file_at(self.facts, change.path))
        return tuple(found)

    def _foreign_blocks(self) -> list[Block]:
        """Return the tables for upstreams that say more than ours could, or are read after it."""
        if self.is_served:
            return []
        exact = {registry.prefix for registry in self.foreign}
        return [
            block(BlockReason.FOREIGN_REGISTRIES, registry.path)
            for registry in self.foreign
            if (registry.prefix in self.ours and self._withstands(registry))
            or any(registry.covers(name) for name in self.ours.keys() - exact)
        ]

    def _withstands(self, registry: Registry) -> bool:
        paths = [file.path for file in self.system.files]
        return (
            not registry.plain
            or registry.location != registry.prefix
            or paths.index(registry.path) > paths.index(CONTAINERS_OWN)
        )

    def warnings(self, changes: Sequence[FileChange]) -> tuple[str, ...]:
        """Return what is to be known of the files, whichever runtime reads them."""
        below = sorted(
            prefix
            for prefix in in_effect(self.foreign)
            if any(prefix.startswith(f"{upstream}/") for upstream in self.ours)
        )
        found = [
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
        ]
        files = [file_at(self.facts, change.path) for change in changes]
        of_files = [warning for file in files for warning in file_warnings(file)]
        return (*(text for applies, text in found if applies), *of_files)


def _mirror_at(target: Target) -> Mirror:
    """Return the target as a mirror: what follows the upstream is appended to its location."""
    return Mirror(location=f"{target.authority}/{target.prefix}".rstrip("/"))


def mirrors_of(registry: Registry | None) -> tuple[Mirror, ...]:
    """Return the mirrors of a table, none where there is no table."""
    return registry.mirrors if registry else ()
