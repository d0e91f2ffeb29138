"""Real run processes, against virtual SSH hosts on loopback."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ssh.lab import Behaviour, Lab, make_lab
from wizard.clock import SystemClock
from wizard.errors import RunError
from wizard.fleet.host import Fleet
from wizard.fleet.policy import Migration
from wizard.journal.events import EventKind, Order, RunResult
from wizard.run.local_service import LocalService
from wizard.run.places import run_folder
from wizard.run.spawn import Spawner
from wizard.run.states import HostState, RunState
from wizard.run.view import RunView
from wizard.secret import Secret

PASSWORD = "correct-horse-battery-staple"  # noqa: S105  # of virtual hosts only
ADDRESSES = ("127.0.1.1", "127.0.1.2")
SECONDS = 30.0

pytestmark = pytest.mark.usefixtures("warm")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return fresh keys and files for SSH on loopback."""
    return make_lab(tmp_path)


def service_of(lab: Lab) -> LocalService:
    """Return a service of its own on the lab's state, as each operator has one."""
    environ = {name: os.environ[name] for name in ("PATH",)} | {"HOME": str(lab.folder)}
    return LocalService(
        state_dir=lab.folder / "state", environ=environ, home=lab.folder, clock=SystemClock()
    )


def migration_of(lab: Lab, **options: object) -> Migration:
    """Return a migration of the lab's hosts, whose keys are known."""
    for address in ADDRESSES:
        lab.know(address)
    return Migration(
        fleet=Fleet(hosts=tuple(lab.host(address, **options) for address in ADDRESSES))
    )


async def seen(service: LocalService, run: str, condition: Callable[[RunView], bool]) -> RunView:
    """Return the first watched view of which `condition` holds."""
    async with asyncio.timeout(SECONDS):
        async for view in service.watch(run, hertz=10):
            if condition(view):
                return view
    raise AssertionError("the run ended before")


def ended(view: RunView) -> bool:
    """Tell whether the run has ended."""
    return view.state is RunState.ENDED


def pid_of(service: LocalService, run: str) -> int:
    """Return the process that took the run last."""
    started = [event for event in service.events(run) if event.kind is EventKind.PROCESS_STARTED]
    return int(started[-1].data["pid"])


async def gone(pid: int) -> None:
    """Wait until the process has ended."""
    async with asyncio.timeout(SECONDS):
        while await asyncio.to_thread(Path(f"/proc/{pid}").exists):
            await SystemClock().sleep(0.02)


async def test_discovery_runs_in_its_own_process_and_two_operators_see_it(lab: Lab) -> None:
    """Facts of all hosts arrive, and a second service sees the same run."""
    first, second = service_of(lab), service_of(lab)
    async with lab.virtual_hosts(ADDRESSES):
        run = await first.start_discovery(migration_of(lab), secrets={})
        views = await asyncio.gather(seen(first, run, ended), seen(second, run, ended))
    found = second.discovery(run)
    assert [view.result for view in views] == [RunResult.COMPLETED] * 2
    assert [facts.host for facts in found.facts] == ["host-127.0.1.1", "host-127.0.1.2"]
    assert found.troubles == ()
    assert second.runs()[0].run == run
    assert os.getsid(0) != pid_of(first, run)


async def test_secrets_reach_the_process_and_no_file_argument_or_variable(lab: Lab) -> None:
    """The password logs in, and is in none of the places that others could read."""
    service = service_of(lab)
    behaviour = Behaviour(password=PASSWORD, frozen=True)
    migration = migration_of(lab, identity_files=())
    async with lab.virtual_hosts(ADDRESSES, behaviour):
        run = await service.start_discovery(migration, secrets={"login:default": Secret(PASSWORD)})
        async with asyncio.timeout(SECONDS):
            while not behaviour.commands:
                await SystemClock().sleep(0.02)
        process = Path(f"/proc/{pid_of(service, run)}")
        exposed = [(process / name).read_bytes() for name in ("cmdline", "environ")]
        service.order(run, Order.STOP)
        await seen(service, run, ended)
        await gone(int(process.name))
    files = [path for path in (lab.folder / "state").rglob("*") if path.is_file()]
    assert len(files) >= 3
    contents = [path.read_bytes() for path in files] + exposed
    assert [PASSWORD.encode() in content for content in contents] == [False] * len(contents)
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    assert (lab.folder / "state" / "runs").stat().st_mode & 0o077 == 0


