"""`pilotage apply`: roll a plan out, the canary first, then in waves."""

from __future__ import annotations

from pathlib import Path

import click

from wizard.cli.command_orders import started
from wizard.cli.deciding import FailedGate, decide_at_gates
from wizard.cli.exit_codes import ExitCode
from wizard.cli.finishing import finish, refuse_drift
from wizard.cli.following import follow
from wizard.cli.options import common_options
from wizard.cli.plan_file import read_plan
from wizard.cli.plan_text import blocked_lines, folded, noted_lines, plan_lines, summary_lines
from wizard.cli.preparation import (
    discovered,
    host_secrets,
    load_migration,
    probed_target,
    report_gaps,
)
from wizard.cli.questions import confirm, warn_of_logout
from wizard.cli.surroundings import Session
from wizard.errors import PlanBlocked, PlanChanged
from wizard.fleet.policy import Migration
from wizard.planning.plan import Plan, Verdict
from wizard.rollout.waves import no_canary
from wizard.wording import _, mark


@click.command(
    help=mark(
        "Roll out: the canary first, then in waves.\n\n"
        "Without PLAN.json a plan is made now and shown. The rollout runs in its own "
        "process: Ctrl-C ends this view of it, never the rollout."
    )
)
@click.argument("plan_file", metavar="[PLAN.json]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--on-failed-gate",
    type=click.Choice([choice.value for choice in FailedGate]),
    default=None,
    help=mark("What to do when a gate fails; stop with --yes, else wait."),
)
@click.option("--detach", is_flag=True, help=mark("Start it and leave."))
@common_options
@click.pass_obj
def apply(
    session: Session, plan_file: Path | None, on_failed_gate: str | None, *, detach: bool
) -> ExitCode:
    """Roll out: the canary first, then in waves."""
    at_gate = _at_failed_gate(session, on_failed_gate)
    migration = load_migration(session)
    plan = read_plan(plan_file) if plan_file else None
    secrets = host_secrets(session, migration)
    if plan is None:
        target = probed_target(session, migration)
        found = discovered(session, migration, secrets, target=target)
        report_gaps(session, found)
        plan = session.service.plan(migration, found.facts, target)
    _check(session, migration, plan, plan_file)
    for line in (*summary_lines(plan), *noted_lines(plan)):
        session.output.say(line)
    if not any(plan.waves):
        return _nothing(session, plan)
    warn_of_logout(session)
    if not confirm(session, _("Apply this plan?")):
        session.output.say(_("Nothing was changed."))
        return ExitCode.UNFINISHED
    run = session.wait(
        session.service.start_rollout(
            migration,
            plan,
            secrets=secrets,
            approved_hash=plan.hash,
            unattended=session.yes and at_gate is FailedGate.STOP,
        )
    )
    if detach:
        return started(session, run)
    session.output.say(_("Rollout {run} started").format(run=run))
    decide = decide_at_gates(session, at_gate)
    view = follow(session, run, decide=decide)
    refuse_drift(session, view)
    return finish(session, view)


def _at_failed_gate(session: Session, given: str | None) -> FailedGate:
    """Return what happens at a failed gate: nobody is there to decide under `--yes`."""
    if given is not None:
        return FailedGate(given)
    return FailedGate.STOP if session.yes else FailedGate.WAIT


def _check(session: Session, migration: Migration, plan: Plan, plan_file: Path | None) -> None:
    known = {host.name for host in migration.fleet.hosts}
    gone = [host.host for host in plan.hosts if host.host not in known]
    if gone:
        raise PlanChanged(
            _("The plan has hosts that the migration file does not have: {hosts}.").format(
                hosts=folded(gone)
            ),
            file=str(plan_file or session.migration_path),
            state=_("Nothing was changed."),
            todo=_("Make a new plan from this migration file."),
        )
    blocked = [host.host for host in plan.hosts if host.verdict is Verdict.BLOCKED]
    if blocked and not migration.policy.leave_out_blocked:
        for line in blocked_lines(plan):
            session.output.say(line)
        raise PlanBlocked(
            _("Hosts are blocked: {hosts}.").format(hosts=folded(blocked)),
            state=_("Nothing was changed."),
            todo=_("Take a way out, or set “leave_out_blocked: true” under “rollout:”."),
        )
    _check_canary(session, migration, plan)


def _check_canary(session: Session, migration: Migration, plan: Plan) -> None:
    problem = no_canary(migration, plan)
    if problem is not None:
        for line in plan_lines(plan):
            session.output.say(line)
        raise problem


def _nothing(session: Session, plan: Plan) -> ExitCode:
    session.output.say(_("There is nothing to change."))
    if session.as_json:
        session.output.document("run", {"run": None, "plan_hash": plan.hash})
    return ExitCode.DONE
