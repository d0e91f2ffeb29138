"""The director plants each fault at its moment, told by real journals and by the hosts' pulls."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace

import pytest

from tests.practice.demo.naive import connect
from tests.transaction.await_until import until
from wizard.clock import Clock, SystemClock
from wizard.errors import InputError
from wizard.journal.events import EventKind, RunKind
from wizard.journal.store import Draft
from wizard.practice.demo.director import Director, direct
from wizard.practice.demo.faults import Fault, Mischief
from wizard.practice.demo.incidents import Moment, Pick, Planted
from wizard.practice.demo.scenarios import SCENARIOS, Scenario
from wizard.practice.demo.serving import who_serves
from wizard.practice.designs import CATALOGUE
from wizard.practice.fleet import PracticeFleet
from wizard.practice.home import Home
from wizard.run.places import run_folder
from wizard.service import MigrationService, open_service

WAVES = (("web1",), ("web2",))
RUN = "20260101-000000-aaaaaa"
STRUCK = "web2"


class CountedLooks(SystemClock):
    """Counts how often a director has looked at the journals and rests again."""

    def __init__(self) -> None:
        self.looks = 0

    async def sleep(self, seconds: float) -> None:
        """Count and wait."""
        self.looks += 1
        await super().sleep(seconds)

    async def two_more(self) -> None:
        """Return once everything that was written before this call has been seen."""
        enough = self.looks + 2
        await until(lambda: self.looks >= enough, "the director does not look any more")


class NoRest(SystemClock):
    """Lets a director look at the journals only when somebody wants to be let on to a host."""

    async def sleep(self, seconds: float) -> None:
        """Wait for ever."""
        del seconds
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A fleet of two hosts in two waves, and the operator's journals."""

    fleet: PracticeFleet
    mischief: Mischief
    service: MigrationService
    clock: CountedLooks = field(default_factory=CountedLooks)

    def director(self, *planted: Planted, clock: Clock | None = None) -> Director:
        """Return a director of those faults, all of which strike the second host."""
        return Director(
            self.fleet,
            replace(SCENARIOS["calm"], faults=planted),
            {one: STRUCK if one.pick else None for one in planted},
            self.service,
            self.mischief,
            clock=clock or self.clock,
        )

    def begin_run(self, kind: RunKind, run: str = RUN) -> None:
        """Write the journal of a run that has just begun."""
        data = {
            "kind": kind.value,
            "operator": "me",
            "plan_hash": "",
            "hosts": list(self.fleet.hosts),
            "waves": [list(wave) for wave in WAVES],
            "of": "",
            "ledgers": [],
        }
        folder = run_folder(self.fleet.home / "state", SystemClock())
        created = Draft(kind=EventKind.RUN_CREATED, data=data)
        folder.create(run, documents={}, first=[created])

    def tell(self, kind: EventKind, host: str | None = None, **data: object) -> None:
        """Write an event into the run's journal."""
        folder = run_folder(self.fleet.home / "state", SystemClock())
        with closing(folder.open(RUN)) as journal:
            journal.append(Draft(kind=kind, host=host, data=dict(data)))

    def apply(self, host: str, outcome: str) -> None:
        """Write that a host answered to the change."""
        self.tell(EventKind.INTENT, host, verb="apply")
        self.tell(
            EventKind.OUTCOME, host, verb="apply", answer={"verb": "apply", "outcome": outcome}
        )


@asynccontextmanager
async def stage_of(home: Home) -> AsyncIterator[Stage]:
    """Run a fleet and offer its journals."""
    designs = [replace(CATALOGUE["docker-26"], name=name) for wave in WAVES for name in wave]
    async with PracticeFleet.start(designs, home) as fleet, Mischief(fleet) as mischief:
        service = open_service(state_dir=fleet.home / "state", home=fleet.operator)
        yield Stage(fleet=fleet, mischief=mischief, service=service)


@asynccontextmanager
async def directing(director: Director) -> AsyncIterator[None]:
    """Let the director watch; it must have planted everything by the end."""
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(director.run())
        yield


def planted(fault: Fault, when: Moment, wave: int | None = None) -> Planted:
    """Return a fault; one that strikes a host if it is not one of a wave."""
    return Planted(fault=fault, when=when, pick=None if wave else Pick.ANY, wave=wave)