async def test_second_process_of_a_run_is_refused(lab: Lab) -> None:
    """Neither resume nor a process started by hand gets a run that is being run."""
    service = service_of(lab)
    async with lab.virtual_hosts(ADDRESSES, Behaviour(frozen=True)):
        run = await service.start_discovery(migration_of(lab), secrets={})
        with pytest.raises(RunError, match="living process"):
            await service.resume(run, secrets={})
        arguments = ["-m", "wizard.run", run, "--state-dir", str(lab.folder / "state")]
        by_hand = await asyncio.to_thread(
            subprocess.run, [sys.executable, *arguments], capture_output=True, text=True
        )
        service.order(run, Order.STOP)
        view = await seen(service, run, ended)
    assert by_hand.returncode == RunError.exit_code
    assert "another process runs this run already" in by_hand.stderr
    assert view.result is RunResult.STOPPED
    assert len([e for e in service.events(run) if e.kind is EventKind.PROCESS_STARTED]) == 1


async def test_killed_run_is_an_orphan_until_it_is_resumed(lab: Lab) -> None:
    """After SIGKILL watchers see an orphan, orders are refused, and resume completes it."""
    service = service_of(lab)
    behaviour = Behaviour(frozen=True)
    async with lab.virtual_hosts(ADDRESSES, behaviour):
        run = await service.start_discovery(migration_of(lab), secrets={})
        await seen(service, run, lambda view: view.hosts[0].state is HostState.READING)
        os.kill(pid_of(service, run), signal.SIGKILL)
        orphan = await seen(service, run, lambda view: view.state is RunState.ORPHANED)
        with pytest.raises(RunError, match="lost its process"):
            service.order(run, Order.STOP)
        behaviour.frozen = False
        await service.resume(run, secrets={})
        view = await seen(service, run, ended)
    assert orphan.choices == ()
    assert view.result is RunResult.COMPLETED
    assert len(service.discovery(run).facts) == len(ADDRESSES)
    with pytest.raises(RunError, match="nothing to resume"):
        await service.resume(run, secrets={})


async def test_sigterm_is_an_order_to_stop(lab: Lab) -> None:
    """A run that is terminated ends in its journal as stopped."""
    service = service_of(lab)
    async with lab.virtual_hosts(ADDRESSES, Behaviour(frozen=True)):
        run = await service.start_discovery(migration_of(lab), secrets={})
        os.kill(pid_of(service, run), signal.SIGTERM)
        view = await seen(service, run, ended)
    assert view.result is RunResult.STOPPED
    given = [event for event in service.events(run) if event.kind is EventKind.ORDER_GIVEN]
    assert [event.data["by"] for event in given] == ["SIGTERM"]


async def test_unknown_host_keys_are_found_and_approved(lab: Lab) -> None:
    """A host nobody knows is told with its key; once approved it is read."""
    service = service_of(lab)
    migration = Migration(fleet=Fleet(hosts=(lab.host(ADDRESSES[0]),)))
    lab.known_hosts.touch()
    async with lab.virtual_hosts(ADDRESSES[:1]):
        run = await service.start_discovery(migration, secrets={})
        await seen(service, run, ended)
        (key,) = service.discovery(run).unknown_keys
        service.approve_host_keys([key])
        again = await service.start_discovery(migration, secrets={})
        await seen(service, again, ended)
    assert key.fingerprint.startswith("SHA256:")
    assert [facts.host for facts in service.discovery(again).facts] == [key.host]


async def test_process_that_ends_at_once_is_told_with_its_last_words(lab: Lab) -> None:
    """A run that has ended cannot be started: the starter reads why in its error."""
    service = service_of(lab)
    async with lab.virtual_hosts(ADDRESSES):
        run = await service.start_discovery(migration_of(lab), secrets={})
        await seen(service, run, ended)
        await gone(pid_of(service, run))
    state = lab.folder / "state"
    spawner = Spawner(run_folder(state, SystemClock()), state, {"HOME": str(lab.folder)})
    with pytest.raises(RunError, match=f"ended at once: run {run} has ended already"):
        await spawner.start(run, secrets={})


async def test_unreadable_file_of_approved_keys_is_each_hosts_trouble(lab: Lab) -> None:
    """The run does not die of it: every host tells the reason."""
    service = service_of(lab)
    (lab.folder / "state" / "known_hosts").mkdir(mode=0o700, parents=True)
    async with lab.virtual_hosts(ADDRESSES):
        run = await service.start_discovery(migration_of(lab), secrets={})
        view = await seen(service, run, ended)
    assert {host.state for host in view.hosts} == {HostState.UNREACHABLE}
    troubles = [host.trouble for host in view.hosts if host.trouble]
    assert ["cannot be read" in trouble.what for trouble in troubles] == [True, True]
