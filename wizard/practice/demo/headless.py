"""The whole migration on a practice fleet without a terminal, and whether it ended as it should.

A look at the target, discovery, the plan, the rollout as the scenario's script says, the rollback;
after each change the hosts' real files and real pulls are held against what is documented.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from wizard.clock import Clock, SystemClock
from wizard.fleet.policy import Migration, TargetChoice
from wizard.journal.events import Event
from wizard.planning.plan import Plan
from wizard.practice.demo.administrator import Administrator
from wizard.practice.demo.control import Asked
from wizard.practice.demo.endings import Files, Group, HostEnding, PhaseEnding, Server, groups
from wizard.practice.demo.incidents import Fault
from wizard.practice.demo.judging import (
    Check,
    Found,
    HostTruth,
    block_of,
    check_host,
    check_plan,
    check_run,
    check_states,
)
from wizard.practice.demo.left_out import left_out
from wizard.practice.demo.looking import look_at_hosts
from wizard.practice.demo.memory import PeakMemory, own_usage
from wizard.practice.demo.practice_target import practice_target
from wizard.practice.demo.running import RunningFleet
from wizard.practice.demo.scenarios import Scenario
from wizard.practice.demo.scripted import ScriptedOperator
from wizard.practice.demo.summary import Memory, Phase, Summary, counted
from wizard.practice.designs import fleet_designs
from wizard.practice.product_kind import ProductKind
from wizard.run.states import RunState
from wizard.run.view import RunView
from wizard.service import MigrationService
from wizard.target import Addressing
from wizard.wording import _

_UNTOUCHED: Final = HostEnding(states=(), files=Files.AS_BEFORE, serves=Server.UPSTREAM)
_DIRECTING: Final = 10.0
_LOOK: Final = 0.1
"""Seconds until the director must have seen that a rollout has ended, and between looks."""
ExitCode = Callable[[RunView], int]
Tell = Callable[[Sequence[Event], RunView], None]


class Rehearsal:
    """One headless demo.

    Args:
        fleet: runs, with the scenario in it.
        scenario: what goes wrong, what the operator does, and how it must end.
        exit_code: of the command that follows a run.
        say: narrates a line.
        tell: narrates the events of runs.
    """

    def __init__(
        self,
        fleet: RunningFleet,
        scenario: Scenario,
        *,
        exit_code: ExitCode,
        say: Callable[[str], None],
        tell: Tell,
        clock: Clock | None = None,
    ) -> None:
        self._fleet = fleet
        self._scenario = scenario
        self._exit_code = exit_code
        self._say = say
        self._clock = clock or SystemClock()
        self._service: MigrationService = fleet.open_service()
        self._peak = PeakMemory()
        self._operator = ScriptedOperator(
            self._service, scenario.script, mend=self._mend, tell=tell, peak=self._peak
        )
        self._phases: list[Phase] = [Phase(name="start", seconds=fleet.seconds)]
        self._checks: list[Check] = []
        self._truths: dict[str, HostTruth] = {}
        request = fleet.request
        designs = fleet_designs(request.hosts, request.seed)
        self._left_out = left_out(designs, prefix=request.is_prefixed)

    async def run(self) -> Summary:
        """Do all of it; raises PilotageError for what keeps it from going on."""
        with self._phase("look", _("The hosts are looked at before anything is done")):
            before = await look_at_hosts(self._fleet)
            self._truths = {
                name: HostTruth(before=found.photograph, plan=None, edited={})
                for name, found in before.items()
            }
            self._judge("look", dict.fromkeys(before, _UNTOUCHED), before)
        migration = self._service.load_migration(self._fleet.migration_file)
        if self._fleet.request.product and migration.target:
            await self._provision(migration.target, self._fleet.request.product)
        plan = await self._planned(migration)
        rollout, rollback = await self._rollout(migration, plan), None
        if rollout.state is RunState.ENDED and rollout.changed:
            rollback = await self._rollback(migration, rollout)
        usage = await self._fleet.order(Asked.DESCRIBE)
        return Summary(
            scenario=self._scenario.name,
            hosts=len(self._fleet.hosts),
            seed=self._fleet.request.seed,
            registry=self._fleet.request.product.value if self._fleet.request.product else "plain",
            phases=tuple(self._phases),
            memory=Memory(
                fleet=usage["peak_memory"],
                runs=self._peak.size,
                operator=own_usage()["peak_memory"],
            ),
            addressing=(
                Addressing.PREFIX if self._fleet.request.is_prefixed else Addressing.ROOT
            ).value,
            struck=self._fleet.struck,
            blocked=tuple((host.host, block_of(host)) for host in plan.hosts if block_of(host)),
            rollout=counted([rollout]),
            rollback=counted([rollback] if rollback else []),
            checks=tuple(self._checks),
        )

    async def _provision(self, choice: TargetChoice, kind: ProductKind) -> None:
        administrator = Administrator(self._service, choice, kind)
        with self._phase("doctor", _("The target is examined: nothing is provisioned yet")):
            faults = {planted.fault for planted in self._scenario.faults}
            self._checks += await administrator.find_the_gap(
                "doctor", is_frozen=Fault.REGISTRY_READ_ONLY in faults
            )
        with self._phase("provision", _("The target is provisioned, and once more")):
            if self._scenario.script.when_refused:
                self._checks += await administrator.be_refused("provision")
                await self._operator.do(self._scenario.script.when_refused)
            self._checks += await administrator.provision("provision")
        with self._phase("doctor_again", _("The target is examined again")):
            self._checks += await administrator.find_nothing("doctor_again")

    async def _planned(self, migration: Migration) -> Plan:
        with self._phase("target", _("The target is looked at")):
            target = await practice_target(self._service, migration, self._fleet)
        with self._phase("discovery", _("Discovery: every host is read")):
            run = await self._service.start_discovery(migration, secrets={}, target=target)
            await self._operator.follow(run, seconds=self._fleet.run_seconds)
            found = self._service.discovery(run)
            self._check_all("discovery", "read", [facts.host for facts in found.facts])
            asked = [facts.host for facts in found.facts if facts.target is not None]
            self._check_all("discovery", "target", asked)
        with self._phase("plan", _("The plan is computed")):
            plan = await asyncio.to_thread(self._service.plan, migration, found.facts, target)
            for host in plan.hosts:
                self._checks.append(check_plan(host, self._left_out.get(host.host)))
        self._truths = {
            host.host: replace(self._truths[host.host], plan=host) for host in plan.hosts
        }
        return plan

    async def _rollout(self, migration: Migration, plan: Plan) -> RunView:
        with self._phase("rollout", _("Rollout: the canary first, then in waves")):
            run = await self._service.start_rollout(
                migration,
                plan,
                secrets={},
                approved_hash=plan.hash,
                unattended=self._scenario.script.unattended,
            )
            view = await self._operator.follow(run, seconds=self._fleet.run_seconds)
        await self._operator.do(self._scenario.script.before_proof, run)
        with self._phase("proof", _("Proof: files and pulls of every host")):
            await self._check_faults()
            await self._prove("proof", self._scenario.ending.rollout, view, view)
        return view

    async def _rollback(self, migration: Migration, rollout: RunView) -> RunView:
        await self._operator.do(self._scenario.script.before_rollback, rollout.run)
        with self._phase("rollback", _("Rollback: the last wave first")):
            run = await self._service.start_rollback(migration, rollout.run, secrets={})
            view = await self._operator.follow(run, seconds=self._fleet.run_seconds)
        with self._phase("proof_of_rollback", _("Proof: files and pulls of every host")):
            await self._prove("proof_of_rollback", self._scenario.ending.rollback, view, rollout)
        return view

    # ---- what is found

    async def _prove(
        self, phase: str, ending: PhaseEnding, view: RunView, rollout: RunView
    ) -> None:
        of_hosts = self._groups(rollout)
        self._checks += check_run(phase, ending, view, self._exit_code(view))
        self._checks += check_states(phase, ending, of_hosts, view)
        endings = dict.fromkeys(self._left_out, _UNTOUCHED)
        endings |= {host: ending.of(group) for host, group in of_hosts.items()}
        self._judge(phase, endings, await look_at_hosts(self._fleet))

    def _groups(self, rollout: RunView) -> Mapping[str, Group]:
        return groups(
            [wave.hosts for wave in rollout.waves],
            faulty=[host for _fault, host in self._fleet.struck if host],
            wave=self._scenario.wave,
        )

    def _judge(
        self, phase: str, endings: Mapping[str, HostEnding], found: Mapping[str, Found]
    ) -> None:
        for host, ending in endings.items():
            self._checks += check_host(phase, host, ending, self._truths[host], found[host])

    def _check_all(self, phase: str, subject: str, names: Sequence[str]) -> None:
        """Check that something holds for every host of the fleet."""
        for host in self._fleet.hosts:
            found = subject if host in names else ""
            check = Check(phase=phase, subject=subject, host=host, expected=subject, found=found)
            self._checks.append(check)

    async def _check_faults(self) -> None:
        """Check that everything that was to go wrong did, and learn what people wrote."""
        told = await self._all_planted()
        self._checks.append(
            Check(
                phase="rollout",
                subject="faults",
                expected=str(len(self._scenario.faults)),
                found=str(told["planted"]),
            )
        )
        for host, edited in told["edits"].items():
            self._truths[host] = replace(self._truths[host], edited=edited)

    async def _all_planted(self) -> Mapping[str, Any]:
        """Return what the fleet tells once everything went wrong, or after some seconds.

        Its director learns from the journal that a rollout has ended, as we do: perhaps later.
        """
        until = self._clock.monotonic() + _DIRECTING
        while True:
            told: Mapping[str, Any] = await self._fleet.order(Asked.DESCRIBE)
            is_late = self._clock.monotonic() > until
            if is_late or told["planted"] == len(self._scenario.faults):
                return told
            await self._clock.sleep(_LOOK)

    # ---- around it

    async def _mend(self) -> None:
        await self._fleet.order(Asked.MEND, fault=None, host=None)

    @contextmanager
    def _phase(self, name: str, words: str) -> Iterator[None]:
        self._say(words)
        began = self._clock.monotonic()
        yield
        self._phases.append(Phase(name=name, seconds=self._clock.monotonic() - began))
