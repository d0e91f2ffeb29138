"""Taking a fleet into a drill's incident: a rollout as it should be, until it needs a person."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from wizard.errors import HostError, PilotageError
from wizard.journal.events import Event
from wizard.planning.plan import Plan
from wizard.practice.demo.control import Asked
from wizard.practice.demo.drills import Drill
from wizard.practice.demo.incidents import Fault, tells_of_a_change
from wizard.practice.demo.judging import HostTruth
from wizard.practice.demo.practice_target import practice_target
from wizard.practice.demo.running import RunningFleet
from wizard.practice.demo.truth import photograph
from wizard.run.states import RunState
from wizard.run.view import RunView
from wizard.service import MigrationService
from wizard.wording import _

Tell = Callable[[Sequence[Event], RunView], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What the operator takes over.

    Attributes:
        run: the rollout that somebody has to see to.
        struck: hosts that the faults of the scenario strike.
        beside: the healthy host that a fault strikes too, empty if none does.
        truths: what is known of each host, by name.
    """

    run: str
    struck: frozenset[str]
    beside: str
    truths: Mapping[str, HostTruth]


async def begin_drill(
    fleet: RunningFleet, drill: Drill, service: MigrationService, *, tell: Tell
) -> Incident:
    """Discover, plan and roll out as an operator does, until the rollout waits for a person.

    Args:
        fleet: runs, with the drill's scenario in it.
        drill: what is to happen.
        service: the door that the operator gets.
        tell: is given the events of runs as they come, and the view with them.

    Raises HostError when the incident does not come about, and what the service raises.
    """
    try:
        async with asyncio.timeout(fleet.run_seconds):
            return await _Beginning(fleet, drill, service, tell).begin()
    except TimeoutError as error:
        raise _no_incident() from error


@contextmanager
def mended_later(fleet: RunningFleet, drill: Drill, incident: Incident) -> Iterator[None]:
    """Have somebody else mend, after the drill's time, what they have promised to mend."""
    if drill.mended_after is None or drill.mended is None:
        yield
        return
    fault = drill.mended
    hosts = [incident.beside] if fault is drill.beside else sorted(incident.struck)
    colleague = threading.Timer(drill.mended_after, lambda: asyncio.run(_mend(fleet, fault, hosts)))
    colleague.daemon = True
    colleague.start()
    try:
        yield
    finally:
        colleague.cancel()
        colleague.join()


async def _mend(fleet: RunningFleet, fault: Fault, hosts: Sequence[str]) -> None:
    for host in hosts:
        try:
            await fleet.order(Asked.MEND, fault=fault.value, host=host)
        except HostError:
            # The fleet has ended meanwhile: nothing is left to be mended.
            return


class _Beginning:
    def __init__(
        self, fleet: RunningFleet, drill: Drill, service: MigrationService, tell: Tell
    ) -> None:
        self._fleet = fleet
        self._drill = drill
        self._service = service
        self._tell = tell
        self._struck = frozenset(host for _fault, host in fleet.struck if host)
        self._beside = ""

    async def begin(self) -> Incident:
        before = await asyncio.to_thread(photograph, self._fleet.roots)
        migration = await asyncio.to_thread(
            self._service.load_migration, self._fleet.migration_file
        )
        target = await practice_target(self._service, migration, self._fleet)
        discovery = await self._service.start_discovery(migration, secrets={}, target=target)
        await self._follow(discovery)
        facts = self._service.discovery(discovery).facts
        plan = await asyncio.to_thread(self._service.plan, migration, facts, target)
        run = await self._service.start_rollout(
            migration, plan, secrets={}, approved_hash=plan.hash
        )
        view = await self._follow(run, plan)
        if view.state is RunState.ENDED:
            raise _no_incident()
        truths = {
            host.host: HostTruth(before=before[host.host], plan=host, edited={})
            for host in plan.hosts
        }
        return Incident(run=run, struck=self._struck, beside=self._beside, truths=truths)

    async def _follow(self, run: str, plan: Plan | None = None) -> RunView:
        """Follow a run until it has ended or needs a person."""
        view = self._service.view(run)
        seen = 0
        async for view in self._service.watch(run):
            events = self._service.events(run, after=seen)
            for event in events:
                seen = event.seq
                if plan:
                    await self._strike_beside(event, plan)
            self._tell(events, view)
            if view.state is RunState.ORPHANED or (view.state is RunState.WAITING and view.choices):
                break
        return view

    async def _strike_beside(self, event: Event, plan: Plan) -> None:
        """Let the drill's other fault happen to the first healthy host of the struck wave."""
        fault = self._drill.beside
        if fault is None or self._beside or not tells_of_a_change(event) or event.host is None:
            return
        wave = next((wave for wave in plan.waves if self._struck & set(wave)), ())
        if event.host in wave and event.host not in self._struck:
            self._beside = event.host
            await self._fleet.order(Asked.PLANT, fault=fault.value, host=event.host)


def _no_incident() -> PilotageError:
    return HostError(
        _("The incident of this drill did not come about."),
        state=_("The practice fleet is removed."),
        todo=_("Start the drill again, with more hosts or another --seed."),
    )
