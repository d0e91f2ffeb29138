"""Killed at any point, the host comes back to where it was, or goes on where it stopped.

An apply, and a revert, can go on in three ways: each happens at every point, and every point is
cut under every shell, in one of them.
"""

from __future__ import annotations

import asyncio

from tests.transaction import asking
from tests.transaction.await_until import until
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.killing import (
    each_point,
    each_point_once,
    everywhere,
    killed_apply,
    killed_verb,
)
from tests.transaction.plans import AFTER, BEFORE, CA, DAEMON_JSON, MIRROR, docker_plan
from tests.transaction.practice_host import SHELLS, PracticeHost
from tests.transaction.stopping import APPLY_POINTS, REVERT_POINTS, UNWATCHED, stopping_library
from wizard.planning.plan import HostPlan
from wizard.transaction import compose
from wizard.transaction.answers import Outcome, Verb


def _plan(host: PracticeHost) -> HostPlan:
    return docker_plan(host.write(DAEMON_JSON, BEFORE, mode=0o640, owner=(5, 6)))


async def test_killed_apply_reverts_at_its_deadline(any_host: NewHost) -> None:
    """Whoever finds it first, the watchdog or any contact, takes the change back whole."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        before = host.tree()
        await killed_apply(host, plan, point)
        host.pass_time(121)
        if point not in UNWATCHED:
            await until(lambda: host.state() == "reverted", "the watchdog did nothing")
            await host.settle()
        answer = await asking.status(host)
        return (answer.outcome, host.state(), host.tree() == before, host.mirrors())

    never_armed = UNWATCHED[: UNWATCHED.index("armed")]
    assert await each_point_once(any_host, APPLY_POINTS, scenario, turn=0) == {
        point: (Outcome.STATE, "prepared" if point in never_armed else "reverted", True, [])
        for point in APPLY_POINTS
    }


async def test_killed_apply_can_be_sent_again(any_host: NewHost) -> None:
    """The same run again ends applied, and no temporary file is left."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        await killed_apply(host, plan, point)
        answer = await asking.apply(host, plan)
        hidden = [path for path in host.tree() if "pilotage-r1" in path and "systemd" not in path]
        return (answer.outcome, host.read(DAEMON_JSON) == AFTER.encode(), hidden, host.mirrors())

    assert await each_point_once(any_host, APPLY_POINTS, scenario, turn=1) == {
        point: (Outcome.APPLIED, True, [], [MIRROR]) for point in APPLY_POINTS
    } | {"proven": (Outcome.ALREADY_APPLIED, True, [], [MIRROR])}


async def test_killed_apply_is_swept_by_another_run(any_host: NewHost) -> None:
    """After the deadline another run finds the host as it was and applies its own change."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        await killed_apply(host, plan, point)
        busy = await asking.apply(host, plan, run="r2")
        host.pass_time(121)
        answer = await asking.apply(host, plan, run="r2")
        return (busy.outcome, answer.outcome, host.read(CA))

    never_armed = UNWATCHED[: UNWATCHED.index("armed")]
    assert await each_point_once(any_host, APPLY_POINTS, scenario, turn=2) == {
        point: (
            Outcome.APPLIED if point in never_armed else Outcome.BUSY,
            Outcome.APPLIED,
            b"the CA\n",
        )
        for point in APPLY_POINTS
    }


async def test_killed_revert_goes_on_where_it_stopped(any_host: NewHost) -> None:
    """Killed in mid-revert, the next revert ends in the same bytes and the same daemon."""
    applied = [any_host(shell=shell) for shell in SHELLS]
    plans = [_plan(host) for host in applied]
    [before] = {str(host.tree()): host.tree() for host in applied}.values()
    await asyncio.gather(*map(asking.apply, applied, plans))
    await asyncio.gather(*(host.kill_watchdogs() for host in applied))

    async def scenario(host: PracticeHost, point: str) -> object:
        host.become(applied)
        await killed_verb(host, Verb.REVERT, point)
        answer = await asking.revert(host)
        return (answer.outcome, host.tree() == before, host.mirrors())

    assert await each_point_once(any_host, REVERT_POINTS, scenario, turn=0) == dict.fromkeys(
        REVERT_POINTS, (Outcome.REVERTED, True, [])
    )


async def test_the_watchdog_finishes_a_killed_revert(any_host: NewHost) -> None:
    """A revert that dies half-way is finished by the watchdog without any contact."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = _plan(host)
        before = host.tree()
        await asking.apply(host, plan)
        await killed_verb(host, Verb.REVERT, point)
        await host.settle()
        return (host.state(), host.tree() == before, host.mirrors())

    assert await each_point_once(any_host, REVERT_POINTS, scenario, turn=1) == dict.fromkeys(
        REVERT_POINTS, ("reverted", True, [])
    )


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

    finished: tuple[object, ...] = (Outcome.STATE, "reverted", True, [])
    assert await each_point_once(any_host, REVERT_POINTS, scenario, turn=2) == dict.fromkeys(
        REVERT_POINTS, ("reverting", *finished)
    ) | {"reverted": ("reverted", *finished)}


