"""Killed at any point, the host comes back to where it was, or goes on where it stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterable
from itertools import cycle

from tests.transaction import asking
from tests.transaction.await_until import until
from tests.transaction.conftest import NewHost
from tests.transaction.plans import AFTER, BEFORE, CA, DAEMON_JSON, MIRROR, docker_plan
from tests.transaction.practice_host import SHELLS, PracticeHost
from tests.transaction.stopping import APPLY_POINTS, REVERT_POINTS, stopping_library
from wizard.planning.plan import HostPlan
from wizard.transaction import compose
from wizard.transaction.answers import Outcome, Verb

Scenario = Callable[[PracticeHost, str], Awaitable[object]]


async def _each_point(
    any_host: NewHost, points: Iterable[str], scenario: Scenario, *, turn: int
) -> dict[str, object]:
    """Let `scenario` happen at each point, under one shell each: another one at each `turn`."""
    shells = sorted(SHELLS)
    async with asyncio.TaskGroup() as group:
        tasks = {}
        for number, point in enumerate(points, start=turn):
            host = any_host(shell=shells[number % len(shells)])
            tasks[point] = group.create_task(_outcome(scenario, host, point))
    return {point: task.result() for point, task in tasks.items()}


async def _outcome(scenario: Scenario, host: PracticeHost, point: str) -> object:
    return await scenario(host, point)


def _plan(host: PracticeHost) -> HostPlan:
    return docker_plan(host.write(DAEMON_JSON, BEFORE, mode=0o640, owner=(5, 6)))


async def _killed_apply(host: PracticeHost, plan: HostPlan, point: str) -> None:
    script = compose.apply_script(
        plan, run="r1", holder="x", lease=120, nonce="N", library=stopping_library(point)
    )
    status, _, _ = await host.execute(script)
    stopped = (host.root / "practice/stopped").read_text().strip()
    assert (status, stopped) == (-signal.SIGKILL, point)


async def test_killed_apply_reverts_at_its_deadline(any_host: NewHost) -> None:
    """Whoever finds it first, the watchdog or any contact, takes the change back whole."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        before = host.tree()
        await _killed_apply(host, plan, point)
        host.pass_time(121)
        if (host.ledger() / "watchdog").exists():
            await until(lambda: host.state() == "reverted", "the watchdog did nothing")
            await host.settle()
        answer = await asking.status(host)
        return (answer.outcome, host.state(), host.tree() == before, host.mirrors())

    reverted: object = (Outcome.STATE, "reverted", True, [])
    assert await _each_point(any_host, APPLY_POINTS, scenario, turn=0) == dict.fromkeys(
        APPLY_POINTS, reverted
    ) | {"prepared": (Outcome.STATE, "prepared", True, [])}


async def test_killed_apply_can_be_sent_again(any_host: NewHost) -> None:
    """The same run again ends applied, and no temporary file is left."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        await _killed_apply(host, plan, point)
        answer = await asking.apply(host, plan)
        hidden = [path for path in host.tree() if "pilotage-r1" in path and "systemd" not in path]
        return (answer.outcome, host.read(DAEMON_JSON) == AFTER.encode(), hidden, host.mirrors())

    assert await _each_point(any_host, APPLY_POINTS, scenario, turn=1) == {
        point: (Outcome.APPLIED, True, [], [MIRROR]) for point in APPLY_POINTS
    } | {"proven": (Outcome.ALREADY_APPLIED, True, [], [MIRROR])}


async def test_killed_apply_is_swept_by_another_run(any_host: NewHost) -> None:
    """After the deadline another run finds the host as it was and applies its own change."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        await _killed_apply(host, plan, point)
        busy = await asking.apply(host, plan, run="r2")
        host.pass_time(121)
        answer = await asking.apply(host, plan, run="r2")
        return (busy.outcome, answer.outcome, host.read(CA))

    points = ("armed", "after_1", "probing")
    assert await _each_point(any_host, points, scenario, turn=2) == {
        "armed": (Outcome.BUSY, Outcome.APPLIED, b"the CA\n"),
        "after_1": (Outcome.BUSY, Outcome.APPLIED, b"the CA\n"),
        "probing": (Outcome.BUSY, Outcome.APPLIED, b"the CA\n"),
    }


async def test_killed_revert_goes_on_where_it_stopped(any_host: NewHost) -> None:
    """Killed in mid-revert, the next revert ends in the same bytes and the same daemon."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        before = host.tree()
        await asking.apply(host, plan)
        for process in host.watchdogs():
            os.kill(process, signal.SIGKILL)
        await host.settle()
        script = compose.verb_script(
            Verb.REVERT, run="r1", holder="x", nonce="N", library=stopping_library(point)
        )
        status, _, _ = await host.execute(script)
        answer = await asking.revert(host)
        return (status, answer.outcome, host.tree() == before, host.mirrors())

    assert await _each_point(any_host, REVERT_POINTS, scenario, turn=3) == {
        point: (-signal.SIGKILL, Outcome.REVERTED, True, []) for point in REVERT_POINTS
    }


async def test_the_watchdog_finishes_a_killed_revert(any_host: NewHost) -> None:
    """A revert that dies half-way is finished by the watchdog without any contact."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        before = host.tree()
        await asking.apply(host, plan)
        script = compose.verb_script(
            Verb.REVERT, run="r1", holder="x", nonce="N", library=stopping_library(point)
        )
        await host.execute(script)
        await host.settle()
        return (host.state(), host.tree() == before, host.mirrors())

    points = ("reverting", "parting_2", "deactivated")
    assert await _each_point(any_host, points, scenario, turn=4) == {
        point: ("reverted", True, []) for point in points
    }


