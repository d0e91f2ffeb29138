"""The plan for CRI-O on one host.

It caches registries.conf and takes up changes by a reload, which no container notices. Whether
that succeeded only its journal tells (facts/runtimes.md §3.3). For certificates of the system it
restarts: containers go on, each under a monitor of its own (cri-o contrib/systemd/crio.service).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wizard.discovery.container_facts import CRIOFacts
from wizard.discovery.facts import HostFacts
from wizard.planning.blocks import Blocked, block
from wizard.planning.paths import CONTAINERS_CONFIG, CONTAINERS_OWN
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
from wizard.planning.versions import Version, usable_version
from wizard.planning.work import Restart, RuntimeWork, work_of
from wizard.runtimes.registries_conf.logins import login_warnings
from wizard.runtimes.registries_conf.reading import Reading, user_reading
from wizard.runtimes.registries_conf.serving import Serving, serving
from wizard.runtimes.registries_conf.short_names import ENFORCING, short_name_warnings
from wizard.runtimes.registries_conf.signatures import (
    SignaturePolicy,
    policies_of,
    policy_at,
    signature_blocks,
    signature_warnings,
)
from wizard.runtimes.registries_conf.users import user_blocks
from wizard.target import Target
from wizard.wording import _

_OLDEST: Final = (1, 20, 0)
"""As old as the oldest Podman: drop-ins work as §3.1 says (containers/image#838)."""
_NEWEST_KNOWN: Final = (1, 37, 0)
_ENFORCES_SHORT_NAMES: Final = (1, 34, 0)
_TELLING: Final = frozenset({"info", "debug", "trace"})
_JOURNAL: Final = "journalctl"


def plan_crio(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return what happens to CRI-O on that host, None where there is none; pure."""
    crio = facts.crio
    if crio is None:
        return None
    flavour = f"cri-o {'.'.join(crio.version.split('.')[:2]) or '?'}"
    return work_of(
        Runtime.CRIO,
        flavour,
        lambda: _CRIOPlanner(
            crio=crio,
            flavour=flavour,
            version=_usable_version(crio),
            files=serving(facts, target),
        ),
    )


def _usable_version(crio: CRIOFacts) -> Version:
    version = usable_version("CRI-O", crio.version, error=crio.error, oldest=_OLDEST)
    if crio.registries_elsewhere:
        raise Blocked(BlockReason.REGISTRIES_ELSEWHERE, crio.registries_elsewhere)
    return version


@dataclass(frozen=True, slots=True, kw_only=True)
class _CRIOPlanner:
    """What one host's CRI-O is and gets."""

    crio: CRIOFacts
    flavour: str
    version: Version
    files: Serving

    def changes(self) -> tuple[FileChange, ...]:
        """Return the drop-in and the CA, as far as they are missing."""
        return self.files.changes()

    @property
    def _reading(self) -> Reading:
        """Return what CRI-O reads: as every user the files of its home too."""
        if not self.crio.home:
            return self.files.system
        return user_reading(self.files.facts, self.crio.home, self.files.system)

    @property
    def _policies(self) -> tuple[SignaturePolicy, ...]:
        """Return the policy that counts: its own setting, its user's, the system's."""
        facts = self.files.facts
        if self.crio.signature_policy:
            own = policy_at(facts, self.crio.signature_policy)
            return (own,) if own else ()
        return policies_of(facts, (self.crio.home,) if self.crio.home else ())[-1:]

    def blocks(self, changes: Sequence[FileChange]) -> tuple[Block, ...]:
        """Return every reason against the changes."""
        found = [*self.files.blocks(changes)]
        if self.crio.home:
            found += user_blocks(self.files, (self.crio.home,))
        proxy = proxy_in_the_way(self.files.target.url, self.crio.proxies)
        if proxy:
            found.append(block(BlockReason.PROXY_IN_THE_WAY, urlsplit(proxy).hostname or ""))
        if changes and not self.crio.crictl:
            found.append(block(BlockReason.NO_CRICTL))
        if changes:
            found += signature_blocks(self._policies, self.files.target)
        if _writes(changes):
            found += self._witness_blocks()
        return tuple(found)

    def _witness_blocks(self) -> list[Block]:
        """Return why the journal would not tell what became of a reload."""
        tools = self.files.facts.tools
        log = next((flag for flag in self.crio.flags if flag.split("=")[0] == "--log"), "")
        reasons = [
            (bool(tools) and _JOURNAL not in tools, _JOURNAL),
            (bool(log), log),
            (bool(self.crio.log_filter), f"log_filter = {self.crio.log_filter}"),
            (bool(self.crio.settings_error), self.crio.settings_error),
            (
                not self.crio.settings_error and self.crio.log_level not in _TELLING,
                f"log_level = {self.crio.log_level}",
            ),
        ]
        return [block(BlockReason.JOURNAL_SILENT, why) for applies, why in reasons if applies]

    def work(self, changes: tuple[FileChange, ...]) -> RuntimeWork:
        """Return the work for changes that nothing stands against."""
        reloads = _writes(changes)
        plan = RuntimePlan(
            runtime=Runtime.CRIO,
            flavour=self.flavour,
            verdict=Verdict.CHANGE if changes else Verdict.NOTHING,
            activation=Activation.RELOAD if reloads else Activation.NONE,
            warnings=self._warnings(changes),
        )
        if not changes:
            return RuntimeWork(plan=plan, restart=self._restart())
        target = self.files.target
        wanted = self.files.locations(changes)
        before = self.files.locations(())
        return RuntimeWork(
            plan=plan,
            asks=tuple(one.canary_url(named=False) for one in target.by_upstream),
            changes=changes,
            activate=self._reload(wanted) if reloads else (),
            check=self._unharmed(),
            probe=self._proof(),
            deactivate=self._reload(before) if reloads else (),
            check_reverted=self._unharmed(),
            restart=self._restart(),
        )

    def _restart(self) -> Restart | None:
        unit, crictl = self.crio.unit, self.crio.crictl
        if not unit or not crictl:
            return None
        *_reload, same_containers = self._unharmed()
        return Restart(
            runtime=Runtime.CRIO,
            steps=(Step(name=StepName.CRIO_RESTART, args=(unit,)),),
            check=(Step(name=StepName.UNIT_ACTIVE, args=(unit,)), same_containers),
            probe=self._proof(),
            blocks=tuple(
                block(BlockReason.CONFIG_NOT_LOADED, path)
                for path in self.crio.edited
                if not path.startswith(CONTAINERS_CONFIG)
            ),
            warnings=(
                _(
                    "CRI-O restarts: containers go on, pulls and execs under way break, and kubelet"
                    " may report NotReady for some seconds."
                ),
            ),
        )

    def _proof(self) -> tuple[Step, ...]:
        client = (self.crio.crictl, self.crio.endpoint)
        return tuple(
            Step(name=StepName.CRI_PULL, args=(canary.reference, canary.digest, *client))
            for canary in canaries(self.files.target)
        )

    def _reload(self, locations: dict[str, tuple[str, ...]]) -> tuple[Step, ...]:
        named = dict.fromkeys(where for its in locations.values() for where in its)
        return (Step(name=StepName.CRIO_RELOAD, args=(self.crio.unit, *named)),)

    def _unharmed(self) -> tuple[Step, ...]:
        name = Runtime.CRIO.value
        return (
            Step(name=StepName.SAME_PROCESS, args=(name,)),
            Step(name=StepName.SAME_CONTAINERS, args=(name, self.crio.endpoint)),
        )

    def _warnings(self, changes: Sequence[FileChange]) -> tuple[str, ...]:
        edited = [path for path in self.crio.edited if path != CONTAINERS_OWN or not changes]
        registries = [path for path in edited if path.startswith(CONTAINERS_CONFIG)]
        mode = self.crio.short_name_mode
        if not mode and self.version >= _ENFORCES_SHORT_NAMES:
            mode = ENFORCING
        found = [
            (
                self.version >= _NEWEST_KNOWN,
                _("This CRI-O is newer than those that Pilotage was checked with."),
            ),
            (
                _writes(changes) and self.crio.auto_reload_registries,
                _("CRI-O takes up drop-ins by itself as soon as they are written."),
            ),
            (
                _writes(changes) and bool(edited),
                _(
                    "Changed after CRI-O started, and live from this reload if nobody has reloaded"
                    " since: {names}."
                ).format(names=", ".join(edited)),
            ),
            (
                not changes and bool(registries),
                _(
                    "The target is in the files already, but they were changed after CRI-O started:"
                    " unless somebody has reloaded it since, it does not use them yet."
                ),
            ),
            (
                bool(self.crio.dead_keys),
                _(
                    "CRI-O has not read these for long, whatever they say of registries: {names}."
                    " What is meant by them belongs into registries.conf."
                ).format(names=", ".join(f"{key} ({path})" for path, key in self.crio.dead_keys)),
            ),
        ]
        return (
            *(text for applies, text in found if applies),
            *short_name_warnings(self._reading, mode),
            *self.files.warnings(changes),
            *(self._change_warnings() if changes else ()),
        )

    def _change_warnings(self) -> tuple[str, ...]:
        facts, target = self.files.facts, self.files.target
        return (
            *signature_warnings(self._policies, target),
            *login_warnings(facts, target, lambda file: file == self.crio.global_auth_file),
        )


def _writes(changes: Sequence[FileChange]) -> bool:
    return any(change.purpose is FilePurpose.CONFIG for change in changes)
