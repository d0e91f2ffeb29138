"""The plan for k3s or RKE2 on one host.

Only registries.yaml is written; everything else is generated from it when the service starts. A
restart leaves pods running (`KillMode=process`), and takes a server's API and etcd along: servers
of one cluster are changed one after the other (facts/runtimes.md §4).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wizard.discovery.facts import FileFacts, FileKind, HostFacts
from wizard.discovery.facts_k3s import K3sFacts
from wizard.planning.blocks import block, naming_file
from wizard.planning.files import file_at, file_blocks, file_change, file_warnings, text_of
from wizard.planning.paths import HOSTS_CA, hosts_file
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
from wizard.planning.tags import refuse_tags_of_upstream
from wizard.planning.versions import Version, usable_version
from wizard.planning.work import Restart, RuntimeWork, work_of
from wizard.runtimes.hub_login import kubelet_login_warnings
from wizard.runtimes.k3s.registries import (
    EVERY,
    Registries,
    api_of,
    first_api,
    is_default,
    is_served,
    read_registries,
    target_endpoint,
    with_ca,
    with_target,
)
from wizard.runtimes.k3s.releases import (
    NEWEST_KNOWN,
    OLDEST,
    bears_listed_default,
    writes_hosts_files,
)
from wizard.target import Target
from wizard.wording import _

UNITS: Final = ("k3s.service", "k3s-agent.service", "rke2-server.service", "rke2-agent.service")
"""Those that the script knows to order itself before, after a reboot."""
_TEMPLATES: Final = ("config-v3.toml.tmpl", "config.toml.tmpl")
_BASE: Final = 'template "base"'
_SPEGEL: Final = "127.0.0.1:"


def plan_k3s(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return what happens to k3s or RKE2 on that host, None where it pulls nothing; pure."""
    k3s = facts.k3s
    if k3s is None or not k3s.own_containerd:
        return None
    return work_of(Runtime.K3S, k3s.flavour, lambda: _planner(facts, k3s, target))


