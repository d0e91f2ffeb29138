"""The plan for nerdctl of root on one host.

A hosts.toml in the first of its directories is all: it is read at each pull, so nothing restarts.
Where containerd or Docker read the same directory the file is theirs, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wizard.discovery.container_facts import NerdctlFacts
from wizard.discovery.facts import HostFacts
from wizard.planning.blocks import block
from wizard.planning.files import file_at, file_blocks, file_change, file_warnings, text_of
from wizard.planning.paths import hosts_file
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
from wizard.planning.proof import proofs
from wizard.planning.proxies import proxy_in_the_way
from wizard.planning.versions import Version, usable_version
from wizard.planning.work import Report, Restart, RuntimeWork, work_of
from wizard.runtimes.ca_files import containerd_ca_file
from wizard.runtimes.containerd.planner import plan_containerd
from wizard.runtimes.docker.planner import plan_docker
from wizard.runtimes.hosts_toml import (
    HostsFile,
    Trust,
    behind,
    certificates_beside,
    is_foreign_hosts_file,
    own_hosts_file,
    target_entry,
    wanted_text,
)
from wizard.runtimes.nerdctl.config import hosts_directories
from wizard.target import Target, upstream_server
from wizard.wording import _

_OLDEST: Final = (1, 0, 0)
"""It is built with a containerd that knows `override_path` (facts/runtimes.md §2.1)."""
_BY_CONTAINERD: Final = (2, 2, 0)
"""Since then containerd pulls for it, with the proxies and certificates that containerd has."""
_NEWEST_KNOWN: Final = (2, 4, 0)


def plan_nerdctl(facts: HostFacts, target: Target) -> RuntimeWork | Report | None:
    """Return what happens to nerdctl on that host, None where there is none; pure.

    One that reaches no containerd, beside a runtime that is moved, is of no use to anybody.
    """
    nerdctl = facts.nerdctl
    if nerdctl is None:
        return None
    flavour = f"nerdctl {'.'.join(nerdctl.version.split('.')[:2]) or '?'}"
    if nerdctl.error and (facts.docker or facts.podman or facts.crio or facts.k3s):
        note = _("{name} reaches no containerd and is left as it is.").format(name=flavour)
        return Report(name="nerdctl", notes=(note,))
    return work_of(Runtime.NERDCTL, flavour, lambda: _planner(facts, nerdctl, flavour, target))


def _planner(
    facts: HostFacts, nerdctl: NerdctlFacts, flavour: str, target: Target
) -> _NerdctlPlanner:
    version = usable_version("nerdctl", nerdctl.version, error=nerdctl.error, oldest=_OLDEST)
    return _NerdctlPlanner(
        facts=facts,
        flavour=flavour,
        version=version,
        target=target,
        directories=hosts_directories(facts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _NerdctlPlanner:
    """What one host's nerdctl is and gets."""

    facts: HostFacts
    flavour: str
    version: Version
    target: Target
    directories: tuple[str, ...]

    def changes(self) -> tuple[FileChange, ...]:
        """Return the hosts.toml files and, where one of them is ours alone, the CA before them."""
        shared = self._of_others()
        changes = []
        ours = []
        for one in self.target.by_upstream:
            path = hosts_file(self.directories[0], one.upstream)
            if path in shared:
                changes.append(shared[path])
            elif not self._leads_there(path, one):
                ours.append(self._hosts_change(path, one))
        ca = containerd_ca_file(self.facts, self.target, self.directories[0]) if ours else None
        if ca is not None:
            ours.insert(0, file_change(ca.file, FilePurpose.CA, ca.text))
        return (*changes, *(change for change in ours if change is not None))

    def _of_others(self) -> dict[str, FileChange]:
        """Return what the plans of containerd and Docker make of files, by path."""
        works = [plan(self.facts, self.target) for plan in (plan_containerd, plan_docker)]
        return {
            change.path: change
            for work in works
            if work is not None and work.plan.verdict is not Verdict.BLOCKED
            for change in work.changes
        }

    def _leads_there(self, path: str, target: Target) -> bool:
        """Return whether a file of ours does already, as containerd or Docker wanted it."""
        found = own_hosts_file(text_of(file_at(self.facts, path)) or "")
        if found is None or not found.hosts:
            return False
        first, ours = found.hosts[0], target_entry(target, ca="", dial_timeout=False)
        trusted = target.ca_pem is None or bool(first.trust.ca)
        same = (first.url, first.override_path, first.resolves)
        return trusted and same == (ours.url, ours.override_path, ours.resolves)

    def _hosts_change(self, path: str, target: Target) -> FileChange | None:
        file = file_at(self.facts, path)
        kept = own_hosts_file(text_of(file) or "") or HostsFile(server="", hosts=())
        ca = containerd_ca_file(self.facts, target, self.directories[0])
        # Those that do not know dial_timeout pass it over (facts/runtimes.md §2.2).
        ours = target_entry(target, ca=ca.path if ca else "", dial_timeout=True)
        beside = certificates_beside(self.facts, path)
        wanted = HostsFile(
            server=upstream_server(target.upstream),
            hosts=behind(ours, kept.hosts[1:]),
            server_trust=Trust(ca=beside) if beside else kept.server_trust,
        )
        return file_change(file, FilePurpose.HOSTS, wanted_text(file, wanted))

    def blocks(self, changes: Sequence[FileChange]) -> tuple[Block, ...]:
        """Return every reason against the changes."""
        if not changes:
            return ()
        found = [
            block(BlockReason.FOREIGN_HOSTS_FILE, path)
            for directory in self.directories[1:]
            for one in self.target.by_upstream
            if is_foreign_hosts_file(self.facts, path := hosts_file(directory, one.upstream))
        ]
        containerd = self.facts.containerd
        proxies = containerd.proxies if containerd and self._pulls_by_containerd else ()
        proxy = proxy_in_the_way(self.target.url, proxies)
        if proxy:
            found.append(block(BlockReason.PROXY_IN_THE_WAY, urlsplit(proxy).hostname or ""))
        for change in changes:
            found += file_blocks(file_at(self.facts, change.path))
        return tuple(found)

    @property
    def _pulls_by_containerd(self) -> bool:
        return self.version >= _BY_CONTAINERD

    def work(self, changes: tuple[FileChange, ...]) -> RuntimeWork:
        """Return the work for changes that nothing stands against."""
        plan = RuntimePlan(
            runtime=Runtime.NERDCTL,
            flavour=self.flavour,
            verdict=Verdict.CHANGE if changes else Verdict.NOTHING,
            warnings=self._warnings(changes),
        )
        proof = tuple(Step(name=StepName.NERDCTL_PULL, args=proof) for proof in proofs(self.target))
        restart = Restart(runtime=Runtime.NERDCTL, probe=proof) if self._restarts else None
        if not changes:
            return RuntimeWork(plan=plan, restart=restart)
        return RuntimeWork(
            plan=plan,
            asks=tuple(one.canary_url(named=True) for one in self.target.by_upstream),
            changes=changes,
            probe=proof,
            restart=restart,
        )

    @property
    def _restarts(self) -> bool:
        """Return whether all that keeps certificates for it restarts where they change."""
        containerd = self.facts.containerd
        of_others = containerd is not None and containerd.serves_kubernetes
        return of_others or not self._pulls_by_containerd

    def _warnings(self, changes: Sequence[FileChange]) -> tuple[str, ...]:
        default = self.facts.file(hosts_file(self.directories[0], "_default"))
        found = [
            (
                self.version >= _NEWEST_KNOWN,
                _("This nerdctl is newer than those that Pilotage was checked with."),
            ),
            (
                bool(changes) and default is not None and default.size > 0,
                _("The _default hosts.toml no longer applies to docker.io."),
            ),
        ]
        files = (file_at(self.facts, change.path) for change in changes)
        of_files = (warning for file in files for warning in file_warnings(file))
        return (*(text for applies, text in found if applies), *of_files)
