"""Everything a run needs besides secrets: kept in its journal, so that resume asks for nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.errand.errand import Errand
from wizard.errors import InputError, JournalError
from wizard.fleet.policy import Migration, RolloutPolicy
from wizard.journal.events import EventKind, RunKind
from wizard.journal.store import Draft, Journal
from wizard.jsonform import from_json, to_json
from wizard.planning.plan import HostPlan, Plan, Verdict
from wizard.target import Target
from wizard.wording import _

DOCUMENT = "spec"
"""Its name among the journal's documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """What one run shall do.

    Attributes:
        operator: who started it and from where.
        target: what discovery checks the reach of.
        plan: of a rollout.
        of: the run that a rollback undoes.
        ledgers: hosts on which the journal of `of` saw a ledger, so that they must have it still.
        waves: of a rollout as planned; of a rollback the hosts in the order of undoing.
        force: (host, path) pairs whose foreign edits a rollback overwrites.
        policy: of a rollback, `ask_between_waves` makes it wait after each of its waves.
        unattended: nobody answers questions.
        errand: of a run of that kind.
    """

    run: str
    kind: RunKind
    operator: str
    migration: Migration
    hosts: tuple[str, ...]
    waves: tuple[tuple[str, ...], ...] = ()
    target: Target | None = None
    plan: Plan | None = None
    of: str = ""
    ledgers: tuple[str, ...] = ()
    force: tuple[tuple[str, str], ...] = ()
    policy: RolloutPolicy = field(default_factory=RolloutPolicy)
    unattended: bool = False
    errand: Errand | None = None

    def documents(self) -> dict[str, str]:
        """Return the journal's documents."""
        return {DOCUMENT: to_json(self)}

    def first_events(self) -> tuple[Draft, ...]:
        """Return what a journal begins with; hosts that a plan does not change are skipped."""
        created = Draft(
            kind=EventKind.RUN_CREATED,
            data={
                "kind": self.kind.value,
                "operator": self.operator,
                "plan_hash": self.plan.hash if self.plan else "",
                "hosts": list(self.hosts),
                "waves": [list(wave) for wave in self.waves],
                "of": self.of,
                "ledgers": list(self.ledgers),
            },
        )
        plans = self.plan.hosts if self.plan else ()
        in_waves = {host for wave in self.waves for host in wave}
        return (created, *(_skipped(plan) for plan in plans if plan.host not in in_waves))

    def forced(self) -> dict[str, tuple[str, ...]]:
        """Return the paths to overwrite by host."""
        paths: dict[str, tuple[str, ...]] = {}
        for host, path in self.force:
            paths[host] = (*paths.get(host, ()), path)
        return paths


def read_spec(journal: Journal) -> RunSpec:
    """Return the spec that the journal was created with; raises JournalError."""
    text = journal.document(DOCUMENT)
    try:
        return from_json(RunSpec, text or "", source=str(journal.path))
    except InputError as error:
        raise JournalError(
            _("what the run was to do cannot be read: {error}").format(error=error.what),
            file=str(journal.path),
            todo=_("Roll back from the hosts' ledgers, then start a new run."),
        ) from error


def _skipped(plan: HostPlan) -> Draft:
    if plan.verdict is Verdict.BLOCKED:
        details = [block.detail for runtime in plan.runtimes for block in runtime.blocks]
        reason = _("blocked: {why}").format(why="; ".join(details))
    else:
        reason = _("needs no change")
    return Draft(kind=EventKind.HOST_SKIPPED, host=plan.host, data={"reason": reason})
