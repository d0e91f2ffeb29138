"""The plan for a buildkitd of the host's own: its file, one restart, a build that proves it.

It reads buildkitd.toml at its start only. A restart breaks builds off that are under way; it keeps
the cache, and no container is in it. That of Docker reads Docker's files, and those of buildx live
in containers: neither is meant (facts/runtimes.md §0).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wizard.discovery.container_facts import BuildKitFacts
from wizard.discovery.facts import FileFacts, HostFacts
from wizard.planning.blocks import Blocked, block, naming_file
from wizard.planning.files import file_at, file_blocks, file_change, file_warnings, text_of
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
from wizard.runtimes.buildkit.config import (
    BuildKitConfig,
    ca_path,
    connectable,
    mirror,
    read_config,
)
from wizard.target import Addressing, Target
from wizard.wording import _

UNIT: Final = "buildkit.service"
"""That of its own packages; the script knows to order itself before it, after a reboot."""
_OLDEST: Final = (0, 9, 0)
"""How a mirror is spoken to is said in a table of its own (moby/buildkit issue 2514)."""
_PROJECTS: Final = (0, 12, 0)
"""Surely since then a mirror may have a project (moby/buildkit pull 3427, of December 2022)."""
_NEWEST_KNOWN: Final = (0, 35, 0)


def plan_buildkit(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return what happens to BuildKit on that host, None where none runs by itself; pure."""
    buildkit = facts.buildkit
    if buildkit is None:
        return None
    flavour = f"BuildKit {'.'.join(buildkit.version.split('.')[:2]) or '?'}"
    return work_of(Runtime.BUILDKIT, flavour, lambda: _planner(facts, buildkit, flavour, target))


