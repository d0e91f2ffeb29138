"""What one host's containerd is, and which of its files lead images to the target."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.discovery.facts import ContainerdFacts, FileKind, HostFacts
from wizard.planning.blocks import Blocked
from wizard.planning.paths import CONTAINERD_CERTS, HOSTS_FILE
from wizard.planning.plan import BlockReason
from wizard.planning.tags import refuse_tags_of_upstream
from wizard.planning.versions import Version
from wizard.runtimes.ca_files import CAFile, containerd_ca_file
from wizard.runtimes.containerd.config import ConfigFile, config_file, main_file
from wizard.runtimes.containerd.effective import OVERRIDE_PATH, Registry
from wizard.runtimes.containerd.imports import as_merged, drop_in
from wizard.target import Addressing, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of one host's containerd; computed once, asked by each part of the plan.

    Attributes:
        directory: that holds, or will hold, the hosts.toml files.
        config: the configuration file that must be edited, else None.
        by_endpoints: the old mirror tables lead to the target, not hosts.toml files.
    """

    facts: HostFacts
    containerd: ContainerdFacts
    target: Target
    version: Version
    registry: Registry
    directory: str
    config: ConfigFile | None
    ca: CAFile | None
    by_endpoints: bool

    @property
    def upstreams(self) -> tuple[str, ...]:
        """Return the upstreams that are moved."""
        return tuple(one.upstream for one in self.target.by_upstream)

    def namespaces(self, directory: str) -> set[str]:
        """Return the namespaces that have a hosts.toml in that directory."""
        start, end = f"{directory}/", f"/{HOSTS_FILE}"
        return {
            file.path[len(start) : -len(end)]
            for file in self.facts.files
            if file.path.startswith(start)
            and file.path.endswith(end)
            and file.kind is FileKind.REGULAR
        }


def situation(
    facts: HostFacts,
    containerd: ContainerdFacts,
    target: Target,
    version: Version,
    registry: Registry,
) -> Situation:
    """Return how that containerd can be led to the target; raises Blocked where it cannot.

    1.5 has no `override_path`: a project goes before the image name by the old tables only,
    whose endpoints are used as they stand (facts/runtimes.md §5).
    """
    directory = registry.directories[0] if registry.directories else CONTAINERD_CERTS
    works = registry.is_single or (bool(registry.directories) and registry.local_pull)
    if version < OVERRIDE_PATH and works:
        for one in target.by_upstream:
            if one.addressing is Addressing.PREFIX:
                raise Blocked(BlockReason.PREFIX_IN_HOSTS_FILE, f"{one.upstream}: {one.prefix}")
    if version < OVERRIDE_PATH and not works:
        refuse_tags_of_upstream(target, "mirrors")
    return Situation(
        facts=facts,
        containerd=containerd,
        target=target,
        version=version,
        registry=registry,
        directory=directory,
        config=None if works else _edited_file(facts, containerd, version),
        ca=containerd_ca_file(facts, target, directory),
        by_endpoints=version < OVERRIDE_PATH and not works,
    )


def _edited_file(facts: HostFacts, containerd: ContainerdFacts, version: Version) -> ConfigFile:
    main = as_merged(facts, main_file(facts, containerd, version), version)
    return drop_in(facts, main, version) or config_file(main, version)
