"""The plan for Podman on one host.

It reads its files at each call: nothing is reloaded or restarted, and no container is touched.
Buildah and Skopeo read the same files, so they are served with it (facts/runtimes.md §3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wizard.discovery.container_facts import PodmanFacts
from wizard.discovery.facts import HostFacts
from wizard.planning.plan import (
    Block,
    FileChange,
    Runtime,
    RuntimePlan,
    Step,
    StepName,
    Verdict,
)
from wizard.planning.proof import canaries
from wizard.planning.versions import Version, usable_version
from wizard.planning.work import Restart, RuntimeWork, work_of
from wizard.runtimes.registries_conf.logins import login_warnings
from wizard.runtimes.registries_conf.serving import Serving, serving
from wizard.runtimes.registries_conf.short_names import short_name_warnings
from wizard.runtimes.registries_conf.signatures import (
    SignaturePolicy,
    policies_of,
    signature_blocks,
    signature_warnings,
)
from wizard.runtimes.registries_conf.users import user_blocks
from wizard.target import Target
from wizard.wording import _

_OLDEST: Final = (3, 0, 0)
"""The first of a stable distribution whose drop-ins work as §3.1 says (containers/image#838)."""
_NEWEST_KNOWN: Final = (6, 0, 0)


def plan_podman(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return what happens to Podman on that host, None where there is none; pure."""
    podman = facts.podman
    if podman is None:
        return None
    flavour = f"podman {'.'.join(podman.version.split('.')[:2]) or '?'}"
    return work_of(
        Runtime.PODMAN,
        flavour,
        lambda: _PodmanPlanner(
            podman=podman,
            flavour=flavour,
            version=_usable_version(podman),
            files=serving(facts, target),
        ),
    )


def _usable_version(podman: PodmanFacts) -> Version:
    return usable_version("Podman", podman.version, error=podman.error, oldest=_OLDEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PodmanPlanner:
    """What one host's Podman is and gets."""

    podman: PodmanFacts
    flavour: str
    version: Version
    files: Serving

    def changes(self) -> tuple[FileChange, ...]:
        """Return the drop-in and the CA, as far as they are missing."""
        return self.files.changes()

    def blocks(self, changes: Sequence[FileChange]) -> tuple[Block, ...]:
        """Return every reason against the changes."""
        found = [*self.files.blocks(changes), *user_blocks(self.files, self.podman.homes)]
        if changes:
            found += signature_blocks(self._policies, self.files.target)
        return tuple(found)

    @property
    def _policies(self) -> tuple[SignaturePolicy, ...]:
        return policies_of(self.files.facts, self.podman.homes)

    def work(self, changes: tuple[FileChange, ...]) -> RuntimeWork:
        """Return the work for changes that nothing stands against."""
        plan = RuntimePlan(
            runtime=Runtime.PODMAN,
            flavour=self.flavour,
            verdict=Verdict.CHANGE if changes else Verdict.NOTHING,
            warnings=self._warnings(changes),
        )
        # No daemon keeps what it has read of certificates: nothing need be restarted for them.
        proof = tuple(
            Step(name=StepName.PODMAN_PULL, args=(canary.reference, canary.digest))
            for canary in canaries(self.files.target)
        )
        restart = Restart(runtime=Runtime.PODMAN, probe=proof)
        if not changes:
            return RuntimeWork(plan=plan, restart=restart)
        target = self.files.target
        return RuntimeWork(
            plan=plan,
            asks=tuple(one.canary_url(named=False) for one in target.by_upstream),
            changes=changes,
            check=_mirrors_steps(self.files.locations(changes)),
            probe=proof,
            check_reverted=_mirrors_steps(self.files.locations(())),
            restart=restart,
        )

    def _warnings(self, changes: Sequence[FileChange]) -> tuple[str, ...]:
        found = [
            (
                self.version >= _NEWEST_KNOWN,
                _("This Podman is newer than those that Pilotage was checked with."),
            ),
            (
                bool(changes) and self.podman.serves,
                _("A Podman service runs: it may go on with what it has read at its start."),
            ),
        ]
        return (
            *(text for applies, text in found if applies),
            *short_name_warnings(self.files.system),
            *self.files.warnings(changes),
            *(self._change_warnings() if changes else ()),
        )

    def _change_warnings(self) -> tuple[str, ...]:
        facts, target = self.files.facts, self.files.target
        of_crio = facts.crio.global_auth_file if facts.crio else ""
        return (
            *signature_warnings(self._policies, target),
            *login_warnings(facts, target, lambda file: file != of_crio),
        )


def _mirrors_steps(locations: Mapping[str, Sequence[str]]) -> tuple[Step, ...]:
    return tuple(
        Step(name=StepName.PODMAN_MIRRORS, args=(upstream, *its_locations))
        for upstream, its_locations in locations.items()
    )
