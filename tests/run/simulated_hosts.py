"""Hosts in memory that keep the promises of the host script: lock, ledger, deadline, revert.

They outlive the run that talks to them, as real hosts do. `Link` is what a test breaks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wizard.discovery.facts import HostFacts
from wizard.planning.plan import HostPlan
from wizard.run.hosts import Unreached
from wizard.transaction.answers import (
    Answer,
    FileConflict,
    Ledger,
    LedgerFile,
    LedgerState,
    Outcome,
    Verb,
)

BEFORE, AFTER, FOREIGN = "before", "after", "foreign"
_FILE = "/etc/docker/daemon.json"
_RUNTIME = "runtimes_alive"
_AFTER_RESTORE = {
    LedgerState.REVERTED: Outcome.REVERTED,
    LedgerState.CONFLICT: Outcome.CONFLICT,
    LedgerState.REVERTING: Outcome.REVERT_FAILED,
}


@dataclass
class SimulatedHost:
    """One host with one file, and what shall go wrong with it.

    Attributes:
        fails_at: steps of applies that fail, one per attempt; empty strings succeed.
        seconds: how long an apply takes.
        down: nothing gets through in either direction.
        cut_after: verbs that are executed but whose answer is lost, each once.
        drifted: its file is not what the plan saw.
        stuck: a failed apply, or a revert, cannot put the file back.
        stopped: its runtime does not run any more.
        locked: how many more verbs find its lock taken by somebody else.
        alone: the word that it shares with hosts that are changed one after the other.
    """

    name: str
    seconds: float = 1.0
    fails_at: list[str] = field(default_factory=list)
    down: bool = False
    cut_after: set[Verb] = field(default_factory=set)
    drifted: bool = False
    stuck: bool = False
    stopped: bool = False
    locked: int = 0
    alone: str = ""
    content: str = BEFORE
    ledgers: dict[str, LedgerState] = field(default_factory=dict)
    proven: set[str] = field(default_factory=set)
    asked_back: dict[str, str] = field(default_factory=dict)
    deadline: float | None = None
    at_work: str = ""
    restarts_seen: int = 0

    def armed_run(self) -> str:
        """Return the run that is armed, or an empty string."""
        armed = [run for run, state in self.ledgers.items() if state is LedgerState.ARMED]
        return armed[0] if armed else ""


class SimulatedHosts:
    """Fits `wizard.run.hosts.HostActions`; time is the running loop's."""

    def __init__(self, *hosts: SimulatedHost) -> None:
        self.hosts = {host.name: host for host in hosts}
        self.calls: list[tuple[str, str]] = []
        self.before_call: Callable[[str, str], None] = lambda _host, _verb: None
        self._scripts: set[asyncio.Task[Answer]] = set()

    async def read(self, host: str) -> HostFacts:
        """Return facts with nothing in them."""
        self._reach(host, "read")
        await asyncio.sleep(0.1)
        return HostFacts(host=host, collected_at=0.0)

    async def apply(self, plan: HostPlan, *, run: str, lease: float) -> Answer:
        """Change the simulated file the way the host script does."""
        host = self._reach(plan.host, Verb.APPLY.value)
        script = asyncio.create_task(self._apply(host, run, lease))
        self._scripts.add(script)
        script.add_done_callback(self._scripts.discard)
        # As over SSH: whoever stops waiting does not stop the script on the host.
        answer = await asyncio.shield(script)
        self._reply(host, Verb.APPLY)
        return answer

    async def ask(
        self, host: str, verb: Verb, *, run: str, lease: float = 0.0, force: Sequence[str] = ()
    ) -> Answer:
        """Answer any other verb."""
        there = self._reach(host, verb.value)
        await asyncio.sleep(0.05)
        self._expire(there)
        answer = self._answer(there, verb, run, lease, force)
        self._reply(there, verb)
        return answer

    async def ledgers(self, host: str) -> tuple[Ledger, ...]:
        """Return the ledgers that are there."""
        there = self._reach(host, Verb.LEDGERS.value)
        self._expire(there)
        file = LedgerFile(
            path=_FILE, before_sha256=BEFORE, after_sha256=AFTER, now_sha256=there.content
        )
        return tuple(
            Ledger(
                run=run,
                state=state,
                holder="somebody",
                since=number,
                alone=there.alone,
                files=(file,),
            )
            for number, (run, state) in enumerate(there.ledgers.items())
        )

    async def let_go(self, host: str) -> None:
        """Keep no connection."""

    async def aclose(self) -> None:
        """Keep nothing open."""

    async def finish_scripts(self) -> None:
        """Wait until nothing is at work on any host any more."""
        while self._scripts:
            await asyncio.wait(self._scripts)

    def take_back_by_hand(self, name: str, run: str) -> None:
        """Do what a person on the host does with `sh revert.sh`."""
        host = self.hosts[name]
        host.asked_back[run] = "a person on the host"
        self._restore(host, run, force=False)

    def expire(self) -> None:
        """Let every watchdog look at its deadline."""
        for host in self.hosts.values():
            self._expire(host)

    def _reach(self, name: str, verb: str) -> SimulatedHost:
        self.before_call(name, verb)
        self.calls.append((name, verb))
        host = self.hosts[name]
        if host.down:
            raise Unreached("no route", host=name, failure="timed_out", sent=False)
        return host

    def _reply(self, host: SimulatedHost, verb: Verb) -> None:
        if verb in host.cut_after or host.down:
            host.cut_after.discard(verb)
            raise Unreached("connection lost", host=host.name, failure="lost", sent=True)

    def _expire(self, host: SimulatedHost) -> None:
        run = host.armed_run()
        now = asyncio.get_running_loop().time()
        if run and not host.at_work and host.deadline is not None and now >= host.deadline:
            self._restore(host, run, force=False)

    async def _apply(self, host: SimulatedHost, run: str, lease: float) -> Answer:
        self._expire(host)
        state = host.ledgers.get(run)
        if host.at_work or (host.armed_run() and host.armed_run() != run):
            return self._tell(host, Verb.APPLY, Outcome.BUSY, run)
        if state is LedgerState.CONFIRMED or (state is LedgerState.ARMED and run in host.proven):
            return self._tell(host, Verb.APPLY, Outcome.ALREADY_APPLIED, run)
        if host.drifted or host.content == FOREIGN:
            return self._tell(host, Verb.APPLY, Outcome.DRIFT, run)
        if host.content == AFTER:
            return self._tell(host, Verb.APPLY, Outcome.NOTHING_TO_DO, run)
        host.at_work = run
        host.ledgers[run] = LedgerState.ARMED
        host.proven.discard(run)
        host.asked_back.pop(run, None)
        host.deadline = asyncio.get_running_loop().time() + lease
        host.content = AFTER
        await asyncio.sleep(host.seconds)
        host.at_work = ""
        failed = host.fails_at.pop(0) if host.fails_at else ""
        if failed:
            self._restore(host, run, force=False)
            outcome = Outcome.REVERT_FAILED if host.stuck else Outcome.REVERTED
            return self._tell(host, Verb.APPLY, outcome, run, failed_step=failed)
        host.proven.add(run)
        return self._tell(host, Verb.APPLY, Outcome.APPLIED, run)

    def _answer(
        self, host: SimulatedHost, verb: Verb, run: str, lease: float, force: Sequence[str]
    ) -> Answer:
        state = host.ledgers.get(run)
        match verb:
            case Verb.STATUS:
                outcome = Outcome.STATE if state else Outcome.UNKNOWN_RUN
                return self._tell(host, verb, outcome, run)
            case _ if state is None:
                return self._tell(host, verb, Outcome.UNKNOWN_RUN, run)
            case _ if host.at_work:
                return self._tell(host, verb, Outcome.BUSY, run)
            case Verb.CHECK | Verb.CONFIRM | Verb.RENEW:
                return self._about_armed(host, verb, run, lease)
            case Verb.REVERT if state is LedgerState.CONFIRMED:
                return self._tell(host, verb, Outcome.REFUSED, run)
            case Verb.REVERT | Verb.UNDO:
                host.asked_back[run] = "bert@desk"
                self._restore(host, run, force=_FILE in force)
                return self._tell(host, verb, _AFTER_RESTORE[host.ledgers[run]], run)
            case _:
                raise AssertionError(verb)

    def _about_armed(self, host: SimulatedHost, verb: Verb, run: str, lease: float) -> Answer:
        state = host.ledgers[run]
        if host.locked:
            host.locked -= 1
            outcome = Outcome.BUSY
        elif state is LedgerState.REVERTED:
            outcome = Outcome.TOO_LATE
        elif verb is Verb.RENEW and state is LedgerState.CONFIRMED:
            outcome = Outcome.STATE
        elif verb is Verb.RENEW:
            host.deadline = asyncio.get_running_loop().time() + lease
            outcome = Outcome.RENEWED
        elif run not in host.proven:
            outcome = Outcome.REFUSED
        else:
            return self._look_again(host, verb, run)
        return self._tell(host, verb, outcome, run)

    def _look_again(self, host: SimulatedHost, verb: Verb, run: str) -> Answer:
        armed = host.ledgers[run] is LedgerState.ARMED
        if armed and host.content != AFTER:
            host.ledgers[run] = LedgerState.CONFLICT
            return self._tell(host, verb, Outcome.EDITED, run)
        if armed and host.stopped:
            self._restore(host, run, force=False)
            outcome = _AFTER_RESTORE[host.ledgers[run]]
            return self._tell(host, verb, outcome, run, failed_step=_RUNTIME)
        if armed and verb is Verb.CHECK:
            return self._tell(host, verb, Outcome.HOLDS, run)
        host.ledgers[run] = LedgerState.CONFIRMED
        return self._tell(host, verb, Outcome.CONFIRMED, run)

    @staticmethod
    def _restore(host: SimulatedHost, run: str, *, force: bool) -> None:
        if host.ledgers[run] is LedgerState.REVERTED:
            return
        if host.content == FOREIGN and not force:
            host.ledgers[run] = LedgerState.CONFLICT
            return
        if host.stuck:
            host.ledgers[run] = LedgerState.REVERTING
            return
        host.content = BEFORE
        host.ledgers[run] = LedgerState.REVERTED

    @staticmethod
    def _tell(
        host: SimulatedHost, verb: Verb, outcome: Outcome, run: str, *, failed_step: str = ""
    ) -> Answer:
        state = host.ledgers.get(run)
        left = None
        if state is LedgerState.ARMED and host.deadline is not None:
            left = host.deadline - asyncio.get_running_loop().time()
        conflicts: tuple[FileConflict, ...] = ()
        if outcome in {Outcome.CONFLICT, Outcome.EDITED}:
            conflicts = (
                FileConflict(
                    path=_FILE,
                    expected_sha256=AFTER,
                    found_sha256=host.content,
                    before=BEFORE,
                    ours=AFTER,
                    now=host.content,
                ),
            )
        return Answer(
            verb=verb,
            outcome=outcome,
            run=run,
            state=state,
            failed_step=failed_step,
            holder_run=host.at_work,
            deadline=left,
            proven=run in host.proven,
            taken_back_by=host.asked_back.get(run, ""),
            conflicts=conflicts,
        )
