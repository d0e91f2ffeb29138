"""The target's CA in the certificate store of the system, where the operator wants it there.

Whoever asks the store reads it once, when it starts: every daemon restarts for it
(facts/runtimes.md §6). Podman reads it at each call.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wizard.discovery.facts import HostFacts, ReachState
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.blocks import Blocked, block
from wizard.planning.files import file_at, file_blocks, file_change
from wizard.planning.own_roots import roots_elsewhere
from wizard.planning.paths import CA_STORES
from wizard.planning.plan import (
    Activation,
    Block,
    BlockReason,
    FileChange,
    FilePurpose,
    Runtime,
    Step,
    StepName,
    Verdict,
)
from wizard.planning.work import Restart, RuntimeWork
from wizard.target import CATrust, Target
from wizard.wording import _

_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)
_PROGRAMS: Final = {"redhat": "update-ca-trust"}
_USUAL_PROGRAM: Final = "update-ca-certificates"
_OF_RUNTIME: Final = frozenset({StepName.SAME_PROCESS, StepName.SAME_CONTAINERS})


def for_runtimes(target: Target) -> Target:
    """Return the target as runtimes see it: without a CA of their own where the system has it."""
    if target.ca_trust is CATrust.REGISTRY:
        return target
    return dataclasses.replace(target, ca_pem=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStore:
    """What the store of one host lacks, and how it is rebuilt.

    Attributes:
        paths: of the files of all certificates, those that are there already among them.
    """

    kind: str
    paths: tuple[str, ...] = ()
    changes: tuple[FileChange, ...] = ()
    blocks: tuple[Block, ...] = ()

    @property
    def update(self) -> Step:
        """Return the step that takes our files up."""
        return Step(name=StepName.CA_STORE_UPDATE, args=(self.kind,))

    @property
    def clear(self) -> Step:
        """Return the step that forgets files of ours that are gone again."""
        return Step(name=StepName.CA_STORE_UPDATE, args=(self.kind, "fresh"))


def system_store(facts: HostFacts, target: Target) -> SystemStore:
    """Return what the store lacks; nothing where the host trusts the target already."""
    store = SystemStore(kind=facts.ca_store)
    if target.ca_trust is CATrust.REGISTRY or target.ca_pem is None:
        return store
    if facts.target is not None and facts.target.state is ReachState.OK:
        return store
    place = CA_STORES.get(facts.ca_store)
    program = _PROGRAMS.get(facts.ca_store, _USUAL_PROGRAM)
    if place is None:
        return _refused(store, block(BlockReason.CA_STORE_UNKNOWN, facts.os_name))
    if facts.tools and program not in facts.tools:
        return _refused(store, block(BlockReason.CA_STORE_UNKNOWN, program))
    wanted = _wanted(target.ca_pem, *place)
    try:
        files = [file_at(facts, path) for path in wanted]
        found = [file_change(file, FilePurpose.CA, wanted[file.path]) for file in files]
    except Blocked as obstacle:
        return _refused(store, obstacle.block)
    changes = tuple(change for change in found if change is not None)
    written = {change.path for change in changes}
    blocks = tuple(reason for file in files if file.path in written for reason in file_blocks(file))
    return dataclasses.replace(store, paths=tuple(wanted), changes=changes, blocks=blocks)


def _refused(store: SystemStore, reason: Block) -> SystemStore:
    return dataclasses.replace(store, blocks=(reason,))


def _wanted(pem: str, directory: str, suffix: str) -> dict[str, str]:
    """Return a file for each certificate: a store's index takes the first of a file only."""
    wanted = {}
    for number, certificate in enumerate(_CERTIFICATE.findall(pem), 1):
        name = "pilotage-ca" if number == 1 else f"pilotage-ca-{number}"
        wanted[f"{directory}/{name}{suffix}"] = f"{certificate}\n"
    return wanted


