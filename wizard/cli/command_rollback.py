"""`pilotage rollback`: take a rollout back, whole, by wave, by host, or step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from wizard.cli.command_orders import started
from wizard.cli.deciding import FailedGate, decide_at_gates
from wizard.cli.exit_codes import ExitCode
from wizard.cli.finishing import finish
from wizard.cli.following import follow
from wizard.cli.options import common_options
from wizard.cli.preparation import host_secrets, load_migration
from wizard.cli.questions import confirm, warn_of_logout
from wizard.cli.stepping import Undo, step_through
from wizard.cli.surroundings import Session
from wizard.errors import InputError, RunError
from wizard.fleet.policy import Migration
from wizard.rollback.steps import waves_to_undo
from wizard.run.view import RunView
from wizard.wording import _, mark


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Which hosts are taken back, newest wave first; `wave` None means no restriction."""

    hosts: tuple[str, ...]
    wave: int | None
    is_named: bool
    force: tuple[tuple[str, str], ...]


@click.command(
    help=mark(
        "Take RUN back: every file its bytes, mode and owner, every daemon its state.\n\n"
        "A file that somebody changed since is left alone and shown, unless --force names "
        "it."
    )
)
@click.argument("run")
@click.option("--wave", type=click.IntRange(min=0), help=mark("Only this wave; 0 is the canary."))
@click.option("--host", "hosts", multiple=True, help=mark("Only this host; may be repeated."))
@click.option(
    "--force",
    multiple=True,
    metavar="HOST:PATH",
    help=mark("Overwrite what somebody else made of this file since."),
)
@click.option("--step", is_flag=True, help=mark("Host by host, each shown and asked about."))
@click.option(
    "--from-hosts",
    is_flag=True,
    help=mark("RUN is not known here: use only the hosts' ledgers."),
)
@click.option("--detach", is_flag=True, help=mark("Start it and leave."))
@common_options
@click.pass_obj
def rollback(
    session: Session,
    run: str,
    *,
    wave: int | None,
    hosts: tuple[str, ...],
    force: tuple[str, ...],
    step: bool,
    from_hosts: bool,
    detach: bool,
) -> ExitCode:
    """Take RUN back: every file its bytes, mode and owner, every daemon its state."""
    migration = load_migration(session)
    view = None if from_hosts else _known(session, run)
    scope = _scope(migration, view, wave=wave, hosts=hosts, force=force)
    if not scope.hosts:
        session.output.say(_("Nothing of run {run} is left to take back.").format(run=run))
        return ExitCode.DONE
    secrets = host_secrets(session, migration)
    undo = Undo(session=session, migration=migration, secrets=secrets, of=run, force=scope.force)
    if step:
        return step_through(undo, scope.hosts, view)
    warn_of_logout(session)
    if not confirm(session, _question(run, scope)):
        session.output.say(_("Nothing was changed."))
        return ExitCode.UNFINISHED
    new = undo.start(hosts=scope.hosts if scope.is_named else (), wave=scope.wave)
    if detach:
        return started(session, new)
    session.output.say(_("Rollback {run} started").format(run=new))
    return finish(session, follow(session, new, decide=decide_at_gates(session, FailedGate.WAIT)))


def _known(session: Session, run: str) -> RunView:
    try:
        return session.service.view(run)
    except RunError as error:
        raise RunError(
            error.what,
            file=error.file,
            state=error.state,
            todo=_("If the run was made elsewhere, add --from-hosts: the hosts know it."),
        ) from error


def _scope(
    migration: Migration,
    view: RunView | None,
    *,
    wave: int | None,
    hosts: tuple[str, ...],
    force: tuple[str, ...],
) -> _Scope:
    known = {host.name for host in migration.fleet.hosts}
    for name in hosts:
        if name not in known:
            raise InputError(_("“{name}” is not a host of the migration file.").format(name=name))
    if wave is not None and view is None:
        raise InputError(
            _("Waves are not known to the hosts."), todo=_("Name hosts with --host instead.")
        )
    if wave is not None and view is not None and wave >= len(view.waves):
        raise InputError(
            _("Run {run} has no wave {wave}.").format(run=view.run, wave=wave),
            todo=_("Its waves are 0 to {last}.").format(last=len(view.waves) - 1),
        )
    fleet = tuple(host.name for host in migration.fleet.hosts)
    undone = waves_to_undo(view, fleet=fleet, hosts=hosts, wave=wave)
    wave_of = {row.name: row.wave or 0 for row in view.hosts} if view else {}
    in_order = sorted(fleet, key=lambda name: -wave_of.get(name, 0))
    chosen = tuple(name for name in in_order if any(name in one for one in undone))
    forced = tuple(_forced(text) for text in force)
    _check_forced(forced, chosen)
    return _Scope(hosts=chosen, wave=wave, is_named=bool(hosts), force=forced)


def _check_forced(forced: Sequence[tuple[str, str]], chosen: Sequence[str]) -> None:
    outside = sorted({host for host, _path in forced} - set(chosen))
    if outside:
        raise InputError(
            _("--force names hosts that this rollback leaves alone: {hosts}").format(
                hosts=", ".join(outside)
            ),
            state=_("Nothing was changed."),
            todo=_("Leave them out, or name every host that is meant with --host."),
        )


def _forced(text: str) -> tuple[str, str]:
    host, slash, path = text.partition(":/")
    if not host or not slash:
        raise InputError(_("“{text}” is not HOST:/path/of/file.").format(text=text))
    return host, f"/{path}"


def _question(run: str, scope: _Scope) -> str:
    names: Sequence[str] = scope.hosts
    return _("Take run {run} back on {count} hosts?").format(run=run, count=len(names))
