"""The plan for Docker Engine on one host.

Which files lead it to the target depends on its version and image store: see
`wizard.runtimes.docker.routes`. It is never restarted: daemon.json is reloaded, hosts.toml and
CA files are read at each pull (facts/runtimes.md §1.3, §1.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from wizard.discovery.facts import DockerFacts, HostFacts, ImageStore
from wizard.planning.blocks import Blocked, block
from wizard.planning.files import file_at, file_blocks, file_change, file_warnings
from wizard.planning.paths import DOCKER_CERTS, hosts_file
from wizard.planning.plan import (
    Activation,
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
from wizard.planning.proxies import proxy_in_the_way
from wizard.planning.versions import Version, parse_version
from wizard.planning.work import RuntimeWork, blocked_work
from wizard.runtimes.ca_files import CAFile, registry_ca_file
from wizard.runtimes.docker.config import (
    DaemonConfig,
    flag_values,
    normal_mirror,
    normal_mirrors,
    read_daemon_config,
    unread_daemon_config,
    without_flag,
)
from wizard.runtimes.docker.insecure import is_insecure
from wizard.runtimes.docker.pending import pending_keys
from wizard.runtimes.docker.routes import (
    HOSTS_FILES,
    NEWEST_KNOWN,
    DockerRoute,
    builds_lose_the_path,
    docker_route,
    mirror_url,
)
from wizard.runtimes.hosts_toml import HostEntry, HostsFile, target_entry, wanted_text
from wizard.target import UPSTREAM, Target, upstream_name, upstream_server
from wizard.wording import _


def plan_docker(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return what happens to Docker on that host, None where there is none; pure."""
    docker = facts.docker
    if docker is None:
        return None
    flavour = f"docker {'.'.join(docker.version.split('.')[:2]) or '?'} {docker.image_store.value}"
    try:
        version = _usable_version(docker)
        route = docker_route(version, docker.image_store, target.addressing)
        planner = _DockerPlanner(
            facts=facts,
            docker=docker,
            target=target,
            version=version,
            route=route,
            config=_daemon_config(facts, docker, target, version, route),
            ca=registry_ca_file(facts, target, DOCKER_CERTS),
        )
        changes = planner.changes()
        blocks = planner.blocks(changes)
    except Blocked as obstacle:
        return blocked_work(Runtime.DOCKER, flavour, obstacle.block)
    if blocks:
        return blocked_work(Runtime.DOCKER, flavour, *blocks)
    return planner.work(flavour, changes)


