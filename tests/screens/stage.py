"""The wizard on a stage: a scripted service, a clock that the test moves, and hands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from screens.app import PilotageApp
from screens.results import Found, Planned, Probed
from screens.session import Session, Step
from tests.screens import samples
from tests.screens.hands import Hands
from tests.screens.scripted_service import ScriptedService
from wizard.drill import OpenDrill
from wizard.fleet.policy import RolloutPolicy, TargetChoice
from wizard.journal.events import RunKind
from wizard.run.states import HostState, RunState


class ManualClock:
    """A clock that a test moves; sleepers wake when their time has come."""

    def __init__(self) -> None:
        self.time = samples.MOMENT
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        """Return the time that the test set."""
        return self.time

    def monotonic(self) -> float:
        """Return the same time."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has moved the clock so far."""
        woken = asyncio.Event()
        self._sleepers.append((self.time + seconds, woken))
        await woken.wait()

    def advance(self, seconds: float) -> None:
        """Move the clock and wake whose time has come."""
        self.time += seconds
        for due, woken in self._sleepers:
            if due <= self.time:
                woken.set()


class Stage(Hands):
    """The wizard with its scripted service and its clock."""

    def __init__(self, app: PilotageApp, pilot: Pilot[None], service: ScriptedService) -> None:
        super().__init__(app, pilot)
        self.service = service

    @property
    def clock(self) -> ManualClock:
        """Return the clock that the wizard was given."""
        clock = self.app.context.clock
        assert isinstance(clock, ManualClock)
        return clock

    # The usual way through the wizard

    async def read_fleet(self) -> None:
        """Read the hosts of the migration file."""
        await self.see("migration file")
        await self.focus("#read")
        await self.press("enter")
        await self.see("F10: Registry")

    async def probe_registry(self) -> None:
        """Go on to Registry and probe the target."""
        await self.press("f10")
        await self.see("Which registry")
        self.part("#url-input").value = samples.TARGET.url
        await self.focus("#probe")
        await self.press("enter")
        await self.see("F10: Preview")

    async def roll_out(self) -> None:
        """Confirm the start and come to Roll out."""
        names = samples.NAMES[:-1]
        self.service.show(samples.run_view(dict.fromkeys(names, HostState.WAITING)))
        await self.press("f10")
        await self.see("Start the rollout?")
        self.clock.advance(1.0)
        await self.focus("#count-input")
        await self.press("7", "enter")
        await self.see("0/7 done")


def scripted(folder: Path) -> ScriptedService:
    """Return a service with a saved migration, one discovery, one target and the planner."""
    service = ScriptedService()
    path = folder / "migration.yaml"
    service.saved[path] = samples.migration()
    path.write_text("saved\n", encoding="utf-8")
    service.discoveries = [samples.discovery()]
    states = dict.fromkeys(samples.NAMES, HostState.READ)
    service.discovery_views = [
        samples.run_view(states, kind=RunKind.DISCOVERY, state=RunState.ENDED, ended_at=1.0)
    ]
    service.reports = [samples.REPORT]
    service.planner = samples.plan
    return service


@asynccontextmanager
async def on_stage(
    folder: Path,
    *,
    service: ScriptedService | None = None,
    size: tuple[int, int] = (80, 24),
    step: Step = Step.DISCOVER,
    environ: dict[str, str] | None = None,
    sign: str = "step 1/5",
    drill: OpenDrill | None = None,
    is_practice: bool = False,
) -> AsyncIterator[Stage]:
    """Start the wizard with a scripted service and go to `step`."""
    service = service or scripted(folder)
    app = PilotageApp(
        service=service,
        migration_path=folder / "migration.yaml",
        clock=ManualClock(),
        environ=environ or {},
        state_folder=lambda: folder / "state",
        drill=drill,
        is_practice=is_practice,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot, service)
        await stage.see(sign)
        first = app.screen_stack[0]
        await stage.until(lambda: bool(first.query("#fleet")), "the whole first step")
        await _go_to(stage, step)
        yield stage


async def _go_to(stage: Stage, step: Step) -> None:
    """Give the session what earlier steps would have found, and show `step`."""
    if step is Step.DISCOVER:
        return
    await stage.see("migration file: 8 hosts")
    session = stage.app.session
    session.found = Found(fleet=session.migration.fleet, discovery=samples.discovery())
    if step.value >= Step.PREVIEW.value:
        _have_planned(session)
    if step.value >= Step.ROLL_OUT.value:
        states = dict.fromkeys(samples.NAMES[:-1], HostState.WAITING)
        states["web1"] = HostState.CONFIRMED
        plan_hash = session.planned.plan_hash if session.planned else ""
        over = step is Step.ROLL_BACK
        session.rollout = samples.run_view(
            states,
            seq=5,
            changed=True,
            current_wave=1,
            plan_hash=plan_hash,
            state=RunState.ENDED if over else RunState.RUNNING,
            ended_at=samples.MOMENT if over else None,
        )
        stage.service.show(session.rollout)
        if session.planned:
            stage.service.plans["rollout-1"] = session.planned.plan
    stage.app.go(step)
    await stage.see(_SIGNS[step])


_SIGNS = {
    Step.REGISTRY: "Which registry",
    Step.PREVIEW: "F10: Start canary wave",
    Step.ROLL_OUT: "1/7 done",
    Step.ROLL_BACK: "The way back",
}


def _have_planned(session: Session) -> None:
    choice = TargetChoice(url=samples.TARGET.url)
    policy = RolloutPolicy(leave_out_blocked=True)
    session.answers = replace(session.migration, target=choice, policy=policy)
    session.probed = Probed(choice=choice, report=samples.REPORT)
    plan = samples.plan(session.migration, session.facts, samples.TARGET)
    session.planned = Planned(
        plan=plan, plan_hash=plan.hash, facts=session.facts, choice=choice, policy=policy
    )
