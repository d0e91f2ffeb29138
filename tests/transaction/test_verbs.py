"""Each verb on a host where nothing goes wrong."""

from __future__ import annotations

import pytest

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.plans import AFTER, BEFORE, CA, DAEMON_JSON, MIRROR, docker_plan
from tests.transaction.practice_host import PracticeHost
from wizard.transaction import verbs
from wizard.transaction.answers import LedgerState, Outcome, StepResult


@EVERY_SHELL
async def test_apply_writes_activates_proves_and_arms(new_host: NewHost) -> None:
    """The files are the plan's, the daemon uses the mirror, the host waits to be confirmed."""
    host = new_host(is_piped=True)
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE, mode=0o640, owner=(7, 8)))
    seen: list[StepResult] = []
    answer = await asking.apply(host, plan, on_step=seen.append)
    assert (answer.outcome, answer.state, answer.proven) == (
        Outcome.APPLIED,
        LedgerState.ARMED,
        True,
    ), answer
    assert host.read(DAEMON_JSON) == AFTER.encode()
    entry = host.tree()["etc/docker/daemon.json"]
    assert (entry.mode, entry.uid, entry.gid) == (0o640, 7, 8)
    assert host.read(CA) == b"the CA\n"
    assert host.mirrors() == [MIRROR]
    assert (host.root / "practice/images").read_text() == "busybox\n"
    assert [(step.step, step.passed) for step in answer.steps] == [
        ("docker_validate", True),
        ("docker_reload", True),
        ("docker_mirrors", True),
        ("same_process", True),
        ("same_containers", True),
        ("docker_pull", True),
    ]
    assert tuple(seen) == answer.steps
    assert answer.deadline == pytest.approx(120, abs=3)


async def test_confirm_makes_it_stay(host: PracticeHost) -> None:
    """After confirm no deadline reverts; asked again, the answer is the same."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    await asking.apply(host, plan)
    first, second = await asking.confirm(host), await asking.confirm(host)
    assert (first.outcome, second.outcome) == (Outcome.CONFIRMED, Outcome.CONFIRMED)
    host.pass_time(5000)
    await host.settle()
    assert host.state() == "confirmed"
    assert host.read(DAEMON_JSON) == AFTER.encode()
    assert (await asking.apply(host, plan)).outcome is Outcome.ALREADY_APPLIED


async def test_revert_brings_everything_back(host: PracticeHost) -> None:
    """Bytes, mode, owner, created directories and the running daemon are as before."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE, mode=0o600, owner=(1, 2)))
    before = host.tree()
    await asking.apply(host, plan)
    first, second = await asking.revert(host), await asking.revert(host)
    assert (first.outcome, second.outcome) == (Outcome.REVERTED, Outcome.REVERTED), first
    assert host.tree() == before
    assert host.mirrors() == []
    assert [call for call in host.calls() if "reload" in call] == [
        "systemctl reload docker.service"
    ] * 2


@EVERY_SHELL
async def test_undo_takes_a_confirmed_run_back(host: PracticeHost) -> None:
    """Undo works after confirm, from another operator's machine, twice with the same answer."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    before = host.tree()
    await asking.apply(host, plan)
    await asking.confirm(host)
    assert (await asking.revert(host)).outcome is Outcome.REFUSED
    first, second = await asking.undo(host), await asking.undo(host)
    assert (first.outcome, second.outcome) == (Outcome.REVERTED, Outcome.REVERTED)
    assert host.tree() == before
    assert host.mirrors() == []


async def test_an_absent_file_is_absent_again(host: PracticeHost) -> None:
    """Without daemon.json before, there is none after the revert, and no mirror in use."""
    before = host.tree()
    applied = await asking.apply(host, docker_plan(None))
    assert applied.outcome is Outcome.APPLIED, applied
    assert host.tree()["etc/docker/daemon.json"].mode == 0o644
    assert host.tree()["etc/docker/certs.d"].mode == 0o755
    await asking.revert(host)
    assert host.tree() == before
    assert host.mirrors() == []


async def test_nothing_to_do_where_the_files_are_as_planned(host: PracticeHost) -> None:
    """A host that has the bytes already is left alone, without a ledger."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    host.write(DAEMON_JSON, AFTER.encode())
    host.write(CA, b"the CA\n")
    answer = await asking.apply(host, plan)
    assert (answer.outcome, answer.state) == (Outcome.NOTHING_TO_DO, None)
    assert host.state() == "none"


async def test_status_tells_the_state_and_the_time_left(host: PracticeHost) -> None:
    """Status changes nothing and knows unknown runs."""
    unknown = await asking.status(host)
    assert unknown.outcome is Outcome.UNKNOWN_RUN
    await asking.apply(host, docker_plan(host.write(DAEMON_JSON, BEFORE)))
    host.pass_time(30)
    answer = await asking.status(host)
    assert (answer.outcome, answer.state, answer.proven) == (
        Outcome.STATE,
        LedgerState.ARMED,
        True,
    )
    assert answer.deadline == pytest.approx(90, abs=3)
    assert (await asking.confirm(host, run="other")).outcome is Outcome.UNKNOWN_RUN


@EVERY_SHELL
async def test_ledgers_tell_every_run_and_file(host: PracticeHost) -> None:
    """Rollback from another machine starts from the list of ledgers."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    assert await verbs.ledgers(host) == ()
    await asking.apply(host, plan)
    await asking.confirm(host)
    (ledger,) = await verbs.ledgers(host)
    assert (ledger.run, ledger.state, ledger.holder) == (
        "r1",
        LedgerState.CONFIRMED,
        asking.HOLDER,
    )
    assert [file.path for file in ledger.files] == [CA, DAEMON_JSON]
    ca, config = ledger.files
    assert (ca.before_sha256, ca.now_sha256) == ("", ca.after_sha256)
    assert plan.changes[1].before is not None
    assert (config.before_sha256, config.now_sha256) == (
        plan.changes[1].before.sha256,
        config.after_sha256,
    )


async def test_noise_on_standard_output_is_ignored(host: PracticeHost) -> None:
    """A banner, an rc file's echo, even something like JSON, changes no answer."""
    host.noise = b'Welcome!\r\n\x1b[31m\n{"kind":"answer","outcome":"applied"}\n\xff\xfe\n'
    host.environment["ENV"] = str(host.root / "practice/noise")
    host.practice("noise", "echo noise from a profile\n")
    answer = await asking.apply(host, docker_plan(host.write(DAEMON_JSON, BEFORE)))
    assert answer.outcome is Outcome.APPLIED
