"""One transaction at a time, and everybody is told whose it is."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.transaction import asking
from tests.transaction.await_until import until
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.plans import AFTER, BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import PracticeHost
from wizard.transaction.answers import LedgerState, Outcome

LOCKS = pytest.mark.parametrize("without", [(), ("flock",)], ids=["flock", "no flock"])


@LOCKS
async def test_six_at_once(new_host: NewHost, without: tuple[str, ...]) -> None:
    """Of six runs at the same instant one applies; the others are told that it did."""
    host = new_host(without=frozenset(without))
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    answers = await asyncio.gather(
        *(asking.apply(host, plan, run=f"r{number}") for number in range(6))
    )
    assert Counter(answer.outcome for answer in answers) == {Outcome.APPLIED: 1, Outcome.BUSY: 5}
    (winner,) = (answer.run for answer in answers if answer.outcome is Outcome.APPLIED)
    told = {answer.holder_run for answer in answers if answer.outcome is Outcome.BUSY}
    assert told <= {f"r{number}" for number in range(6)}, told
    assert [host.state(f"r{number}") for number in range(6)].count("armed") == 1
    assert host.state(winner) == "armed"
    assert host.read(DAEMON_JSON) == AFTER.encode()


@LOCKS
async def test_the_same_run_twice_at_once(new_host: NewHost, without: tuple[str, ...]) -> None:
    """A retry that overtakes its own first attempt harms nothing."""
    host = new_host(without=frozenset(without))
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    answers = await asyncio.gather(*(asking.apply(host, plan) for _ in range(2)))
    outcomes = {answer.outcome for answer in answers}
    assert Outcome.APPLIED in outcomes
    assert outcomes <= {Outcome.APPLIED, Outcome.ALREADY_APPLIED, Outcome.BUSY}
    assert (await asking.confirm(host)).outcome is Outcome.CONFIRMED


@EVERY_SHELL
async def test_an_armed_run_keeps_others_off(host: PracticeHost) -> None:
    """Busy says who, from where, which run and for how long; the armed change stays."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    await asking.apply(host, plan)
    answer = await asking.apply(host, plan, run="r2")
    assert (answer.outcome, answer.holder, answer.holder_run, answer.detail) == (
        Outcome.BUSY,
        asking.HOLDER,
        "r1",
        "run r1 is armed",
    )
    assert answer.holder_seconds == pytest.approx(0, abs=5)
    assert host.state("r2") == "none"
    assert (await asking.confirm(host)).outcome is Outcome.CONFIRMED


@LOCKS
async def test_a_lock_of_a_dead_process_is_no_lock(
    new_host: NewHost, without: tuple[str, ...]
) -> None:
    """Whatever a killed run or an earlier boot left as a lock does not keep anybody off."""
    host = new_host(without=frozenset(without))
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    folder = host.ledger().parent
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    (folder / "lock.held").write_text("1 1 another-boot.1 5 r0 bob\n")
    (folder / "holder").write_text("1 1 another-boot.1 5 r0 bob\n")
    assert (await asking.apply(host, plan)).outcome is Outcome.APPLIED


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize(("tries", "outcome"), [(20, Outcome.APPLIED), (21, Outcome.BUSY)])
async def test_the_lock_is_waited_for_as_long_as_promised(
    new_host: NewHost, tries: int, outcome: Outcome
) -> None:
    """Two whole seconds and no more, whatever is left of the one in which the wait begins.

    The shell of busybox has a `sleep` within it, so it can be given no clock by one.
    """
    host = new_host(without=frozenset({"flock"}))
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    host.boot("a-boot")
    host.start_process(1, "init", started=1)
    host.start_process(77, "sh", started=7)
    folder = host.ledger().parent
    folder.mkdir(parents=True)
    held = folder / "lock.held"
    held.write_text("77 7 a-boot.1 5 r0 bob\n")
    host.uptime(100.95)
    host.program(
        "sleep",
        f"naps={host.root}/practice/naps\n"
        f"[ ! -s $naps ] || [ $(wc -l <$naps) -lt {tries} ] || exec /bin/sleep $1\n"
        "echo >>$naps\n"
        "naps=$(wc -l <$naps)\n"
        f"[ $naps -lt {tries} ] || rm {held}\n"
        "now=$((10095 + 10 * naps))\n"
        f"printf '%d.%02d 0\\n' $((now / 100)) $((now % 100)) >{host.root}/proc/uptime",
    )
    assert (await asking.apply(host, plan)).outcome is outcome
    assert len((host.root / "practice/naps").read_text()) == tries


@EVERY_SHELL
async def test_status_tells_who_is_at_work(host: PracticeHost) -> None:
    """An armed ledger that is not proven yet belongs to an apply that is still at work."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    host.program("dockerd", f"until [ -e {host.root}/practice/go ]; do sleep 0.1; done")
    task = asyncio.create_task(asking.apply(host, plan))
    await until((host.ledger() / "marks/written").exists, "it never wrote")
    during = await asking.status(host)
    confirm = await asking.confirm(host)
    host.practice("go", "")
    applied = await task
    after = await asking.status(host)
    assert (during.state, during.proven, during.holder, during.holder_run) == (
        LedgerState.ARMED,
        False,
        asking.HOLDER,
        "r1",
    )
    assert confirm.outcome is Outcome.BUSY
    assert (applied.outcome, after.proven, after.holder) == (Outcome.APPLIED, True, "")


@EVERY_SHELL
async def test_flock_that_cannot_see_the_descriptor(new_host: NewHost) -> None:
    """A flock that never works, as under shells that hide descriptors, is not believed."""
    host = new_host(without=frozenset({"flock"}))
    host.program("flock", "echo 'flock: 9: Bad file descriptor' >&2\nexit 1")
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    assert (await asking.apply(host, plan)).outcome is Outcome.APPLIED
    assert (await asking.confirm(host)).outcome is Outcome.CONFIRMED