def through_store(
    works: Sequence[RuntimeWork], store: SystemStore, facts: HostFacts, policy: RolloutPolicy
) -> list[RuntimeWork]:
    """Return the works with what the store gets, and the restarts that this takes."""
    if store.blocks:
        return [_against(work, store.blocks) for work in works]
    if not store.changes:
        return list(works)
    changed = [_with_store(work, store, facts, policy) for work in works]
    restarts = [work.restart for work in works if work.restart is not None]
    return [_without_moot(work, restarts) for work in changed]


def _against(work: RuntimeWork, blocks: Iterable[Block]) -> RuntimeWork:
    plan = dataclasses.replace(
        work.plan,
        verdict=Verdict.BLOCKED,
        activation=Activation.NONE,
        blocks=(*work.plan.blocks, *blocks),
    )
    return RuntimeWork(plan=plan)


def _with_store(
    work: RuntimeWork, store: SystemStore, facts: HostFacts, policy: RolloutPolicy
) -> RuntimeWork:
    if work.plan.verdict is Verdict.BLOCKED:
        return work
    restart = work.restart
    if restart is None:
        detail = _("{flavour} would have to restart for it, which Pilotage cannot do")
        words = detail.format(flavour=work.plan.flavour)
        return _against(work, [block(BlockReason.CA_STORE_UNKNOWN, words)])
    elsewhere = roots_elsewhere(facts, work.plan.runtime)
    if elsewhere:
        return _against(work, [block(BlockReason.OWN_ROOTS, elsewhere)])
    if restart.blocks:
        return _against(work, restart.blocks)
    name = work.plan.runtime.value
    if restart.stops_containers and name not in policy.allow_restart:
        detail = _("{runtime} reads the system's certificates at its start only").format(
            runtime=name
        )
        ways_out = _without_harm(facts, work.plan.runtime)
        return _against(work, [block(BlockReason.RESTART_NOT_ALLOWED, detail, ways_out=ways_out)])
    stops = _containers(facts, work.plan.runtime) if restart.stops_containers else ()
    activation = Activation.RESTART if restart.steps else work.plan.activation
    plan = dataclasses.replace(
        work.plan,
        verdict=Verdict.CHANGE,
        activation=activation,
        stops=tuple(dict.fromkeys((*work.plan.stops, *stops))),
        warnings=tuple(dict.fromkeys((*work.plan.warnings, *restart.warnings))),
    )
    return dataclasses.replace(
        work,
        plan=plan,
        changes=(*store.changes, *work.changes),
        validate=tuple(dict.fromkeys((*restart.validate, *work.validate))),
        activate=(store.update, *restart.steps),
        check=(*restart.check, *work.check),
        probe=work.probe or restart.probe,
        deactivate=(store.clear, *restart.steps),
        check_reverted=(*restart.check, *work.check_reverted),
    )


def _without_harm(facts: HostFacts, runtime: Runtime) -> tuple[str, ...]:
    """Return the way to a restart that no container notices; a Swarm has none (§1.5)."""
    docker = facts.docker if runtime is Runtime.DOCKER else None
    if docker is None or docker.swarm:
        return ()
    return (
        _(
            "Set live-restore to true in daemon.json, reload Docker, then discover the host again:"
            " its containers then outlive the restart."
        ),
    )


def _without_moot(work: RuntimeWork, restarts: Iterable[Restart]) -> RuntimeWork:
    """Return the work without checks that an allowed restart of a runtime makes untrue."""
    moot = {
        Step(name=name, args=(one.runtime.value,))
        for one in restarts
        if one.steps
        for name in _OF_RUNTIME
        if name is StepName.SAME_PROCESS or one.stops_containers
    }
    return dataclasses.replace(
        work,
        check=tuple(step for step in work.check if step not in moot),
        check_reverted=tuple(step for step in work.check_reverted if step not in moot),
    )


def _containers(facts: HostFacts, runtime: Runtime) -> tuple[str, ...]:
    if runtime is not Runtime.DOCKER or facts.docker is None:
        return ()
    return tuple(container.name for container in facts.docker.containers)
