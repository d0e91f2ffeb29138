"""Of confirm and revert exactly one wins, whichever comes first; the bytes are the winner's."""

from __future__ import annotations

import asyncio
import dataclasses

from tests.transaction import asking
from tests.transaction.await_until import until
from tests.transaction.conftest import NewHost
from tests.transaction.plans import AFTER, BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import SHELLS, PracticeHost
from tests.transaction.stopping import pausing_library
from wizard.transaction import compose
from wizard.transaction.answers import Outcome, Verb

LEASE = 30
CONTENT = {"confirmed": AFTER.encode(), "reverted": BEFORE}
"""What the file holds in each of the two states that a race can end in."""


async def _applied(
    host: PracticeHost, *, watchdog_pauses_at: str = "nowhere", checks: int = 3
) -> None:
    """Apply with the first so many checks, and stop the clock: nothing expires by itself."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE, mode=0o640))
    plan = dataclasses.replace(plan, check=plan.check[:checks])
    library = pausing_library(watchdog_pauses_at)
    script = compose.apply_script(
        plan, run="r1", holder="x", lease=LEASE, nonce="N", library=library
    )
    answer = await asking.answered(host, script, Verb.APPLY)
    assert answer.outcome is Outcome.APPLIED, answer
    host.pass_time(0)


async def _second_waits_for_first(
    host: PracticeHost, first: Verb, second: Verb, *, point: str
) -> tuple[Outcome, Outcome]:
    """Return both outcomes: the first pauses at a point until the second waits for its lock."""
    library = pausing_library(point)
    async with asyncio.TaskGroup() as group:
        leading = group.create_task(asking.verb(host, first, library=library))
        await until((host.root / "practice/paused").exists, "the first never came to its point")
        following = group.create_task(asking.verb(host, second, library=library))
        await until((host.root / "practice/waiting").exists, "the second did not wait")
        host.practice("go", "")
    await host.settle()
    return leading.result().outcome, following.result().outcome


async def test_a_confirm_that_comes_first_stays(any_host: NewHost) -> None:
    """The revert waits for the lock, from just before or just after the rename, and is refused."""

    async def scenario(shell: str, point: str) -> tuple[object, ...]:
        host = any_host(shell=shell)
        await _applied(host)
        outcomes = await _second_waits_for_first(host, Verb.CONFIRM, Verb.REVERT, point=point)
        return *outcomes, host.state(), host.read(DAEMON_JSON)

    races = [(shell, point) for shell in SHELLS for point in ("confirming", "confirmed")]
    results = await asyncio.gather(*(scenario(*race) for race in races))
    assert results == [
        (Outcome.CONFIRMED, Outcome.REFUSED, "confirmed", AFTER.encode()) for _ in races
    ]


async def test_a_revert_that_comes_first_stays(any_host: NewHost) -> None:
    """The confirm waits for the lock, from the first rename to the last, and is too late."""

    async def scenario(shell: str, point: str) -> tuple[object, ...]:
        host = any_host(shell=shell)
        await _applied(host)
        outcomes = await _second_waits_for_first(host, Verb.REVERT, Verb.CONFIRM, point=point)
        return *outcomes, host.state(), host.read(DAEMON_JSON)

    races = [(shell, point) for shell in SHELLS for point in ("reverting", "reverted")]
    results = await asyncio.gather(*(scenario(*race) for race in races))
    assert results == [(Outcome.REVERTED, Outcome.TOO_LATE, "reverted", BEFORE) for _ in races]


async def test_a_confirm_in_time_keeps_the_watchdog_off(any_host: NewHost) -> None:
    """The deadline passes between the last look at it and the rename: the watchdog is blocked."""

    async def scenario(shell: str) -> tuple[object, ...]:
        host = any_host(shell=shell)
        await _applied(host)
        library = pausing_library("confirming")
        confirm = asyncio.create_task(asking.verb(host, Verb.CONFIRM, library=library))
        await until((host.root / "practice/paused").exists, "the confirm never came so far")
        host.pass_time(LEASE + 1)
        await until((host.root / "practice/waiting").exists, "the watchdog did not try")
        host.practice("go", "")
        answer = await confirm
        await host.settle()
        return answer.outcome, host.state(), host.read(DAEMON_JSON)

    results = await asyncio.gather(*map(scenario, SHELLS))
    assert results == [(Outcome.CONFIRMED, "confirmed", AFTER.encode())] * len(SHELLS)


async def test_a_watchdog_at_work_keeps_a_confirm_off(any_host: NewHost) -> None:
    """The confirm comes while the watchdog takes the run back: it waits, and is too late."""

    async def scenario(shell: str) -> tuple[object, ...]:
        host = any_host(shell=shell)
        await _applied(host, watchdog_pauses_at="reverting")
        host.pass_time(LEASE + 1)
        await until((host.root / "practice/paused").exists, "the watchdog did not begin")
        confirm = asyncio.create_task(asking.verb(host, Verb.CONFIRM, library=pausing_library()))
        await until((host.root / "practice/waiting").exists, "the confirm did not wait")
        host.practice("go", "")
        answer = await confirm
        await host.settle()
        return answer.outcome, host.state(), host.read(DAEMON_JSON)

    results = await asyncio.gather(*map(scenario, SHELLS))
    assert results == [(Outcome.TOO_LATE, "reverted", BEFORE)] * len(SHELLS)


async def test_confirm_and_revert_at_once(any_host: NewHost) -> None:
    """With nobody to order them, still exactly one wins and the bytes agree."""

    async def race(shell: str) -> tuple[Outcome, Outcome, str, bool]:
        host = any_host(shell=shell)
        await _applied(host)
        confirmed, reverted = await asyncio.gather(asking.confirm(host), asking.revert(host))
        is_winners = host.read(DAEMON_JSON) == CONTENT[host.state()]
        return confirmed.outcome, reverted.outcome, host.state(), is_winners

    confirm_won = (Outcome.CONFIRMED, Outcome.REFUSED, "confirmed", True)
    revert_won = (Outcome.TOO_LATE, Outcome.REVERTED, "reverted", True)
    results = set(await asyncio.gather(*map(race, [*SHELLS] * 2)))
    assert results <= {confirm_won, revert_won}, results


async def test_a_deadline_that_passes_during_a_confirm(any_host: NewHost) -> None:
    """While it asks the daemon: the next check, or the last look at the clock, takes it back."""

    async def race(shell: str, checks: int) -> tuple[object, ...]:
        host = any_host(shell=shell)
        await _applied(host, checks=checks)
        late = float((host.root / "proc/uptime").read_text().split()[0]) + LEASE + 1
        client = (host.root / "bin/docker").readlink()
        host.program(
            "docker",
            f"echo '{late:.2f} 0.00' >{host.root}/proc/uptime.$$ &&\n"
            f"  mv {host.root}/proc/uptime.$$ {host.root}/proc/uptime\n"
            f'exec /bin/sh {client} "$@"',
        )
        answer = await asking.confirm(host)
        await host.settle()
        return answer.outcome, host.state(), host.read(DAEMON_JSON)

    told = {3: Outcome.REVERTED, 1: Outcome.TOO_LATE}
    races = [(shell, checks) for shell in SHELLS for checks in told]
    results = await asyncio.gather(*(race(*one) for one in races))
    assert results == [(told[checks], "reverted", BEFORE) for _, checks in races]
