"""An in-memory `MigrationService`: runs are scripts that write real events into real views."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.recording_service import RecordingService
from wizard.discovery.facts import HostFacts
from wizard.errand.errand import Errand, ErrandAnswer, ErrandOutcome
from wizard.errors import RunError
from wizard.fleet.host import Host
from wizard.fleet.host_options import HostOptions
from wizard.fleet.hosts_section import SSHConfigHost
from wizard.fleet.migration import load, save
from wizard.fleet.policy import Migration, TargetChoice
from wizard.journal.events import Event, EventKind, Order, RunKind
from wizard.jsonform import to_data
from wizard.planning.plan import Plan
from wizard.run.reduce import RunReducer
from wizard.run.view import RunView, Trouble
from wizard.service import (
    Discovery,
    MissingSecret,
    RunSummary,
    Secrets,
    TargetReport,
    UnknownHostKey,
)
from wizard.target import Canary, Target

NOW = 1_700_000_000.0
Script = Callable[["PracticeRun"], Generator[None, Order | None, None]]
"""A run: it adds events, yields where its journal is looked at, and receives orders there."""


class PracticeRun:
    """One run with its journal in memory.

    `orphan` means that its process is gone; `said` are its last words.
    """

    def __init__(
        self,
        name: str,
        kind: RunKind,
        script: Script,
        *,
        hosts: Sequence[str],
        waves: Sequence[Sequence[str]] = (),
        of: str = "",
        plan_hash: str = "",
    ) -> None:
        self.name = name
        self.events: list[Event] = []
        self.reducer = RunReducer(name)
        self.orders: list[Order] = []
        self.orphan = False
        self.said = ""
        self.add(
            EventKind.RUN_CREATED,
            kind=kind.value,
            operator="ops@jump",
            plan_hash=plan_hash,
            hosts=list(hosts),
            waves=[list(wave) for wave in waves],
            of=of,
        )
        self._steps = script(self)
        self._is_begun = False

    def add(
        self,
        kind: EventKind,
        /,
        *,
        at_host: str | None = None,
        at_wave: int | None = None,
        **data: Any,
    ) -> None:
        """Append one event."""
        seq = len(self.events) + 1
        event = Event(seq=seq, at=NOW + seq, kind=kind, host=at_host, wave=at_wave, data=data)
        self.events.append(event)
        self.reducer.feed(event)

    def advance(self) -> bool:
        """Do the next step of the script; tells whether there was one."""
        order = self.orders.pop(0) if self.orders else None
        if order:
            given = next(
                event.seq for event in reversed(self.events) if event.kind is EventKind.ORDER_GIVEN
            )
            self.add(EventKind.ORDER_TAKEN, seq=given, accepted=True, why="")
        try:
            if self._is_begun:
                self._steps.send(order)
            else:
                self._is_begun = True
                next(self._steps)
        except StopIteration:
            return False
        return True

    def view(self) -> RunView:
        """Return the run as its journal tells it."""
        view = self.reducer.view(running=not self.orphan)
        return replace(view, log="/state/run.log", last_words=self.said) if self.orphan else view


@dataclass(kw_only=True)
class PracticeService(RecordingService):
    """The one door onto a practice fleet."""

    facts: tuple[HostFacts, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    unknown_keys: tuple[UnknownHostKey, ...] = ()
    missing_secrets: tuple[MissingSecret, ...] = ()
    the_plan: Plan | None = None
    rollout: Script | None = None
    rollback: Script | None = None
    errand: ErrandAnswer | None = None
    runs_by_name: dict[str, PracticeRun] = field(default_factory=dict)

    def load_migration(self, path: Path) -> Migration:
        """Read the real file."""
        return load(path, lookup=_lookup)

    def save_migration(self, migration: Migration, path: Path) -> None:
        """Write the real file."""
        save(migration, path, lookup=_lookup)

    def ssh_hosts(self, aliases: Sequence[str]) -> tuple[Host, ...]:
        """Return hosts that are their aliases."""
        return tuple(Host(name=alias, address=alias, alias=alias) for alias in aliases)

    def begin_discovery(
        self, migration: Migration, hosts: tuple[str, ...], secrets: Secrets
    ) -> str:
        """Begin a discovery that reads every host with facts."""
        self.missing_secrets = tuple(one for one in self.missing_secrets if one.key not in secrets)
        names = hosts or tuple(host.name for host in migration.fleet.hosts)
        return self._start(RunKind.DISCOVERY, self._reading, hosts=names)

    def discovery(self, run: str) -> Discovery:
        """Return what the discovery found."""
        self._run(run)
        return Discovery(
            run=run,
            facts=self.facts,
            troubles=self.troubles,
            unknown_keys=self.unknown_keys,
            missing_secrets=self.missing_secrets,
        )

    def approve_host_keys(self, keys: Sequence[UnknownHostKey]) -> None:
        """Remember keys; they are not unknown any more."""
        super().approve_host_keys(keys)
        self.unknown_keys = tuple(key for key in self.unknown_keys if key not in keys)

    def report_on(self, choice: TargetChoice) -> TargetReport:
        """Return a root-addressed target."""
        return TargetReport(target=Target(url=choice.url, canary=CANARY), attempts=())

    def plan(self, migration: Migration, facts: Sequence[HostFacts], target: Target) -> Plan:
        """Return the plan it was built with."""
        assert self.the_plan is not None
        return self.the_plan

    def begin_rollout(self, plan: Plan) -> str:
        """Begin the scripted rollout."""
        assert self.rollout is not None
        names = [name for wave in plan.waves for name in wave]
        return self._start(
            RunKind.ROLLOUT, self.rollout, hosts=names, waves=plan.waves, plan_hash=plan.hash
        )

    def begin_rollback(self, migration: Migration, of: str, hosts: tuple[str, ...]) -> str:
        """Begin the scripted rollback."""
        assert self.rollback is not None
        names = hosts or tuple(host.name for host in migration.fleet.hosts)
        return self._start(RunKind.ROLLBACK, self.rollback, hosts=names, of=of)

    def begin_errand(self, errand: Errand) -> str:
        """Begin an errand that ends as it is scripted."""
        assert self.errand is not None
        return self._start(RunKind.ERRAND, self._errand, hosts=(errand.host,))

    async def resume(self, run: str, *, secrets: Secrets) -> None:
        """Give the run a process again."""
        await super().resume(run, secrets=secrets)
        self._run(run).orphan = False

    def order(self, run: str, order: Order, *, hosts: Sequence[str] = ()) -> None:
        """Put the order into the journal and before the script."""
        super().order(run, order, hosts=hosts)
        one = self._run(run)
        one.add(EventKind.ORDER_GIVEN, order=order.value, hosts=list(hosts), by="ops@jump")
        one.orders.append(order)

    def view(self, run: str) -> RunView:
        """Return the run's view."""
        return self._run(run).view()

    async def watch(self, run: str, *, hertz: float = 5.0) -> AsyncIterator[RunView]:
        """Yield a view after each step of the script."""
        one = self._run(run)
        while True:
            more = not one.orphan and one.advance()
            yield one.view()
            if not more:
                return
            await asyncio.sleep(0)

    def events(self, run: str, *, after: int = 0) -> tuple[Event, ...]:
        """Return events after `after`."""
        return tuple(self._run(run).events[after:])

    def runs(self) -> tuple[RunSummary, ...]:
        """Return a line for each run, newest first."""
        return tuple(_summary(run.view()) for run in reversed(self.runs_by_name.values()))

    def plan_of(self, run: str) -> Plan | None:
        """Return the plan it was built with."""
        self._run(run)
        return self.the_plan

    def _start(self, kind: RunKind, script: Script, *, hosts: Sequence[str], **details: Any) -> str:
        name = f"{kind.value}-{len(self.runs_by_name) + 1}"
        self.runs_by_name[name] = PracticeRun(name, kind, script, hosts=hosts, **details)
        return name

    def _run(self, run: str) -> PracticeRun:
        if run not in self.runs_by_name:
            raise RunError(f"run {run} is not known here", state="Nothing was changed.")
        return self.runs_by_name[run]

    def _errand(self, run: PracticeRun) -> Generator[None, Order | None, None]:
        assert self.errand is not None
        is_done = self.errand.outcome in {ErrandOutcome.DONE, ErrandOutcome.UNCHANGED}
        [host] = run.reducer.rows
        run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
        run.add(EventKind.ERRAND_SENT, at_host=host, errand="practice")
        yield
        answer = to_data(self.errand)
        run.add(EventKind.ERRAND_ENDED, at_host=host, errand="practice", answer=answer, todo="")
        run.add(EventKind.RUN_ENDED, result="completed" if is_done else "failed")
        yield

    def _reading(self, run: PracticeRun) -> Generator[None, Order | None, None]:
        run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
        yield
        for facts in self.facts:
            if facts.host in run.reducer.rows:
                run.add(EventKind.INTENT, at_host=facts.host, verb="read")
                run.add(EventKind.HOST_READ, at_host=facts.host, facts={})
        run.add(EventKind.RUN_ENDED, result="completed")
        yield


CANARY = Canary(
    repository="library/pilotage-canary", tag="t1", digest="sha256:" + "0" * 64, pushed=True
)


def _lookup(alias: str, _file: str) -> SSHConfigHost:
    return SSHConfigHost(address=alias, options=HostOptions())


def _summary(view: RunView) -> RunSummary:
    return RunSummary(
        run=view.run,
        kind=view.kind,
        state=view.state,
        result=view.result,
        operator=view.operator,
        started_at=view.started_at,
        hosts=len(view.hosts),
        changed=view.changed,
        of=view.of,
    )


def answer(run: PracticeRun, host: str, verb: str, outcome: str, **more: Any) -> None:
    """Add the intent and the outcome of one verb on one host."""
    run.add(EventKind.INTENT, at_host=host, verb=verb)
    said: Mapping[str, Any] = {"verb": verb, "outcome": outcome, "run": run.name, **more}
    run.add(EventKind.OUTCOME, at_host=host, verb=verb, answer=dict(said))
