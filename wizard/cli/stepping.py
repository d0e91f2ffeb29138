"""Step through a rollback: what this step undoes, the current state, what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wizard.cli.conflict_text import trouble_conflict_lines
from wizard.cli.deciding import FailedGate, decide_at_gates
from wizard.cli.exit_codes import ExitCode
from wizard.cli.finishing import finish
from wizard.cli.following import exit_code, follow, result_words
from wizard.cli.questions import choose, require_terminal
from wizard.cli.state_words import word
from wizard.cli.surroundings import Session
from wizard.errors import PilotageError
from wizard.fleet.policy import Migration
from wizard.planning.plan import Plan
from wizard.run.view import RunView
from wizard.secret import Secret
from wizard.wording import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """A rollback of run `of` that can be started for any of its hosts."""

    session: Session
    migration: Migration
    secrets: Mapping[str, Secret]
    of: str
    force: tuple[tuple[str, str], ...]

    def start(self, *, hosts: Sequence[str] = (), wave: int | None = None) -> str:
        """Start it for the hosts (all of them when none is named) and return the new run."""
        return self.session.wait(
            self.session.service.start_rollback(
                self.migration,
                self.of,
                secrets=self.secrets,
                hosts=hosts,
                wave=wave,
                force=self.force,
            )
        )


def step_through(undo: Undo, hosts: Sequence[str], view: RunView | None) -> ExitCode:
    """Take the hosts back one by one as the operator says; returns the worst exit code."""
    session = undo.session
    require_terminal(session, _("Step through the rollback?"))
    plan = _plan(undo)
    worst = ExitCode.DONE
    for index, host in enumerate(hosts):
        _show_step(session, plan, view, hosts, index)
        answer = choose(session, _("This step?"), ["undo", "skip", "all", "stop"], default="undo")
        if answer == "stop":
            return max(worst, ExitCode.UNFINISHED)
        if answer == "skip":
            worst = max(worst, ExitCode.UNFINISHED)
            continue
        if answer == "all":
            run = undo.start(hosts=hosts[index:])
            decide = decide_at_gates(session, FailedGate.WAIT)
            return max(worst, finish(session, follow(session, run, decide=decide)))
        worst = max(worst, _undo_one(undo, host))
    return worst


def _undo_one(undo: Undo, host: str) -> ExitCode:
    session = undo.session
    decide = decide_at_gates(session, FailedGate.WAIT)
    done = follow(session, undo.start(hosts=[host]), decide=decide)
    session.output.say(f"{host}: {result_words(done)}")
    for row in done.hosts:
        for line in trouble_conflict_lines(row.trouble, undo.of) if row.trouble else ():
            session.output.say(line)
    return exit_code(done)


def _show_step(
    session: Session, plan: Plan | None, view: RunView | None, hosts: Sequence[str], index: int
) -> None:
    host = hosts[index]
    say = session.output.say
    say(_("Step {number} of {count}: {host}").format(number=index + 1, count=len(hosts), host=host))
    for words in _undone(plan, host):
        say(f"  {words}")
    states = {row.name: word(row.state) for row in view.hosts} if view else {}
    say(_("  now   {state}").format(state=states.get(host, _("as its ledger says"))))
    following = hosts[index + 1] if index + 1 < len(hosts) else _("nothing more")
    say(_("  next  {host}").format(host=following))


def _undone(plan: Plan | None, host: str) -> list[str]:
    if plan is None or host not in {one.host for one in plan.hosts}:
        return [_("undo  everything that its ledger names")]
    return [
        _("undo  {path}: {how}").format(
            path=change.path, how=_("removed") if change.before is None else _("restored")
        )
        for change in reversed(plan.host(host).changes)
    ]


def _plan(undo: Undo) -> Plan | None:
    """Return the plan of the run, or None where only the hosts know it."""
    try:
        return undo.session.service.plan_of(undo.of)
    except PilotageError:
        return None