async def test_what_is_wrong_from_the_start_is_there_before_anything_else(home: Home) -> None:
    """And nothing is left to watch for."""
    async with stage_of(home) as stage:
        slow = planted(Fault.SLOW_HOST, Moment.AT_START)
        await direct(
            stage.fleet,
            replace(SCENARIOS["calm"], faults=(slow,)),
            {slow: STRUCK},
            stage.service,
            stage.mischief,
        )

        assert stage.mischief.planted == ((Fault.SLOW_HOST, STRUCK),)
        assert stage.fleet.hosts[STRUCK].machine.slow > 0


async def test_a_discovery_is_no_rollout(home: Home) -> None:
    """A fault of the rollout waits for one."""
    async with stage_of(home) as stage:
        edit = planted(Fault.DRIFTED_FILE, Moment.ROLLOUT_STARTED)
        director = stage.director(edit)
        async with directing(director):
            stage.begin_run(RunKind.DISCOVERY, "20250101-000000-aaaaaa")
            await stage.clock.two_more()
            assert director.planted == []
            stage.begin_run(RunKind.ROLLOUT)

        assert (director.planted, list(stage.mischief.edits)) == (
            [edit],
            [(STRUCK, "/etc/docker/daemon.json")],
        )


async def test_nobody_gets_to_a_host_before_the_faults_of_the_moment(home: Home) -> None:
    """However late the director looks by itself: a login waits for it, and so does a command."""
    async with stage_of(home) as stage:
        edit = planted(Fault.DRIFTED_FILE, Moment.ROLLOUT_STARTED)
        refusal = planted(Fault.SUDO_REFUSED, Moment.HOST_CHANGED)
        director = stage.director(edit, refusal, clock=NoRest())
        async with directing(director):
            await director.catch_up()
            stage.begin_run(RunKind.ROLLOUT)
            assert director.planted == []
            async with connect(stage.fleet, stage.fleet.hosts[STRUCK]) as connection:
                assert director.planted == [edit]
                stage.apply(STRUCK, "applied")
                await connection.run("true", check=True)
                assert director.planted == [edit, refusal]


async def test_a_fault_that_cannot_be_planted_keeps_nobody_waiting(home: Home) -> None:
    """Its error ends the director, and whoever waited for it goes on."""
    async with stage_of(home) as stage:
        edit = planted(Fault.DRIFTED_FILE, Moment.ROLLOUT_STARTED)
        director = Director(
            stage.fleet,
            replace(SCENARIOS["calm"], faults=(edit,)),
            {edit: "web9"},
            stage.service,
            stage.mischief,
            clock=NoRest(),
        )
        stage.begin_run(RunKind.ROLLOUT)
        waiting = asyncio.create_task(director.catch_up())
        await asyncio.sleep(0)

        with pytest.raises(ExceptionGroup) as failure:
            await director.run()

        assert failure.group_contains(InputError, match="drifted_file")
        async with asyncio.timeout(20):
            await waiting


async def test_a_host_that_goes_down_with_its_fault_keeps_nobody_waiting(home: Home) -> None:
    """The command that waited for the reboot ends with its connection."""
    async with stage_of(home) as stage:
        reboot = planted(Fault.REBOOT, Moment.HOST_CHANGED)
        director = stage.director(reboot, clock=NoRest())
        stage.begin_run(RunKind.ROLLOUT)
        host = stage.fleet.hosts[STRUCK]
        async with directing(director), connect(stage.fleet, host) as connection:
            stage.apply(STRUCK, "applied")
            answer = await connection.run("echo too late")

        assert (answer.stdout, director.planted) == ("", [reboot])
        async with connect(stage.fleet, host) as connection:
            assert (await connection.run("echo up again")).stdout == "up again\n"


async def test_a_host_is_struck_once_it_is_changed(home: Home) -> None:
    """Neither when another one is, nor when it refused."""
    async with stage_of(home) as stage:
        director = stage.director(
            planted(Fault.FULL_DISK, Moment.ROLLOUT_STARTED),
            planted(Fault.SUDO_REFUSED, Moment.HOST_CHANGED),
        )
        stage.begin_run(RunKind.ROLLOUT)
        async with directing(director):
            stage.apply("web1", "applied")
            stage.apply(STRUCK, "refused")
            await until(lambda: bool(director.planted), "nothing was planted at the start")
            await stage.clock.two_more()
            assert [one.fault for one in director.planted] == [Fault.FULL_DISK]
            stage.apply(STRUCK, "applied")

        assert stage.fleet.hosts[STRUCK].sudo == "refused"