def _planner(facts: HostFacts, k3s: K3sFacts, target: Target) -> _K3sPlanner:
    version = usable_version(k3s.product, k3s.version, error=k3s.error, oldest=OLDEST)
    refuse_tags_of_upstream(target, "mirrors")
    file = file_at(facts, k3s.registries)
    text = text_of(file) or ""
    with naming_file(file.path):
        return _K3sPlanner(
            facts=facts,
            k3s=k3s,
            target=target,
            version=version,
            file=file,
            text=text,
            said=read_registries(text),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _K3sPlanner:
    """What one host's k3s is and gets; computed once, asked by each part of the plan."""

    facts: HostFacts
    k3s: K3sFacts
    target: Target
    version: Version
    file: FileFacts
    text: str
    said: Registries

    def changes(self) -> tuple[FileChange, ...]:
        """Return the file changes: the CA, then registries.yaml, which refers to it."""
        text = self.text
        ca = self._ca_file()
        with naming_file(self.file.path):
            for one in self.target.by_upstream:
                text = with_target(text, one)
            if ca is not None and self.target.authority not in self.said.ca_files:
                text = with_ca(text, self.target.authority, ca.path)
        changes = []
        if ca is not None and self.target.ca_pem is not None:
            pem = self.target.ca_pem
            wanted = pem if pem.endswith("\n") else f"{pem}\n"
            changes.append(file_change(ca, FilePurpose.CA, wanted))
        if text != self.text:
            changes.append(file_change(self.file, FilePurpose.CONFIG, text))
        return tuple(change for change in changes if change is not None)

    def _ca_file(self) -> FileFacts | None:
        """Return our CA's file; None where none is needed, or somebody named another."""
        if self.target.ca_pem is None or self.target.authority in self.said.unverified:
            return None
        path = f"{posixpath.dirname(self.k3s.registries)}/{HOSTS_CA}"
        named = self.said.ca_files.get(self.target.authority, path)
        return file_at(self.facts, path) if named == path else None

    @property
    def _upstreams(self) -> tuple[str, ...]:
        return tuple(one.upstream for one in self.target.by_upstream)

    def blocks(self, changes: Sequence[FileChange]) -> tuple[Block, ...]:
        """Return every reason against the changes."""
        if self.k3s.config_changed_at > self.k3s.config_loaded_at > 0:
            return (block(BlockReason.CONFIG_NOT_LOADED, self.file.path),)
        if not changes:
            return ()
        found = [*self._mirror_blocks(), *self._template_blocks(), *self._hosts_blocks()]
        proxy = proxy_in_the_way(self.target.url, self.k3s.proxies)
        if proxy:
            found.append(block(BlockReason.PROXY_IN_THE_WAY, urlsplit(proxy).hostname or ""))
        if self.k3s.unit not in UNITS:
            found.append(block(BlockReason.NO_UNIT, self.k3s.unit))
        if not self.k3s.crictl or not self.k3s.ctr:
            found.append(block(BlockReason.NO_CRICTL))
        for change in changes:
            found += file_blocks(file_at(self.facts, change.path))
        return tuple(dict.fromkeys(found))

    def _mirror_blocks(self) -> Iterable[Block]:
        for one in self.target.by_upstream:
            entry = self.said.mirrors.get(one.upstream)
            if entry is None or is_served(one, entry):
                continue
            if entry.rewrites:
                patterns = ", ".join(pattern for pattern, _to in entry.rewrites)
                yield block(BlockReason.NAMES_REWRITTEN, f"{one.upstream}: {patterns}")
            listed = any(is_default(one.upstream, endpoint) for endpoint in entry.endpoints)
            if listed and not bears_listed_default(self.version):
                yield block(BlockReason.DEFAULT_LISTED, f"{one.upstream}, {self.k3s.version}")

    def _template_blocks(self) -> Iterable[Block]:
        """Return the template that counts where it cannot have mirrors in it."""
        for file in self._templates():
            text = "" if file.has_secrets else file.text or ""
            mentions = "config_path" if writes_hosts_files(self.version) else ".Mirrors"
            if _BASE not in text and mentions not in text:
                yield block(BlockReason.OWN_TEMPLATE, file.path)
            return

    def _templates(self) -> list[FileFacts]:
        """Return the templates that there are, the one that counts first.

        Releases with containerd 1 know only the older name, which others read where the newer one
        is missing; both are looked at alike.
        """
        found = [self.facts.file(f"{self._made}/{name}") for name in _TEMPLATES]
        return [file for file in found if file is not None and file.kind is not FileKind.ABSENT]

    def _hosts_blocks(self) -> Iterable[Block]:
        """Return what somebody wrote among what is generated: k3s would delete it (§4)."""
        if not writes_hosts_files(self.version):
            return
        for name in (*self._upstreams, self.target.authority):
            file = self.facts.file(hosts_file(f"{self._made}/certs.d", name))
            if file is None or file.kind is FileKind.ABSENT:
                continue
            header = f"# File generated by {self.k3s.product}. DO NOT EDIT."
            if not (file.text or "").startswith(header):
                yield block(BlockReason.FOREIGN_HOSTS_FILE, file.path)

    @property
    def _made(self) -> str:
        """Return the directory of what is generated."""
        return f"{self.k3s.data_dir}/agent/etc/containerd"

    def work(self, changes: tuple[FileChange, ...]) -> RuntimeWork:
        """Return the work for changes that nothing stands against."""
        plan = RuntimePlan(
            runtime=Runtime.K3S,
            flavour=self.k3s.flavour,
            verdict=Verdict.CHANGE if changes else Verdict.NOTHING,
            activation=Activation.RESTART if changes else Activation.NONE,
            warnings=self._warnings(changes),
        )
        one_at_a_time = f"{self.k3s.product} {self.k3s.cluster}" if self.k3s.server else ""
        if not changes:
            return RuntimeWork(plan=plan, restart=self._restart(), one_at_a_time=one_at_a_time)
        restart = (Step(name=StepName.K3S_RESTART, args=(self.k3s.unit,)),)
        wanted = {one.upstream: self._first_after(one) for one in self.target.by_upstream}
        now = {name: self._first_now(name) for name in self._upstreams}
        return RuntimeWork(
            plan=plan,
            asks=tuple(one.canary_url(named=True) for one in self.target.by_upstream),
            changes=changes,
            activate=restart,
            check=self._checks(wanted),
            probe=self._proof(),
            deactivate=restart,
            check_reverted=self._checks(now),
            one_at_a_time=one_at_a_time,
            restart=self._restart(),
        )

    def _restart(self) -> Restart | None:
        if self.k3s.unit not in UNITS or not self.k3s.crictl or not self.k3s.ctr:
            return None
        return Restart(
            runtime=Runtime.K3S,
            steps=(Step(name=StepName.K3S_RESTART, args=(self.k3s.unit,)),),
            check=self._checks({}),
            probe=self._proof(),
            warnings=tuple(text for applies, text in self._warnings_on_restart() if applies),
        )

    def _first_now(self, upstream: str) -> str:
        """Return the URL that is asked first; hosts.toml leaves out a lone default endpoint."""
        entry = self.said.mirrors.get(upstream)
        if entry and entry.endpoints and not writes_hosts_files(self.version):
            return api_of(entry.endpoints[0])
        return first_api(upstream, entry)

    def _first_after(self, target: Target) -> str:
        if is_served(target, self.said.mirrors.get(target.upstream)):
            return self._first_now(target.upstream)
        return api_of(target_endpoint(target))

    def _checks(self, first: Mapping[str, str]) -> tuple[Step, ...]:
        client = (self.k3s.crictl, self.k3s.endpoint)
        return (
            Step(name=StepName.UNIT_ACTIVE, args=(self.k3s.unit,)),
            Step(name=StepName.K3S_CRI_OK, args=client),
            *(
                Step(name=StepName.K3S_MIRROR, args=(name, url, self._generated(name)))
                for name, url in first.items()
            ),
            Step(name=StepName.SAME_CONTAINERS, args=(Runtime.K3S.value, self.k3s.ctr)),
        )

    def _generated(self, upstream: str) -> str:
        if writes_hosts_files(self.version):
            return hosts_file(f"{self._made}/certs.d", upstream)
        return f"{self._made}/config.toml"

    def _proof(self) -> tuple[Step, ...]:
        log = f"{self.k3s.data_dir}/agent/containerd/containerd.log"
        client = (self.k3s.crictl, self.k3s.endpoint, log)
        return tuple(
            Step(name=StepName.K3S_PULL, args=(canary.reference, canary.digest, *client))
            for canary in canaries(self.target)
        )

    def _warnings(self, changes: Sequence[FileChange]) -> tuple[str, ...]:
        files = [file_at(self.facts, change.path) for change in changes]
        of_files = [warning for file in files for warning in file_warnings(file)]
        found = [
            (
                self.version >= NEWEST_KNOWN,
                _("This release is newer than those that Pilotage was checked with."),
            ),
            *(self._warnings_on_restart() if changes else ()),
            *self._warnings_on_mirrors(),
        ]
        told = (text for applies, text in found if applies)
        return (*told, *of_files, *kubelet_login_warnings(self.facts))

    def _warnings_on_restart(self) -> list[tuple[bool, str]]:
        return [
            (
                True,
                _("{unit} restarts: pods go on, pulls and execs under way break.").format(
                    unit=self.k3s.unit
                ),
            ),
            (
                self.k3s.server,
                _(
                    "It is a server: its API server, and etcd where it has one, restart too."
                    " Servers of one cluster are changed one after the other, a wave for each."
                ),
            ),
            (
                bool(self._templates()),
                _("{path} is somebody's template: what else it says is not checked.").format(
                    path=", ".join(file.path for file in self._templates())
                ),
            ),
        ]

    def _warnings_on_mirrors(self) -> list[tuple[bool, str]]:
        entries = [self.said.mirrors.get(name) for name in self._upstreams]
        misspelt = sorted({key for entry in entries if entry for key in entry.misspelt})
        named = self.said.ca_files.get(self.target.authority, "")
        wildcard = EVERY in self.said.mirrors and None in entries
        return [
            (
                self._has_spegel(),
                _(
                    "The embedded registry is asked before any mirror: where another node has the"
                    " canary already, a pull does not prove that this host gets it from the target."
                ),
            ),
            (
                not self.k3s.default_endpoint,
                _("The registries' own endpoints are switched off: there is no falling back."),
            ),
            (
                bool(self.k3s.system_registry),
                _("Its own images come from {registry} by name, not by a mirror.").format(
                    registry=self.k3s.system_registry
                ),
            ),
            (
                wildcard,
                _('The entry "*" no longer applies to the upstreams that are moved.'),
            ),
            (
                bool(misspelt),
                _("These keys are not read: {keys}.").format(keys=", ".join(misspelt)),
            ),
            (
                self.target.authority in self.said.unverified,
                _("insecure_skip_verify is set for the target: anybody could be it."),
            ),
            (
                bool(named) and self.target.ca_pem is not None and self._ca_file() is None,
                _("The target is trusted by {path}, which stays as it is.").format(path=named),
            ),
        ]

    def _has_spegel(self) -> bool:
        """Return whether nodes give images to each other; agents show it by what is generated."""
        start = f"{self._made}/certs.d/"
        return self.k3s.embedded_registry or any(
            file.path.startswith(start) and f'[host."https://{_SPEGEL}' in (file.text or "")
            for file in self.facts.files
        )
