"""The plan for containerd on one host, as Kubernetes uses it through CRI.

Where `config_path` names one directory already, a hosts.toml is all: it is read at each pull.
Else config.toml is edited in place and the daemon restarted, which leaves containers running
(facts/runtimes.md §2.2, §2.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wizard.discovery.facts import ContainerdFacts, CRIState, FileKind, HostFacts
from wizard.planning.blocks import Blocked, block, naming_file
from wizard.planning.files import file_at, file_blocks, file_change, file_warnings, text_of
from wizard.planning.paths import (
    CONTAINERD_CERTS,
    HOSTS_FILE,
    hosts_file,
)
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
from wizard.planning.toml_edit import KeyPath, edited
from wizard.planning.versions import Version, parse_version
from wizard.planning.work import RuntimeWork, blocked_work
from wizard.runtimes.ca_files import CAFile, containerd_ca_file
from wizard.runtimes.containerd.config import (
    TRANSFER_SERVICE,
    VERSION_2,
    ConfigFile,
    Registry,
    config_file,
    effective_registry,
    mirrors_of,
    trusts_of,
)
from wizard.runtimes.containerd.mirror_tables import (
    DEFAULT_NAMESPACE,
    other_namespaces,
    own_hosts,
    upstream_hosts,
)
from wizard.runtimes.hosts_toml import HostsFile, Trust, own_hosts_file, target_entry, wanted_text
from wizard.target import Target, upstream_server
from wizard.wording import _

_OLDEST: Final = (1, 6, 0)
"""Before, hosts.toml has no `override_path` (facts/runtimes.md §2.1)."""
_NEWEST_KNOWN: Final = (2, 4, 0)
_DIAL_TIMEOUTS: Final = (2, 0, 7)
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]*[A-Za-z0-9])?|_default")


def plan_containerd(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return what happens to containerd on that host, None where it serves no Kubernetes; pure."""
    containerd = facts.containerd
    if containerd is None or not containerd.serves_kubernetes:
        return None
    flavour = f"containerd {'.'.join(containerd.version.split('.')[:2]) or '?'}"
    try:
        version = _usable_version(containerd)
        registry = effective_registry(containerd, version)
        _refuse_broken(containerd, registry, version)
        planner = _planner(facts, containerd, target, version, registry)
        changes = planner.changes()
        blocks = planner.blocks(changes)
    except Blocked as obstacle:
        return blocked_work(Runtime.CONTAINERD, flavour, obstacle.block)
    if blocks:
        return blocked_work(Runtime.CONTAINERD, flavour, *blocks)
    return planner.work(flavour, changes)


def _usable_version(containerd: ContainerdFacts) -> Version:
    if containerd.error or not containerd.version:
        raise Blocked(BlockReason.NOT_RUNNING, containerd.error)
    version = parse_version(containerd.version)
    if version is None or version < _OLDEST:
        raise Blocked(BlockReason.VERSION_UNKNOWN, f"containerd {containerd.version}")
    return version


def _refuse_broken(containerd: ContainerdFacts, registry: Registry, version: Version) -> None:
    """Refuse a CRI that does not work, or that would not at its next start."""
    tables = [f"mirrors.{namespace}" for namespace in registry.mirrors]
    if version < VERSION_2:
        tables += [f"configs.{host}.tls" for host in registry.trusts]
    if registry.config_path and tables and not registry.path_is_default:
        raise Blocked(BlockReason.MIRRORS_AND_CONFIG_PATH, ", ".join(tables))
    if containerd.cri is CRIState.ERROR:
        raise Blocked(BlockReason.CRI_BROKEN, containerd.error)