def _usable_version(docker: DockerFacts) -> Version:
    if docker.snap:
        raise Blocked(BlockReason.SNAP)
    if docker.rootless:
        raise Blocked(BlockReason.ROOTLESS)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _DockerPlanner:
    """What one host's Docker is and gets; computed once, asked by each part of the plan."""

    facts: HostFacts
    docker: DockerFacts
    target: Target
    version: Version
    route: DockerRoute
    config: DaemonConfig
    ca: CAFile | None

    @property
    def other_mirrors(self) -> tuple[str, ...]:
        """Return the mirrors that run now beside ours, in their order."""
        ours = normal_mirror(mirror_url(self.target))
        return tuple(mirror for mirror in normal_mirrors(self.docker.mirrors) if mirror != ours)

    @property
    def wanted_mirrors(self) -> tuple[str, ...]:
        """Return the entries of `registry-mirrors`: ours first, the others as they are."""
        ours = mirror_url(self.target)
        found = self.config.mirrors or ()
        if found and normal_mirror(found[0]) == normal_mirror(ours):
            ours = found[0]
        others = [mirror for mirror in found if normal_mirror(mirror) != normal_mirror(ours)]
        return (ours, *others)

    def changes(self) -> tuple[FileChange, ...]:
        """Return the file changes, the CA before what refers to it."""
        changes = []
        if self.ca is not None:
            changes.append(file_change(self.ca.file, FilePurpose.CA, self.ca.text))
        changes += [self._hosts_change(one) for one in self._in_hosts_files]
        if self.route is not DockerRoute.HOSTS_FILE and not self._daemon_has_flag_mirrors():
            changes.append(self._daemon_change())
        return tuple(change for change in changes if change is not None)

    @property
    def _in_hosts_files(self) -> tuple[Target, ...]:
        """Return the target as each upstream sees it that a hosts.toml leads there."""
        return () if self.route is DockerRoute.DAEMON_FILE else self.target.by_upstream

    @property
    def _pulled(self) -> tuple[str, ...]:
        """Return the upstreams whose images `docker pull` gets from the target.

        Only docker.io can be in `registry-mirrors` (facts/runtimes.md §1.1).
        """
        others = self._in_hosts_files if self.route is DockerRoute.HOSTS_FILE else ()
        return (UPSTREAM, *(one.upstream for one in others if one.upstream != UPSTREAM))

    def _hosts_change(self, target: Target) -> FileChange | None:
        file = file_at(self.facts, hosts_file(DOCKER_CERTS, target.upstream))
        ours = target_entry(target, ca=self.ca.path if self.ca else "", dial_timeout=True)
        mirrors = self.other_mirrors if target.upstream == UPSTREAM else ()
        others = tuple(HostEntry(url=mirror.removesuffix("/")) for mirror in mirrors)
        wanted = HostsFile(server=upstream_server(target.upstream), hosts=(ours, *others))
        return file_change(file, FilePurpose.HOSTS, wanted_text(file, wanted))

    def _daemon_has_flag_mirrors(self) -> bool:
        """Return whether a flag leads the daemon to the target already."""
        ours = normal_mirror(mirror_url(self.target))
        flags = flag_values(self.docker.flags, "registry-mirror")
        return bool(flags) and normal_mirror(flags[0]) == ours and self.config.mirrors is None

    def _daemon_change(self) -> FileChange | None:
        if self.config.mirrors == self.wanted_mirrors or self.config.unread:
            return None
        absent = self.config.mirrors is None
        return file_change(
            self.config.file,
            FilePurpose.CONFIG,
            self.config.with_mirrors(self.wanted_mirrors),
            parting=self.config.with_mirrors(()) if absent else None,
        )

    def blocks(self, changes: Sequence[FileChange]) -> tuple[Block, ...]:
        """Return every reason against the changes."""
        found = [*self._mirror_blocks(), *self._reload_blocks(changes)]
        proxy = proxy_in_the_way(self.target.url, self.docker.proxies)
        if proxy:
            found.append(block(BlockReason.PROXY_IN_THE_WAY, urlsplit(proxy).hostname or ""))
        for change in changes:
            found += file_blocks(file_at(self.facts, change.path))
        return tuple(found)

    def _mirror_blocks(self) -> list[Block]:
        same_registry = f"//{self.target.authority}/"
        found = [
            block(BlockReason.OTHER_MIRRORS, mirror)
            for mirror in self.other_mirrors
            if same_registry in mirror
        ]
        if self.version >= HOSTS_FILES:
            found += [
                block(BlockReason.INSECURE_REGISTRY, mirror)
                for mirror in (mirror_url(self.target), *self.other_mirrors)
                if is_insecure(mirror, self.docker.insecure_registries)
            ]
        return found

    def _reload_blocks(self, changes: Sequence[FileChange]) -> list[Block]:
        """Return what stands against a reload, and against a file that a restart would read."""
        if self.route is DockerRoute.HOSTS_FILE:
            return []
        flags = flag_values(self.docker.flags, "registry-mirror")
        if flags:
            written = any(change.purpose is FilePurpose.CONFIG for change in changes)
            conflict = written or self.config.mirrors is not None
            shown = " ".join(f"--registry-mirror={value}" for value in flags)
            return [block(BlockReason.FLAGS_CONFLICT, shown)] if conflict else []
        pending = pending_keys(self.config, self.docker)
        written = any(change.purpose is FilePurpose.CONFIG for change in changes)
        found = (*pending.known, *(pending.unloaded if written else ()))
        return [block(BlockReason.CONFIG_NOT_LOADED, key) for key in found]

    def work(self, flavour: str, changes: tuple[FileChange, ...]) -> RuntimeWork:
        """Return the work for changes that nothing stands against."""
        if not changes:
            plan = RuntimePlan(
                runtime=Runtime.DOCKER,
                flavour=flavour,
                verdict=Verdict.NOTHING,
                warnings=self._warnings(changes),
            )
            return RuntimeWork(plan=plan)
        reload = any(change.purpose is FilePurpose.CONFIG for change in changes)
        unharmed = (
            Step(name=StepName.SAME_PROCESS, args=(Runtime.DOCKER.value,)),
            Step(name=StepName.SAME_CONTAINERS, args=(Runtime.DOCKER.value,)),
        )
        reloading = (Step(name=StepName.DOCKER_RELOAD, args=(self.docker.unit,)),)
        return RuntimeWork(
            plan=RuntimePlan(
                runtime=Runtime.DOCKER,
                flavour=flavour,
                verdict=Verdict.CHANGE,
                activation=Activation.RELOAD if reload else Activation.NONE,
                warnings=self._warnings(changes),
            ),
            asks=self._asks(),
            changes=changes,
            validate=self._validation() if reload else (),
            activate=reloading if reload else (),
            check=(*self._mirrors_step(self.wanted_mirrors, reload=reload), *unharmed),
            probe=self._proof(),
            deactivate=reloading if reload else (),
            check_reverted=(*self._mirrors_step(self.docker.mirrors, reload=reload), *unharmed),
        )

    def _validation(self) -> tuple[Step, ...]:
        if not self.docker.validates:
            return ()
        flags = without_flag(self.docker.flags, "config-file")
        return (Step(name=StepName.DOCKER_VALIDATE, args=(self.docker.config_file, *flags)),)

    def _mirrors_step(self, mirrors: Sequence[str], *, reload: bool) -> tuple[Step, ...]:
        if not reload:
            return ()
        return (Step(name=StepName.DOCKER_MIRRORS, args=normal_mirrors(mirrors)),)

    def _proof(self) -> tuple[Step, ...]:
        return tuple(
            Step(name=StepName.DOCKER_PULL, args=(canary.reference, canary.digest))
            for canary in canaries(self.target, self._pulled)
        )

    def _asks(self) -> tuple[str, ...]:
        """Return the URLs of canaries that pulls and builds ask (facts/runtimes.md §1.1, §1.4)."""
        by_pull = self.docker.image_store is ImageStore.GRAPH_DRIVER
        plain = (self.target.canary_url(named=False),) if by_pull else ()
        named = tuple(one.canary_url(named=True) for one in self._in_hosts_files)
        of_store = () if by_pull or named else (self.target.canary_url(named=True),)
        return (*plain, *named, *of_store)

    def _not_moved(self) -> tuple[str, ...]:
        """Return the upstreams of the target that `docker pull` still asks itself."""
        upstreams = (one.upstream for one in self.target.by_upstream)
        return tuple(upstream_name(name) for name in upstreams if name not in self._pulled)

    def _warnings(self, changes: Sequence[FileChange]) -> tuple[str, ...]:
        ours = mirror_url(self.target)
        registry_users = self.docker.image_store is ImageStore.GRAPH_DRIVER
        reload = any(change.purpose is FilePurpose.CONFIG for change in changes)
        plugins = self.config.values.get("authorization-plugins")
        possible = pending_keys(self.config, self.docker).possible
        is_named = self.target.canary is not None and not self.target.canary.pushed
        found = [
            (
                self.version >= NEWEST_KNOWN,
                _("This Docker is newer than those that Pilotage was checked with."),
            ),
            (
                self.docker.hub_login and registry_users,
                _("A user here is logged in to Docker Hub: Docker offers that login to mirrors."),
            ),
            (
                self.version < HOSTS_FILES and is_insecure(ours, self.docker.insecure_registries),
                _("The target is in insecure-registries: its certificate is not verified."),
            ),
            (
                builds_lose_the_path(self.version, self.target.addressing),
                _(
                    "Only docker pull uses the target here: docker build still takes its base"
                    " images from Docker Hub, because before Docker 28 it misses the path of a"
                    " mirror."
                ),
            ),
            (
                self.config.unread and self.route is not DockerRoute.HOSTS_FILE,
                _("{path} holds credentials and was not read: its mirrors may differ.").format(
                    path=self.config.file.path
                ),
            ),
            (
                bool(self._not_moved()),
                _(
                    "This Docker pulls only images of Docker Hub through a mirror: those of"
                    " {names} need the target in their names."
                ).format(names=", ".join(self._not_moved())),
            ),
            (
                bool(self.other_mirrors),
                _("Mirrors that were there stay, after the target."),
            ),
            (
                bool(self.other_mirrors) and is_named,
                _("A mirror that stays may have the canary too: then a pull of it proves nothing."),
            ),
            (
                reload and bool(plugins),
                _("A reload starts the authorization plugins anew: a broken one stops Docker."),
            ),
            (
                reload and bool(possible),
                _(
                    "{path} was changed after Docker last read it, as far as can be told: the"
                    " reload applies all of it, these settings included: {names}."
                ).format(path=self.config.file.path, names=", ".join(possible)),
            ),
            *(
                (
                    True,
                    _("buildx builder {name} has a BuildKit of its own and is not served.").format(
                        name=name
                    ),
                )
                for name in self.docker.builders
            ),
        ]
        files = [file_at(self.facts, change.path) for change in changes]
        of_files = [warning for file in files for warning in file_warnings(file)]
        return (*(text for applies, text in found if applies), *of_files)
