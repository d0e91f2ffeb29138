"""What a new run shall do, checked before anything is created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wizard.errand.errand import Errand
from wizard.errors import InputError, PlanBlocked, PlanChanged, PlanError, RunError
from wizard.fleet.policy import Migration, RolloutPolicy
from wizard.journal.events import RunKind
from wizard.planning.plan import Plan, Verdict
from wizard.rollback.steps import waves_to_undo
from wizard.rollout.waves import no_canary
from wizard.run.spec import RunSpec
from wizard.run.view import RunView
from wizard.target import Target
from wizard.wording import _


def discovery_spec(
    run: str, operator: str, migration: Migration, *, target: Target | None, hosts: Sequence[str]
) -> RunSpec:
    """Return the spec of a discovery of all (or the named) hosts."""
    names = tuple(host.name for host in migration.fleet.hosts)
    _check_names(hosts, names)
    return RunSpec(
        run=run,
        kind=RunKind.DISCOVERY,
        operator=operator,
        migration=migration,
        hosts=tuple(name for name in names if not hosts or name in hosts),
        target=target,
        policy=migration.policy,
    )


def rollout_spec(
    run: str,
    operator: str,
    migration: Migration,
    plan: Plan,
    *,
    approved_hash: str,
    unattended: bool,
) -> RunSpec:
    """Return the spec of a rollout of exactly the approved plan.

    Raises PlanChanged when it is another one, PlanBlocked when hosts are blocked and the policy
    does not leave them out, PlanError when there is nothing to change.
    """
    if plan.hash != approved_hash:
        raise PlanChanged(
            _("the plan is not the one that was approved"),
            state=_("Nothing was changed."),
            todo=_("Look at the new plan and approve it."),
        )
    blocked = [host.host for host in plan.hosts if host.verdict is Verdict.BLOCKED]
    if blocked and not migration.policy.leave_out_blocked:
        raise PlanBlocked(
            _("hosts are blocked: {hosts}").format(hosts=", ".join(blocked)),
            state=_("Nothing was changed."),
            todo=_("Take a way out for each, or leave blocked hosts out."),
        )
    if not any(plan.waves):
        problem = no_canary(migration, plan)
        if problem is not None:
            raise problem
        raise PlanError(_("the plan changes no host"), state=_("Nothing was changed."))
    fleet = {host.name for host in migration.fleet.hosts}
    strangers = [name for wave in plan.waves for name in wave if name not in fleet]
    if strangers:
        raise PlanChanged(
            _("the plan names hosts that the fleet does not have: {hosts}").format(
                hosts=", ".join(strangers)
            ),
            state=_("Nothing was changed."),
            todo=_("Make a new plan from this migration."),
        )
    return RunSpec(
        run=run,
        kind=RunKind.ROLLOUT,
        operator=operator,
        migration=migration,
        hosts=tuple(host.host for host in plan.hosts),
        waves=plan.waves,
        target=plan.target,
        plan=plan,
        policy=migration.policy,
        unattended=unattended,
    )


def rollback_spec(
    run: str,
    operator: str,
    migration: Migration,
    of: str,
    *,
    view: RunView | None,
    hosts: Sequence[str],
    wave: int | None,
    force: Sequence[tuple[str, str]],
    policy: RolloutPolicy | None,
) -> RunSpec:
    """Return the spec of a rollback; `view` is None where the journal of `of` is elsewhere.

    Raises InputError for unknown hosts or waves, RunError when nothing is left to roll back.
    """
    if view is not None and view.kind is not RunKind.ROLLOUT:
        raise RunError(
            _("run {run} is no rollout: there is nothing to roll back").format(run=of),
            state=_("Nothing was changed."),
        )
    fleet = tuple(host.name for host in migration.fleet.hosts)
    _check_names(hosts, fleet)
    _check_wave(view, wave)
    waves = waves_to_undo(view, fleet=fleet, hosts=hosts, wave=wave, policy=policy)
    names = tuple(name for one in waves for name in one)
    _check_names(names, fleet)
    if not names:
        raise RunError(
            _("nothing of run {run} is left to roll back").format(run=of),
            state=_("Nothing was changed."),
        )
    return RunSpec(
        run=run,
        kind=RunKind.ROLLBACK,
        operator=operator,
        migration=migration,
        hosts=names,
        waves=waves,
        of=of,
        ledgers=tuple(row.name for row in view.hosts if row.has_ledger) if view else (),
        force=tuple(force),
        policy=policy or replace(migration.policy, ask_between_waves=False),
    )


def errand_spec(run: str, operator: str, migration: Migration, errand: Errand) -> RunSpec:
    """Return the spec of an errand; raises InputError for a host that is not of the fleet."""
    _check_names([errand.host], tuple(host.name for host in migration.fleet.hosts))
    return RunSpec(
        run=run,
        kind=RunKind.ERRAND,
        operator=operator,
        migration=migration,
        hosts=(errand.host,),
        errand=errand,
    )


def _check_names(names: Sequence[str], fleet: tuple[str, ...]) -> None:
    strangers = sorted(set(names) - set(fleet))
    if strangers:
        raise InputError(
            _("not a host of the fleet: {hosts}").format(hosts=", ".join(strangers)),
            todo=_("Use the names of the migration file."),
        )


def _check_wave(view: RunView | None, wave: int | None) -> None:
    if wave is None:
        return
    if view is None:
        raise InputError(
            _("waves are not known to the hosts' ledgers"), todo=_("Name hosts instead.")
        )
    if not 0 <= wave < len(view.waves):
        raise InputError(
            _("run {run} has no wave {wave}").format(run=view.run, wave=wave),
            todo=_("Its waves are 0 to {last}.").format(last=len(view.waves) - 1),
        )