async def test_the_watchdog_finishes_a_killed_undo(any_host: NewHost) -> None:
    """A confirmed run has no switch any more; its undo arms one before it touches anything."""
    confirmed = [any_host(shell=shell) for shell in SHELLS]
    plans = [_plan(host) for host in confirmed]
    [before] = {str(host.tree()): host.tree() for host in confirmed}.values()
    await asyncio.gather(*map(asking.apply, confirmed, plans))
    await asyncio.gather(*map(asking.confirm, confirmed))
    await asyncio.gather(*(host.settle() for host in confirmed))

    async def scenario(host: PracticeHost, point: str) -> object:
        host.become(confirmed)
        await killed_verb(host, Verb.UNDO, point)
        await host.settle()
        return (host.state(), host.tree() == before, host.mirrors())

    points = ("reverting", "parting_2", "before_2", "tidied")
    assert await each_point(any_host, points, scenario) == everywhere(
        dict.fromkeys(points, ("reverted", True, []))
    )


@EVERY_SHELL
async def test_a_boot_finishes_a_killed_undo(host: PracticeHost) -> None:
    """The host loses power in mid-undo: its boot unit is there, and gone afterwards."""
    plan = _plan(host)
    before = host.tree()
    await asking.apply(host, plan)
    await asking.confirm(host)
    await killed_verb(host, Verb.UNDO, "parting_2")
    await host.kill_watchdogs()
    assert [path for path in host.tree() if path.endswith("pilotage-revert-r1.service")] == [
        "etc/systemd/system/multi-user.target.wants/pilotage-revert-r1.service",
        "etc/systemd/system/pilotage-revert-r1.service",
    ]
    host.boot("second-boot")
    host.uptime(5)
    await host.execute(b"", str(host.ledger() / "revert.sh"), "boot")
    assert (host.state(), host.tree() == before) == ("reverted", True)


@EVERY_SHELL
async def test_a_killed_confirm_leaves_no_boot_unit(host: PracticeHost) -> None:
    """Killed right after its rename it has confirmed, and nothing of the switch stays."""
    await asking.apply(host, _plan(host))
    await killed_verb(host, Verb.CONFIRM, "confirmed")
    assert host.state() == "confirmed"
    assert not [path for path in host.tree() if "pilotage" in path]


@EVERY_SHELL
async def test_a_confirm_killed_before_its_rename_is_none(host: PracticeHost) -> None:
    """Its boot unit is gone already; the watchdog is not, and takes the run back."""
    plan = _plan(host)
    before = host.tree()
    await asking.apply(host, plan)
    await killed_verb(host, Verb.CONFIRM, "confirming")
    assert (host.state(), host.read(DAEMON_JSON)) == ("armed", AFTER.encode())
    host.pass_time(121)
    await host.settle()
    assert (host.state(), host.tree() == before, host.mirrors()) == ("reverted", True, [])


async def test_a_killed_renewal_moves_the_deadline_or_does_not(any_host: NewHost) -> None:
    """Before its rename the old deadline counts, after it the new one; it can be sent again."""

    async def scenario(host: PracticeHost, point: str) -> object:
        host.uptime(1000)
        await asking.apply(host, _plan(host), lease=120)
        host.uptime(1100)
        await killed_verb(host, Verb.RENEW, point, lease=300)
        left = (await asking.status(host)).deadline
        again = await asking.renew(host, lease=300)
        host.uptime(1401)
        await host.settle()
        return (left, again.outcome, again.deadline, host.state(), host.read(DAEMON_JSON))

    came_back = (Outcome.RENEWED, 300, "reverted", BEFORE)
    deadlines = {"deadline_staged": 20, "deadline": 300}
    found = await each_point(any_host, deadlines, scenario)
    assert found == everywhere({point: (left, *came_back) for point, left in deadlines.items()})


async def test_boot_units_of_ended_runs_are_swept(host: PracticeHost) -> None:
    """An apply that was killed before it was armed leaves no unit behind its ledger."""
    units = host.root / "etc/systemd/system"
    for run, state in (("r0", "prepared"), ("r8", "conflict"), ("r9", "confirmed")):
        (host.ledger(run) / "marks").mkdir(parents=True)
        (host.ledger(run) / state).touch()
        unit = units / f"pilotage-revert-{run}.service"
        unit.touch()
        (units / "multi-user.target.wants" / unit.name).symlink_to(f"../{unit.name}")
    assert (await asking.apply(host, _plan(host))).outcome is Outcome.APPLIED
    assert {path.name for path in units.rglob("pilotage*")} == {"pilotage-revert-r1.service"}
    assert [host.state(run) for run in ("r0", "r8", "r9")] == ["none", "conflict", "confirmed"]


async def test_truncated_input_does_nothing(any_host: NewHost) -> None:
    """A script cut anywhere leaves no trace, and never answers."""
    hosts = [any_host(shell=shell, is_piped=True) for shell in SHELLS]
    plans = [_plan(host) for host in hosts]
    before = [host.tree() for host in hosts]
    script = compose.apply_script(plans[0], run="r1", holder="x", lease=120, nonce="N")
    ends = {0, 1, len(script) // 2, *range(97, len(script), len(script) // 40)}
    ends |= {len(script) - cut for cut in (2, 3, 4, 9, 14, 15, 16, 17, 22, 25, 60, 400)}
    for end in sorted(ends):
        results = await asyncio.gather(*(_cut(host, script[:end]) for host in hosts))
        assert results == [b""] * len(hosts), end
    assert [host.tree() for host in hosts] == before
    assert [host for host in hosts if (host.root / "var/lib/pilotage").exists()] == []


async def _cut(host: PracticeHost, script: bytes) -> bytes:
    _, output, _ = await host.execute(script)
    return output