def _planner(
    facts: HostFacts, buildkit: BuildKitFacts, flavour: str, target: Target
) -> _BuildKitPlanner:
    version = usable_version("BuildKit", buildkit.version, error=buildkit.error, oldest=_OLDEST)
    refuse_tags_of_upstream(target, "mirrors")
    prefixed = any(one.addressing is Addressing.PREFIX for one in target.by_upstream)
    if prefixed and version < _PROJECTS:
        what = _("a project in a mirror, before BuildKit 0.12")
        raise Blocked(BlockReason.VERSION_UNKNOWN, what)
    file = file_at(facts, buildkit.config_file)
    text = text_of(file) or ""
    with naming_file(file.path):
        config = read_config(file.path, text)
    return _BuildKitPlanner(
        facts=facts,
        buildkit=buildkit,
        flavour=flavour,
        target=target,
        version=version,
        file=file,
        config=config,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _BuildKitPlanner:
    """What one host's BuildKit is and gets."""

    facts: HostFacts
    buildkit: BuildKitFacts
    flavour: str
    target: Target
    version: Version
    file: FileFacts
    config: BuildKitConfig

    def changes(self) -> tuple[FileChange, ...]:
        """Return the CA, then the file that refers to it, as far as they are missing."""
        for one in self.target.by_upstream:
            mirror(one)
        with naming_file(self.file.path):
            text = self.config.with_target(self.target)
        changes = []
        if self.target.ca_pem is not None:
            wanted = f"{self.target.ca_pem.rstrip()}\n"
            ca = file_at(self.facts, ca_path(self.file.path))
            changes.append(file_change(ca, FilePurpose.CA, wanted))
        if text != self.config.text:
            changes.append(file_change(self.file, FilePurpose.CONFIG, text))
        return tuple(change for change in changes if change is not None)

    def blocks(self, changes: Sequence[FileChange]) -> tuple[Block, ...]:
        """Return every reason against the changes."""
        if self.config.table(self.target.authority).get("http") is True:
            return (self._plain_http(),)
        if self.buildkit.config_changed_at > self.buildkit.config_loaded_at > 0:
            return (block(BlockReason.CONFIG_NOT_LOADED, self.file.path),)
        if not changes:
            return ()
        found = [
            (not self.buildkit.buildctl, block(BlockReason.NO_BUILDCTL)),
            (self.buildkit.unit != UNIT, block(BlockReason.NO_UNIT, self.buildkit.unit)),
        ]
        proxy = proxy_in_the_way(self.target.url, self.buildkit.proxies)
        if proxy:
            host = urlsplit(proxy).hostname or ""
            found.append((True, block(BlockReason.PROXY_IN_THE_WAY, host)))
        files = (file_at(self.facts, change.path) for change in changes)
        of_files = (reason for file in files for reason in file_blocks(file))
        return (*(reason for applies, reason in found if applies), *of_files)

    def _plain_http(self) -> Block:
        way_out = _(
            "Remove http from what {path} says of {host}, restart BuildKit, then discover the host"
            " again."
        ).format(path=self.file.path, host=self.target.authority)
        return block(BlockReason.BY_HAND, f"{self.flavour}: http = true", ways_out=(way_out,))

    def work(self, changes: tuple[FileChange, ...]) -> RuntimeWork:
        """Return the work for changes that nothing stands against."""
        plan = RuntimePlan(
            runtime=Runtime.BUILDKIT,
            flavour=self.flavour,
            verdict=Verdict.CHANGE if changes else Verdict.NOTHING,
            activation=Activation.RESTART if changes else Activation.NONE,
            warnings=self._warnings(changes),
        )
        restart = self._restart()
        if not changes:
            return RuntimeWork(plan=plan, restart=restart)
        check = self._checks()
        return RuntimeWork(
            plan=plan,
            asks=tuple(one.canary_url(named=True) for one in self.target.by_upstream),
            changes=changes,
            activate=self._restarting(),
            check=check,
            probe=self._proof(),
            deactivate=self._restarting(),
            check_reverted=check,
            restart=restart,
        )

    def _restart(self) -> Restart | None:
        if self.buildkit.unit != UNIT or not self.buildkit.buildctl:
            return None
        return Restart(
            runtime=Runtime.BUILDKIT,
            steps=self._restarting(),
            check=self._checks(),
            probe=self._proof(),
            warnings=(_restart_warning(),),
        )

    def _restarting(self) -> tuple[Step, ...]:
        return (Step(name=StepName.BUILDKIT_RESTART, args=(self.buildkit.unit,)),)

    def _checks(self) -> tuple[Step, ...]:
        return (
            Step(name=StepName.UNIT_ACTIVE, args=(self.buildkit.unit,)),
            Step(name=StepName.BUILDKIT_ANSWERS, args=(self._address,)),
        )

    def _proof(self) -> tuple[Step, ...]:
        return tuple(
            Step(
                name=StepName.BUILDKIT_BUILD, args=(canary.reference, canary.digest, self._address)
            )
            for canary in canaries(self.target)
        )

    @property
    def _address(self) -> str:
        told = self.buildkit.address
        return told if connectable(told) else self.config.address

    def _warnings(self, changes: Sequence[FileChange]) -> tuple[str, ...]:
        others = [
            name
            for one in self.target.by_upstream
            for name in self.config.words(one.upstream, "mirrors")
            if name != mirror(one)
        ]
        found = [
            (bool(changes), _restart_warning()),
            (
                self.version >= _NEWEST_KNOWN,
                _("This BuildKit is newer than those that Pilotage was checked with."),
            ),
            (bool(others), _("Mirrors that were there stay, after the target.")),
            (
                self.config.table(self.target.authority).get("insecure") is True,
                _("BuildKit takes any certificate of {host}: insecure.").format(
                    host=self.target.authority
                ),
            ),
        ]
        files = (file_at(self.facts, change.path) for change in changes)
        of_files = (warning for file in files for warning in file_warnings(file))
        return (*(text for applies, text in found if applies), *of_files)


def _restart_warning() -> str:
    return _(
        "BuildKit restarts: builds under way break off and have to be started again; its cache"
        " stays, and no container is in it."
    )
