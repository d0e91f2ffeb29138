"""The plan for one host: all its runtimes together, or nothing at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Final

from wizard.discovery.facts import FileKind, HostFacts, ReachState
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.blocks import block
from wizard.planning.moving_tags import moving_tags_notes
from wizard.planning.obstacles import host_blocks, reach_blocks
from wizard.planning.own_registry import own_registry_blocks, own_registry_notes
from wizard.planning.own_roots import roots_notes
from wizard.planning.paths import HOSTS_FILE, MISNAMED_HOSTS_FILE, hosts_file
from wizard.planning.plan import (
    Activation,
    Block,
    BlockReason,
    FileChange,
    FilePurpose,
    HostPlan,
    Runtime,
    Step,
    StepName,
    Verdict,
)
from wizard.planning.proof import proof_notes
from wizard.planning.system_store import (
    SystemStore,
    for_runtimes,
    system_store,
    through_store,
)
from wizard.planning.unmoved import unmoved_notes
from wizard.planning.work import Report, RuntimePlanner, RuntimeWork
from wizard.target import Target
from wizard.wording import _

_SKEW: Final = 5
"""Minutes of difference that are told; a loaded host answers late, and few certificates mind."""


def plan_host(
    facts: HostFacts,
    target: Target,
    policy: RolloutPolicy,
    runtimes: Sequence[RuntimePlanner],
) -> HostPlan:
    """Return what happens on one host; pure, and the same bytes for the same input.

    A host with any blocked runtime is not changed at all: no host is half-served.
    """
    planned = [plan(facts, for_runtimes(target)) for plan in runtimes]
    reports = [one for one in planned if isinstance(one, Report)]
    works = [_after_restart(one, facts, policy) for one in planned if isinstance(one, RuntimeWork)]
    works = _without_clashes(works)
    store = system_store(facts, target)
    works = through_store(works, store, facts, policy)
    works = [_blocked(work, own_registry_blocks(facts, target, work)) for work in works]
    against = host_blocks(facts, target)
    works = [
        _blocked(work, (*against, *reach_blocks(facts, target, work.asks)))
        if work.changes
        else work
        for work in works
    ]
    plans = tuple(work.plan for work in works)
    notes = (
        *_notes_on_clock(facts),
        *_notes_on_runtimes(facts, works, reports),
        *_notes_on_files(facts),
        *unmoved_notes(facts, target),
        *own_registry_notes(facts, target),
        *moving_tags_notes(facts, target),
    )
    if any(plan.verdict is Verdict.BLOCKED for plan in plans):
        return HostPlan(host=facts.host, runtimes=plans, notes=notes)
    in_order = works[::-1]
    changes = {change.real_path: change for work in in_order for change in work.changes}
    rank = list(FilePurpose).index
    return HostPlan(
        host=facts.host,
        runtimes=plans,
        changes=tuple(sorted(changes.values(), key=lambda change: rank(change.purpose))),
        validate=(
            *_ca_checks(target, changes.values(), store),
            *_merged(w.validate for w in in_order),
        ),
        activate=_merged(work.activate for work in in_order),
        check=_without_lost(_merged(work.check for work in in_order), works, facts),
        probe=_merged(work.probe for work in in_order),
        deactivate=_merged(work.deactivate for work in in_order),
        check_reverted=_without_lost(
            _merged(work.check_reverted for work in in_order), works, facts
        ),
        notes=(*notes, *_notes_on_changes(facts, target, list(changes.values()), store)),
        one_at_a_time=next((w.one_at_a_time for w in works if w.changes and w.one_at_a_time), ""),
        docker_uid=next((work.docker_uid for work in works if work.docker_uid), 0),
    )


def _after_restart(work: RuntimeWork, facts: HostFacts, policy: RolloutPolicy) -> RuntimeWork:
    """Return the work with what a restart of containerd means for Docker beside it.

    Units of Docker's old packages stop with containerd (facts/runtimes.md §1.5).
    """
    docker = facts.docker
    if docker is None or work.plan.activation is not Activation.RESTART:
        return work
    bound = docker.bound_to_containerd and _restarts_containerd(work)
    if bound and Runtime.DOCKER.value not in policy.allow_restart:
        detail = _("{unit} restarts with containerd").format(unit=docker.unit or "docker")
        return _blocked(work, (block(BlockReason.RESTART_NOT_ALLOWED, detail),))
    alive = (Step(name=StepName.UNIT_ACTIVE, args=(docker.unit,)),) if docker.unit else ()
    stops = bound and not docker.live_restore
    unharmed = () if stops else (Step(name=StepName.SAME_CONTAINERS, args=(Runtime.DOCKER.value,)),)
    stopped = tuple(container.name for container in docker.containers) if stops else ()
    return dataclasses.replace(
        work,
        plan=dataclasses.replace(work.plan, stops=stopped),
        check=(*work.check, *alive, *unharmed),
        check_reverted=(*work.check_reverted, *alive, *unharmed),
    )


def _restarts_containerd(work: RuntimeWork) -> bool:
    """Return whether the unit that Docker may be bound to restarts: k3s has one of its own."""
    is_containerd = work.plan.runtime is Runtime.CONTAINERD
    return is_containerd and work.plan.activation is Activation.RESTART


def _without_clashes(works: Sequence[RuntimeWork]) -> list[RuntimeWork]:
    """Return the works, the later blocked where two want one file to differ."""
    seen: dict[str, FileChange] = {}
    checked = []
    for work in works:
        clash = next(
            (
                change.path
                for change in work.changes
                if change.real_path in seen and seen[change.real_path].after != change.after
            ),
            None,
        )
        seen |= {change.real_path: change for change in work.changes}
        if clash is None:
            checked.append(work)
        else:
            detail = _("{path} is shared by Docker and containerd").format(path=clash)
            checked.append(_blocked(work, (block(BlockReason.FOREIGN_HOSTS_FILE, detail),)))
    return checked


def _blocked(work: RuntimeWork, blocks: Sequence[Block]) -> RuntimeWork:
    if not blocks:
        return work
    plan = dataclasses.replace(
        work.plan,
        verdict=Verdict.BLOCKED,
        activation=Activation.NONE,
        blocks=(*work.plan.blocks, *blocks),
    )
    return RuntimeWork(plan=plan)


def _ca_checks(
    target: Target, changes: Iterable[FileChange], store: SystemStore
) -> tuple[Step, ...]:
    """Return a look at the target by each new CA file, before anything relies on it.

    A store has one file for each certificate, of which one is enough: they are looked by together.
    """
    new = sorted(change.path for change in changes if change.purpose is FilePurpose.CA)
    groups = [store.paths] if new and store.changes else [(path,) for path in new]
    return tuple(
        Step(name=StepName.CA_CHECK, args=(f"{target.url}/v2/", *paths)) for paths in groups
    )


def _merged(steps: Iterable[Sequence[Step]]) -> tuple[Step, ...]:
    """Return the steps of all runtimes in order, each once."""
    return tuple(dict.fromkeys(step for group in steps for step in group))


def _without_lost(
    steps: Sequence[Step], works: Sequence[RuntimeWork], facts: HostFacts
) -> tuple[Step, ...]:
    """Return the steps without those that an allowed restart of Docker makes untrue."""
    restart = any(_restarts_containerd(work) for work in works)
    if facts.docker is None or not restart or not facts.docker.bound_to_containerd:
        return tuple(steps)
    lost = {StepName.SAME_PROCESS}
    if not facts.docker.live_restore:
        lost.add(StepName.SAME_CONTAINERS)
    args = (Runtime.DOCKER.value,)
    return tuple(step for step in steps if step.name not in lost or step.args != args)


def _notes_on_clock(facts: HostFacts) -> tuple[str, ...]:
    """Return that the host's clock is wrong, or ours: by it certificates are valid or not."""
    minutes = round(facts.clock_skew / 60)
    if minutes >= _SKEW:
        text = _(
            "Its clock is {minutes} min ahead of this machine's: a valid certificate may be taken"
            " for an expired one. Synchronise both clocks, then discover the host again."
        )
    elif minutes <= -_SKEW:
        text = _(
            "Its clock is {minutes} min behind this machine's: a new certificate may be taken for"
            " one that is not valid yet. Synchronise both clocks, then discover the host again."
        )
    else:
        return ()
    return (text.format(minutes=abs(minutes)),)