async def test_a_watchdog_killed_in_mid_revert_is_finished_at_the_next_contact(
    any_host: NewHost,
) -> None:
    """The watchdog dies while it reverts; status alone brings the host back."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        before = host.tree()
        script = compose.apply_script(
            plan, run="r1", holder="x", lease=120, nonce="N", library=stopping_library(point)
        )
        await host.execute(script)
        host.pass_time(121)
        await host.settle()
        interrupted = host.state()
        answer = await asking.status(host)
        return (interrupted, answer.outcome, host.state(), host.tree() == before, host.mirrors())

    points = ("reverting", "parting_2", "before_2")
    assert await _each_point(any_host, points, scenario, turn=5) == {
        point: ("reverting", Outcome.STATE, "reverted", True, []) for point in points
    }


async def _killed_verb(host: PracticeHost, verb: Verb, point: str) -> int:
    script = compose.verb_script(
        verb, run="r1", holder="x", nonce="N", library=stopping_library(point)
    )
    status, _, _ = await host.execute(script)
    return status


async def test_the_watchdog_finishes_a_killed_undo(any_host: NewHost) -> None:
    """A confirmed run has no switch any more; its undo arms one before it touches anything."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        before = host.tree()
        await asking.apply(host, plan)
        await asking.confirm(host)
        await host.settle()
        status = await _killed_verb(host, Verb.UNDO, point)
        await host.settle()
        return (status, host.state(), host.tree() == before, host.mirrors())

    points = ("reverting", "parting_2", "before_2")
    assert await _each_point(any_host, points, scenario, turn=6) == {
        point: (-signal.SIGKILL, "reverted", True, []) for point in points
    }


async def test_a_boot_finishes_a_killed_undo(host: PracticeHost) -> None:
    """The host loses power in mid-undo: its boot unit is there, and gone afterwards."""
    plan = _plan(host)
    before = host.tree()
    await asking.apply(host, plan)
    await asking.confirm(host)
    await _killed_verb(host, Verb.UNDO, "parting_2")
    for process in host.watchdogs():
        os.kill(process, signal.SIGKILL)
    assert [path for path in host.tree() if path.endswith("pilotage-revert-r1.service")] == [
        "etc/systemd/system/multi-user.target.wants/pilotage-revert-r1.service",
        "etc/systemd/system/pilotage-revert-r1.service",
    ]
    host.boot("second-boot")
    host.uptime(5)
    await host.execute(b"", str(host.ledger() / "revert.sh"), "boot")
    assert (host.state(), host.tree() == before) == ("reverted", True)


async def test_a_killed_confirm_leaves_no_boot_unit(host: PracticeHost) -> None:
    """Killed right after its rename it has confirmed, and nothing of the switch stays."""
    await asking.apply(host, _plan(host))
    assert await _killed_verb(host, Verb.CONFIRM, "confirmed") == -signal.SIGKILL
    assert host.state() == "confirmed"
    assert not [path for path in host.tree() if "pilotage" in path]


async def test_boot_units_of_ended_runs_are_swept(host: PracticeHost) -> None:
    """An apply that was killed before it was armed leaves no unit behind its ledger."""
    units = host.root / "etc/systemd/system"
    for run, state in (("r0", "prepared"), ("r9", "confirmed")):
        (host.ledger(run) / "marks").mkdir(parents=True)
        (host.ledger(run) / state).touch()
        unit = units / f"pilotage-revert-{run}.service"
        unit.touch()
        (units / "multi-user.target.wants" / unit.name).symlink_to(f"../{unit.name}")
    assert (await asking.apply(host, _plan(host))).outcome is Outcome.APPLIED
    assert {path.name for path in units.rglob("pilotage*")} == {"pilotage-revert-r1.service"}
    assert (host.state("r0"), host.state("r9")) == ("none", "confirmed")


async def test_truncated_input_does_nothing(any_host: NewHost) -> None:
    """A script cut anywhere leaves no trace, and never answers."""
    hosts = [any_host(shell=shell) for shell in SHELLS]
    plans = [_plan(host) for host in hosts]
    before = [host.tree() for host in hosts]
    script = compose.apply_script(plans[0], run="r1", holder="x", lease=120, nonce="N")
    ends = {0, 1, len(script) // 2, *range(97, len(script), len(script) // 40)}
    ends |= {len(script) - cut for cut in (2, 3, 4, 9, 14, 15, 16, 17, 22, 25, 60, 400)}
    cuts = zip(sorted(ends), cycle(hosts), strict=False)
    results = await asyncio.gather(*(_cut(host, script[:end]) for end, host in cuts))
    assert set(results) == {b""}
    assert [host.tree() for host in hosts] == before
    assert [host for host in hosts if (host.root / "var/lib/pilotage").exists()] == []


async def _cut(host: PracticeHost, script: bytes) -> bytes:
    _, output, _ = await host.execute(script)
    return output