def _planner(
    facts: HostFacts,
    containerd: ContainerdFacts,
    target: Target,
    version: Version,
    registry: Registry,
) -> _ContainerdPlanner:
    directory = registry.directories[0] if registry.directories else CONTAINERD_CERTS
    works = registry.is_single or (bool(registry.directories) and registry.local_pull)
    return _ContainerdPlanner(
        facts=facts,
        containerd=containerd,
        target=target,
        version=version,
        registry=registry,
        directory=directory,
        config=None if works else config_file(facts, containerd, version),
        ca=containerd_ca_file(facts, target, directory),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ContainerdPlanner:
    """What one host's containerd is and gets; computed once, asked by each part of the plan.

    Attributes:
        directory: that holds, or will hold, the hosts.toml files.
        config: config.toml where it must be edited, else None.
    """

    facts: HostFacts
    containerd: ContainerdFacts
    target: Target
    version: Version
    registry: Registry
    directory: str
    config: ConfigFile | None
    ca: CAFile | None

    def changes(self) -> tuple[FileChange, ...]:
        """Return the file changes: the CA, then what refers to it, then what refers to that."""
        changes = []
        if self.ca is not None:
            changes.append(file_change(self.ca.file, FilePurpose.CA, self.ca.text))
        for namespace, wanted in self._hosts_files().items():
            if not _NAMESPACE.fullmatch(namespace):
                raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, f"mirrors.{namespace}")
            file = file_at(self.facts, hosts_file(self.directory, namespace))
            changes.append(file_change(file, FilePurpose.HOSTS, wanted_text(file, wanted)))
        if self.config is not None:
            file = file_at(self.facts, self.config.path)
            changes.append(file_change(file, FilePurpose.CONFIG, self._config_text(self.config)))
        return tuple(change for change in changes if change is not None)

    def _hosts_files(self) -> dict[str, HostsFile]:
        """Return the hosts.toml files by namespace: those that are moved, then old settings."""
        moved = {one.upstream: self._moved(one) for one in self.target.by_upstream}
        others = other_namespaces(self.registry.mirrors, self._trusts)
        return {**moved, **{name: file for name, file in others.items() if name not in moved}}

    def _moved(self, target: Target) -> HostsFile:
        """Return what leads one upstream's images to the target: ours, what was there, itself."""
        ours = target_entry(
            target,
            ca=self.ca.path if self.ca else "",
            dial_timeout=self.version >= _DIAL_TIMEOUTS,
        )
        file = file_at(self.facts, hosts_file(self.directory, target.upstream))
        kept = own_hosts_file(text_of(file) or "") or HostsFile(server="", hosts=())
        found = upstream_hosts(target.upstream, self.registry.mirrors, self._trusts)
        others = dict.fromkeys((*found, *kept.hosts[1:]))
        api, _name = own_hosts(target.upstream)
        return HostsFile(
            server=upstream_server(target.upstream),
            hosts=(ours, *(entry for entry in others if entry.url != ours.url)),
            server_trust=self._trusts.get(api, kept.server_trust),
        )

    @property
    def _trusts(self) -> dict[str, Trust]:
        """Return the old `tls` settings that must move with `config_path`."""
        return dict(self.registry.trusts) if self.config is not None else {}

    def _config_text(self, config: ConfigFile) -> str:
        self._refuse_foreign_settings(config)
        without: list[KeyPath] = []
        if mirrors_of(config.values):
            without.append((*config.table, "mirrors"))
        if self.version < VERSION_2:
            without += [
                (*config.table, "configs", host, "tls") for host in trusts_of(config.values)
            ]
        with naming_file(config.path):
            return edited(
                config.text,
                table=config.table,
                key="config_path",
                value=self.directory,
                without=without,
            )

    def _refuse_foreign_settings(self, config: ConfigFile) -> None:
        """Refuse when the file does not explain what is in effect."""
        path = "" if self.registry.path_is_default else self.registry.config_path
        in_file = str(config.values.get("config_path") or "")
        explained = self.registry.path_is_default or path == in_file
        if not explained or set(self.registry.mirrors) != set(mirrors_of(config.values)):
            raise Blocked(BlockReason.CONFIG_IN_IMPORT, config.path)
        if self.version >= VERSION_2 and config.read_later:
            tables = ", ".join(".".join(table) for table in config.read_later)
            raise Blocked(BlockReason.CONFIG_WRONG_TABLE, tables)

    def blocks(self, changes: Iterable[FileChange]) -> tuple[Block, ...]:
        """Return every reason against the changes."""
        found = self._list_blocks()
        proxy = proxy_in_the_way(self.target.url, self.containerd.proxies)
        if proxy:
            found.append(block(BlockReason.PROXY_IN_THE_WAY, urlsplit(proxy).hostname or ""))
        restart = False
        for change in changes:
            found += file_blocks(file_at(self.facts, change.path))
            restart = restart or change.purpose is FilePurpose.CONFIG
            if not self.containerd.crictl:
                found.append(block(BlockReason.NO_CRICTL))
        if restart and not self.containerd.unit:
            found.append(block(BlockReason.RESTART_NOT_POSSIBLE))
        return tuple(dict.fromkeys(found))

    def _list_blocks(self) -> list[Block]:
        """Return what stands against leaving the other directories of a list unread."""
        others = self.registry.directories[1:]
        found = [
            block(BlockReason.FOREIGN_HOSTS_FILE, hosts_file(directory, upstream))
            for directory in others
            for upstream in self._upstreams
            if self.config is None and self._is_foreign(hosts_file(directory, upstream))
        ]
        if self.config is None or self.registry.path_is_default:
            return found
        first = self._namespaces(self.directory)
        for directory in others:
            left_out = sorted(self._namespaces(directory) - first)
            if left_out:
                detail = f"{directory}: {', '.join(left_out)}"
                found.append(block(BlockReason.CONFIG_PATH_LIST, detail))
        return found

    @property
    def _upstreams(self) -> tuple[str, ...]:
        return tuple(one.upstream for one in self.target.by_upstream)

    def _is_foreign(self, path: str) -> bool:
        """Return whether it is somebody else's hosts.toml, which ours would hide."""
        file = self.facts.file(path)
        if file is None or file.kind is not FileKind.REGULAR or not file.size:
            return False
        return file.text is None or own_hosts_file(file.text) is None

    def _namespaces(self, directory: str) -> set[str]:
        """Return the namespaces that have a hosts.toml in that directory."""
        start, end = f"{directory}/", f"/{HOSTS_FILE}"
        return {
            file.path[len(start) : -len(end)]
            for file in self.facts.files
            if file.path.startswith(start)
            and file.path.endswith(end)
            and file.kind is FileKind.REGULAR
        }

    def work(self, flavour: str, changes: tuple[FileChange, ...]) -> RuntimeWork:
        """Return the work for changes that nothing stands against."""
        restart = any(change.purpose is FilePurpose.CONFIG for change in changes)
        plan = RuntimePlan(
            runtime=Runtime.CONTAINERD,
            flavour=flavour,
            verdict=Verdict.CHANGE if changes else Verdict.NOTHING,
            activation=Activation.RESTART if restart else Activation.NONE,
            warnings=self._warnings(changes, restart=restart),
        )
        if not changes:
            return RuntimeWork(plan=plan)
        unit = self.containerd.unit
        restarting = (Step(name=StepName.CONTAINERD_RESTART, args=(unit,)),) if restart else ()
        validation = Step(name=StepName.CONTAINERD_VALIDATE, args=(self.containerd.config_file,))
        return RuntimeWork(
            plan=plan,
            asks=tuple(one.canary_url(named=True) for one in self.target.by_upstream),
            changes=changes,
            validate=(validation,) if restart else (),
            activate=restarting,
            check=self._checks(self.directory, restart=restart),
            probe=self._proof(),
            deactivate=restarting,
            check_reverted=self._checks(self.registry.config_path, restart=restart),
        )

    def _checks(self, config_path: str, *, restart: bool) -> tuple[Step, ...]:
        alive = Step(name=StepName.CONTAINERD_CRI_OK)
        unharmed = Step(name=StepName.SAME_CONTAINERS, args=(Runtime.CONTAINERD.value,))
        if not restart:
            return alive, unharmed
        return (
            Step(name=StepName.UNIT_ACTIVE, args=(self.containerd.unit,)),
            alive,
            Step(
                name=StepName.CONTAINERD_CONFIG_PATH,
                args=(config_path, self.containerd.config_file),
            ),
            unharmed,
        )

    def _proof(self) -> tuple[Step, ...]:
        client = (self.containerd.crictl, self.containerd.endpoint)
        return tuple(
            Step(name=StepName.CRI_PULL, args=(canary.reference, canary.digest, *client))
            for canary in canaries(self.target)
        )

    def _warnings(self, changes: Iterable[FileChange], *, restart: bool) -> tuple[str, ...]:
        changes = tuple(changes)
        here = self._namespaces(self.directory)
        woken = sorted(here - {*self._upstreams, DEFAULT_NAMESPACE}) if restart else []
        lost = trusts_of(self.config.values) if self.config and self.version >= VERSION_2 else {}
        ignored = self.config.ignored if self.config else ()
        a_list = len(self.registry.directories) > 1
        found = [
            (
                self.version >= _NEWEST_KNOWN,
                _("This containerd is newer than those that Pilotage was checked with."),
            ),
            (
                restart,
                _(
                    "containerd restarts: containers go on, pulls and execs under way break, and"
                    " kubelet may report NotReady for some seconds."
                ),
            ),
            (
                bool(changes) and DEFAULT_NAMESPACE in here,
                _("The _default hosts.toml no longer applies to docker.io."),
            ),
            (
                bool(woken),
                _("The restart also makes these hosts.toml files live: {names}.").format(
                    names=", ".join(woken)
                ),
            ),
            (
                bool(lost),
                _("Since containerd 2.0 these tls settings have no effect: {names}.").format(
                    names=", ".join(sorted(lost))
                ),
            ),
            (
                bool(ignored),
                _("This containerd ignores these tables: {names}.").format(
                    names=", ".join(".".join(table) for table in ignored)
                ),
            ),
            (
                a_list and not restart and self.version < TRANSFER_SERVICE,
                _("config_path is a list: from containerd 2.1 on it would not be read."),
            ),
        ]
        files = [file_at(self.facts, change.path) for change in changes]
        of_files = [warning for file in files for warning in file_warnings(file)]
        return (*(text for applies, text in found if applies), *of_files)