def _notes_on_runtimes(
    facts: HostFacts, works: Sequence[RuntimeWork], reports: Sequence[Report]
) -> tuple[str, ...]:
    told = {report.name for report in reports}
    told |= {work.plan.flavour.partition(" ")[0] for work in works}
    notes = []
    if not works:
        notes.append(_("No runtime that Pilotage can move was found."))
    if facts.containerd is not None and not facts.containerd.serves_kubernetes:
        notes.append(_("containerd does not serve Kubernetes here and is left as it is."))
    for other in facts.others:
        if other.name not in told:
            text = _("{name} {version} was found and is left as it is.")
            notes.append(text.format(name=other.name, version=other.version))
    return (*notes, *(note for report in reports for note in report.notes))


def _notes_on_files(facts: HostFacts) -> tuple[str, ...]:
    """Return the files that somebody meant to be read, and that nobody reads."""
    text = _("{path} is read by nobody: the name that counts is {name}.")
    return tuple(
        text.format(path=file.path, name=HOSTS_FILE)
        for file in facts.files
        if file.path.endswith(f"/{MISNAMED_HOSTS_FILE}") and file.kind is not FileKind.ABSENT
    )


def _notes_on_changes(
    facts: HostFacts, target: Target, changes: Sequence[FileChange], store: SystemStore
) -> tuple[str, ...]:
    notes = []
    if any(change.path.endswith(hosts_file("/docker/certs.d")) for change in changes):
        notes.append(_("docker build may use the registries it knows for ten more minutes."))
    if changes and (facts.target is None or facts.target.state is ReachState.UNKNOWN):
        notes.append(_("Nothing on the host could tell whether it reaches the target."))
    if changes:
        notes += proof_notes(facts, target)
    if changes and not store.changes:
        notes += roots_notes(facts, for_runtimes(target))
    return tuple(notes)
