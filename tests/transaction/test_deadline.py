"""The dead man's switch: without a confirm in time, a host takes itself back."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.transaction import asking
from tests.transaction.await_until import until
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.plans import AFTER, BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import SHELLS, PracticeHost
from wizard.errors import ProtocolError
from wizard.planning.plan import HostPlan
from wizard.transaction.answers import LedgerState, Outcome


def _plan(host: PracticeHost) -> HostPlan:
    return docker_plan(host.write(DAEMON_JSON, BEFORE, mode=0o640))


def _runs(process: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_the_deadline_reverts(any_host: NewHost) -> None:
    """The watchdog reverts when the uptime clock passes the deadline, however it was started."""

    async def scenario(shell: str, *without: str) -> tuple[object, ...]:
        host = any_host(shell=shell, without=frozenset(without))
        plan = _plan(host)
        before = host.tree()
        applied = await asking.apply(host, plan, lease=30)
        host.pass_time(31)
        await host.settle()
        late = (await asking.confirm(host)).outcome, (await asking.renew(host)).outcome
        return (applied.outcome, host.state(), host.tree() == before, host.mirrors(), late)

    too_late = (Outcome.TOO_LATE, Outcome.TOO_LATE)
    expected: tuple[object, ...] = (Outcome.APPLIED, "reverted", True, [], too_late)
    results = await asyncio.gather(
        scenario("bash"),
        scenario("busybox", "systemd-run"),
        scenario("dash", "systemd-run", "setsid"),
    )
    assert list(results) == [expected] * 3


@EVERY_SHELL
async def test_renewal_moves_the_deadline(host: PracticeHost) -> None:
    """A renewed lease outlives the old deadline, and ends at the new one."""
    plan = _plan(host)
    await asking.apply(host, plan, lease=30)
    host.pass_time(20)
    answer = await asking.renew(host, lease=100)
    assert (answer.outcome, answer.deadline) == (Outcome.RENEWED, 100)
    host.pass_time(110)
    assert (await asking.status(host)).state is LedgerState.ARMED
    assert host.read(DAEMON_JSON) == AFTER.encode()
    host.pass_time(121)
    await host.settle()
    assert (host.state(), host.read(DAEMON_JSON)) == ("reverted", BEFORE)


@EVERY_SHELL
async def test_a_late_confirm_is_too_late_even_without_a_watchdog(host: PracticeHost) -> None:
    """The deadline counts, not whether somebody was there to act on it."""
    plan = _plan(host)
    before = host.tree()
    await asking.apply(host, plan, lease=30)
    await host.kill_watchdogs()
    host.pass_time(31)
    answer = await asking.confirm(host)
    assert (answer.outcome, answer.state) == (Outcome.TOO_LATE, LedgerState.REVERTED)
    assert host.tree() == before


@EVERY_SHELL
async def test_a_reboot_counts_as_expiry(host: PracticeHost) -> None:
    """After a reboot any contact reverts, although the uptime clock is far from the deadline."""
    plan = _plan(host)
    before = host.tree()
    await asking.apply(host, plan)
    await host.kill_watchdogs()
    host.boot("second-boot")
    host.uptime(12)
    answer = await asking.status(host)
    assert (answer.outcome, answer.state) == (Outcome.STATE, LedgerState.REVERTED)
    assert (host.tree() == before, host.mirrors()) == (True, [])


async def test_the_boot_unit_restores_before_the_runtime_starts(host: PracticeHost) -> None:
    """At boot the files come back and no runtime is asked, because none runs yet."""
    plan = _plan(host)
    before = host.tree()
    await asking.apply(host, plan)
    await host.kill_watchdogs()
    unit = host.root / "etc/systemd/system/pilotage-revert-r1.service"
    wants = host.root / "etc/systemd/system/multi-user.target.wants/pilotage-revert-r1.service"
    text = unit.read_text()
    assert wants.resolve() == unit
    assert "Before=docker.service containerd.service" in text
    assert f"ConditionPathExists=|{host.ledger()}/armed" in text
    assert f"ExecStart=/bin/sh {host.ledger()}/revert.sh boot" in text
    host.boot("second-boot")
    host.uptime(5)
    (host.root / "run/docker.pid").unlink()
    host.practice("pid", "0\n")
    host.practice("containerd_pid", "0\n")
    calls = len(host.calls())
    await host.execute(b"", str(host.ledger() / "revert.sh"), "boot")
    assert (host.state(), host.tree()) == ("reverted", before)
    assert {call.split()[0:2][1] for call in host.calls()[calls:]} == {"show"}


async def test_confirm_removes_the_boot_unit(host: PracticeHost) -> None:
    """Confirmed, nothing of the switch is left on the host."""
    await asking.apply(host, _plan(host))
    await asking.confirm(host)
    await host.settle()
    assert not [path for path in host.tree() if "pilotage" in path]


@EVERY_SHELL
async def test_a_run_that_is_applied_again_has_one_watchdog(host: PracticeHost) -> None:
    """That of the first attempt leaves, though it never saw that attempt taken back."""
    plan = _plan(host)
    await asking.apply(host, plan)
    first = int((host.ledger() / "watchdog").read_text().split()[0])
    os.kill(first, signal.SIGSTOP)
    await asking.revert(host)
    again = await asking.apply(host, plan)
    os.kill(first, signal.SIGCONT)
    await until(lambda: not _runs(first), "the first watchdog stayed")
    assert (again.outcome, host.state()) == (Outcome.APPLIED, "armed")


async def test_an_apply_that_hangs_is_ended_by_its_watchdog(any_host: NewHost) -> None:
    """A frozen apply holds the lock past its deadline; the watchdog ends it and reverts."""

    async def scenario(shell: str) -> object:
        host = any_host(shell=shell)
        plan = _plan(host)
        before = host.tree()
        holder = host.ledger().parent / "holder"
        validating = host.root / "practice/validating"
        stop = f'read -r pid rest <{holder}\ntrue >{validating}\nkill -STOP "$pid"'
        host.program("dockerd", stop)
        task = asyncio.create_task(asking.apply(host, plan, lease=30))
        await until(validating.exists, "it never came to its first step")
        host.pass_time(31)
        await until(lambda: host.state() == "reverted", "the watchdog gave up", seconds=40)
        (error,) = await asyncio.gather(task, return_exceptions=True)
        return (type(error), host.tree() == before)

    assert await asyncio.gather(*map(scenario, SHELLS)) == [(ProtocolError, True)] * len(SHELLS)
