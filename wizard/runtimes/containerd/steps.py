"""What is done on the host for containerd: validated, restarted, checked, proven."""

from __future__ import annotations

from wizard.planning.plan import (
    Activation,
    FileChange,
    FilePurpose,
    Runtime,
    RuntimePlan,
    Step,
    StepName,
    Verdict,
)
from wizard.planning.proof import proofs
from wizard.planning.work import Restart, RuntimeWork
from wizard.runtimes.containerd.situation import Situation
from wizard.runtimes.containerd.warnings import restart_warning, warnings_about


def containerd_work(here: Situation, flavour: str, changes: tuple[FileChange, ...]) -> RuntimeWork:
    """Return the work for changes that nothing stands against."""
    restart = any(change.purpose is FilePurpose.CONFIG for change in changes)
    plan = RuntimePlan(
        runtime=Runtime.CONTAINERD,
        flavour=flavour,
        verdict=Verdict.CHANGE if changes else Verdict.NOTHING,
        activation=Activation.RESTART if restart else Activation.NONE,
        warnings=warnings_about(here, changes, restart=restart),
    )
    if not changes:
        return RuntimeWork(plan=plan, restart=_restart(here))
    restarting = (
        (Step(name=StepName.CONTAINERD_RESTART, args=(here.containerd.unit,)),) if restart else ()
    )
    return RuntimeWork(
        plan=plan,
        asks=tuple(one.canary_url(named=True) for one in here.target.by_upstream),
        changes=changes,
        validate=_validation(here) if restart else (),
        activate=restarting,
        check=_checks(here, "" if here.by_endpoints else here.directory, restart=restart),
        probe=_proof(here),
        restart=_restart(here),
        deactivate=restarting,
        check_reverted=_checks(here, here.registry.config_path, restart=restart),
    )


def _restart(here: Situation) -> Restart | None:
    unit = here.containerd.unit
    if not unit or not here.containerd.crictl:
        return None
    return Restart(
        runtime=Runtime.CONTAINERD,
        steps=(Step(name=StepName.CONTAINERD_RESTART, args=(unit,)),),
        validate=(Step(name=StepName.CONTAINERD_VALIDATE, args=(here.containerd.config_file,)),),
        check=(
            Step(name=StepName.UNIT_ACTIVE, args=(unit,)),
            Step(name=StepName.CONTAINERD_CRI_OK),
            Step(name=StepName.SAME_CONTAINERS, args=(Runtime.CONTAINERD.value,)),
        ),
        probe=_proof(here),
        warnings=(restart_warning(),),
    )


def _validation(here: Situation) -> tuple[Step, ...]:
    """Return what shows before the restart that nothing but the registry changes (§7 row 7)."""
    file = (here.containerd.config_file,)
    return (
        Step(name=StepName.CONTAINERD_VALIDATE, args=file),
        Step(name=StepName.CONTAINERD_SAME_SETTINGS, args=file),
    )


def _checks(here: Situation, config_path: str, *, restart: bool) -> tuple[Step, ...]:
    alive = Step(name=StepName.CONTAINERD_CRI_OK)
    unharmed = Step(name=StepName.SAME_CONTAINERS, args=(Runtime.CONTAINERD.value,))
    if not restart:
        return alive, unharmed
    path = (config_path, here.containerd.config_file)
    return (
        Step(name=StepName.UNIT_ACTIVE, args=(here.containerd.unit,)),
        alive,
        Step(name=StepName.CONTAINERD_CONFIG_PATH, args=path),
        unharmed,
    )


def _proof(here: Situation) -> tuple[Step, ...]:
    client = (here.containerd.crictl, here.containerd.endpoint)
    return tuple(
        Step(name=StepName.CRI_PULL, args=(*proof, *client)) for proof in proofs(here.target)
    )