async def test_the_end_of_the_rollout_is_a_moment_too(home: Home) -> None:
    """Not its last wave, its end."""
    async with stage_of(home) as stage:
        director = stage.director(planted(Fault.DRIFTED_FILE, Moment.ROLLOUT_ENDED))
        stage.begin_run(RunKind.ROLLOUT)
        async with directing(director):
            stage.tell(EventKind.WAVE_ENDED)
            await stage.clock.two_more()
            assert director.planted == []
            stage.tell(
                EventKind.RUN_ENDED, result="completed", reason="", changed=[], taken_back={}
            )

        assert director.has_planted_all


async def test_the_target_goes_down_when_the_wave_asks_it(home: Home) -> None:
    """The first request of a host of that wave is the last that anybody makes."""
    async with stage_of(home) as stage:
        director = stage.director(planted(Fault.TARGET_DOWN, Moment.IN_WAVE, wave=1))
        ask = f"curl -fsS -k {stage.fleet.target.url}/v2/"
        stage.begin_run(RunKind.ROLLOUT)
        async with directing(director):
            await until(lambda: stage.fleet.target.faults.tripwire is not None, "no wire")
            earlier = await stage.fleet.hosts["web1"].run(ask)
            assert (earlier.status, director.planted) == (0, [])
            struck = await stage.fleet.hosts["web2"].run(ask)

        assert struck.status != 0
        assert (await stage.fleet.hosts["web1"].run(ask)).status != 0

        await stage.mischief.mend_all()
        assert (await stage.fleet.hosts["web2"].run(ask)).status == 0


@pytest.mark.parametrize("is_alive", [True, False], ids=["alive", "gone"])
async def test_the_run_is_killed_when_the_wave_asks_the_target(
    home: Home, *, is_alive: bool
) -> None:
    """By the number that its journal has, unless the run has lost its process already."""
    async with stage_of(home) as stage:
        director = stage.director(planted(Fault.RUN_KILLED, Moment.IN_WAVE, wave=1))
        process = await asyncio.create_subprocess_exec("sleep", "60")
        stage.begin_run(RunKind.ROLLOUT)
        stage.tell(EventKind.PROCESS_STARTED, pid=process.pid, boot_id="", started=0)
        lock = run_folder(stage.fleet.home / "state", SystemClock()).lock(RUN)
        if is_alive:
            await lock.take(SystemClock())
        async with directing(director):
            await until(lambda: stage.fleet.target.faults.tripwire is not None, "no wire")
            asked = await stage.fleet.hosts["web2"].run(
                f"curl -fsS -k {stage.fleet.target.url}/v2/"
            )
        lock.release()

        if not is_alive:
            assert process.returncode is None
            process.terminate()
        ended_by = -signal.SIGKILL if is_alive else -signal.SIGTERM
        assert (await process.wait(), asked.status) == (ended_by, 0)


async def test_a_fleet_of_one_wave_has_no_second_one_to_strike(home: Home) -> None:
    """The director then watches on, and nothing goes wrong."""
    async with stage_of(home) as stage:
        director = stage.director(planted(Fault.TARGET_DOWN, Moment.IN_WAVE, wave=2))
        stage.begin_run(RunKind.ROLLOUT)
        watching = asyncio.create_task(director.run())
        await stage.clock.two_more()
        watching.cancel()

        assert director.planted == []
        assert await who_serves(stage.fleet, ["web2"]) == {"web2": "upstream"}
        assert stage.fleet.target.is_running


@pytest.mark.parametrize("fault", [Fault.FULL_DISK, Fault.REBOOT])
async def test_a_fault_of_a_host_wants_one(home: Home, fault: Fault) -> None:
    """The error names the fault."""
    async with stage_of(home) as stage:
        with pytest.raises(InputError, match=fault.value):
            await stage.mischief.plant(fault, "web9")

        assert stage.mischief.planted == ()


@pytest.mark.parametrize("one", SCENARIOS.values(), ids=lambda one: one.name)
def test_every_moment_of_a_scenario_is_one_that_comes(one: Scenario) -> None:
    """A fault of the run comes in a wave, where the director holds the hosts' requests."""
    for each in one.faults:
        assert (each.fault is Fault.RUN_KILLED) <= (each.when is Moment.IN_WAVE)
