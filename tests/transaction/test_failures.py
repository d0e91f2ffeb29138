"""A step that fails after the change takes everything back, and says so in its own words."""

from __future__ import annotations

import asyncio
import dataclasses
import time

import pytest

from tests.transaction import asking
from tests.transaction.await_until import until
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.plans import BEFORE, DAEMON_JSON, DIGEST, IMAGE, docker_plan
from tests.transaction.practice_host import DAEMON_PID, SHELLS, PracticeHost
from wizard.planning.plan import HostPlan
from wizard.transaction.answers import Answer, LedgerState, Outcome


async def _reverted(host: PracticeHost, plan: HostPlan | None = None) -> Answer:
    """Return the answer to an apply that must end as it began."""
    plan = plan or docker_plan(host.write(DAEMON_JSON, BEFORE, mode=0o604, owner=(3, 4)))
    before = host.tree()
    answer = await asking.apply(host, plan)
    assert (answer.outcome, answer.state) == (Outcome.REVERTED, LedgerState.REVERTED), answer
    assert host.tree() == before
    assert host.mirrors() == []
    return answer


@EVERY_SHELL
async def test_validator_says_no(host: PracticeHost) -> None:
    """Nothing was activated, so nothing is activated again."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    invalid = dataclasses.replace(plan.changes[1], after='{"INVALID": "\\u0001"}\n')
    plan = dataclasses.replace(plan, changes=(plan.changes[0], invalid))
    answer = await _reverted(host, plan)
    assert answer.failed_step == "docker_validate"
    assert '"INVALID" don\'t match any option' in answer.detail
    assert not [call for call in host.calls() if "reload" in call]


@EVERY_SHELL
async def test_reload_fails(host: PracticeHost) -> None:
    """The words of the service manager come along, odd bytes and all."""
    host.practice("fails/reload", 'Job for docker.service failed.\n\x1b[1;31mSee "status" \xe9\n')
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    answer = await asking.apply(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERT_FAILED, "docker_reload")
    assert '\x1b[1;31mSee "status" é' in answer.detail
    assert host.read(DAEMON_JSON) == BEFORE
    (host.root / "practice/fails/reload").unlink()
    assert (await asking.revert(host)).outcome is Outcome.REVERTED


async def test_reload_that_only_claims_to_work(host: PracticeHost) -> None:
    """Exit code 0 of a reload proves nothing; the daemon is asked."""
    host.practice("fails/reload-silently", "")
    task = asyncio.create_task(_reverted(host))
    await until(lambda: any("docker info" in call for call in host.calls()), "never asked")
    host.pass_time(50)
    answer = await task
    assert answer.failed_step == "docker_mirrors"
    assert "the daemon uses none; wanted https://registry.corp:5000" in answer.detail


UNKNOWN_CA = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
NEXT = "Attempting next endpoint for pull after error"
NOT_UPSTREAM = "Error response from daemon: manifest for hello:only-target not found\n"
MAYBE_UPSTREAM = "(where the target fails, the daemon asks upstream: these may be its words)"


async def test_probe_cannot_pull(host: PracticeHost) -> None:
    """The failing pull's own words are the detail; whose they are is not known without a log."""
    host.practice("fails/docker-pull", "x509: certificate signed by unknown authority\n")
    answer = await _reverted(host)
    assert (answer.failed_step, answer.detail) == (
        "docker_pull",
        f"x509: certificate signed by unknown authority {MAYBE_UPSTREAM}",
    )
    assert [step.passed for step in answer.steps[:6]] == [True] * 5 + [False]


@pytest.mark.parametrize(
    ("logged", "told"),
    [
        (
            rf'time="2026" level=info msg="{NEXT}: Get \"https://r:5000/v2/\": {UNKNOWN_CA}"',
            f'msg="{NEXT}: Get "https://r:5000/v2/": {UNKNOWN_CA}"',
        ),
        (
            f'time="2026" level=info msg="trying next host" error="{UNKNOWN_CA}" host=r:5000',
            f'msg="trying next host" error="{UNKNOWN_CA}" host=r:5000',
        ),
    ],
    ids=["classic store", "containerd store"],
)
async def test_a_probe_that_upstream_answered_tells_what_the_target_had_said(
    host: PracticeHost, logged: str, told: str
) -> None:
    """Docker's own words are upstream's; the daemon's log of that moment has the target's."""
    host.practice("fails/docker-pull", NOT_UPSTREAM)
    later = logged.replace("2026", "2027").replace("x509", "later")
    host.practice("log", f'time="2026" level=info msg="Starting up"\n{logged}\n{later}\n')
    host.program(
        "journalctl",
        f'echo "journalctl $*" >>{host.root}/practice/calls\ncat {host.root}/practice/log',
    )
    before = int(time.time())
    answer = await _reverted(host)
    assert answer.detail == (
        f"the daemon fell back to upstream; its log: {told}; docker: {NOT_UPSTREAM.strip()}"
    )
    [asked] = [call for call in host.calls() if call.startswith("journalctl")]
    wanted, since = asked.split(" --since @")
    assert wanted == f"journalctl -q -o cat _PID={DAEMON_PID}"
    assert before <= int(since) <= time.time()


async def test_words_of_a_log_are_bounded(host: PracticeHost) -> None:
    """A target can put a whole page into an error."""
    host.practice("fails/docker-pull", NOT_UPSTREAM)
    host.practice("log", f'level=info msg="{NEXT}: {"<p>" * 5000}"\n')
    host.program("journalctl", f"cat {host.root}/practice/log")
    answer = await _reverted(host)
    assert len(answer.detail) < 600


async def test_a_log_without_a_fallback_is_no_proof_of_one(host: PracticeHost) -> None:
    """Nothing is made up."""
    host.practice("fails/docker-pull", "no space left on device\n")
    host.program("journalctl", 'echo level=info msg="Starting up"')
    answer = await _reverted(host)
    assert answer.detail == f"no space left on device {MAYBE_UPSTREAM}"


async def test_probe_pulls_something_else(host: PracticeHost) -> None:
    """A digest that is not the target's proves that another registry answered."""
    host.practice("digest", "sha256:" + "cd" * 32 + "\n")
    answer = await _reverted(host)
    assert answer.failed_step == "docker_pull"
    assert f"wanted {DIGEST}" in answer.detail
    assert (host.root / "practice/images").read_text() == "busybox\n"


async def test_probe_image_that_was_there_before(host: PracticeHost) -> None:
    """It would prove nothing, and it is not ours to remove."""
    host.practice("images", f"{IMAGE}\n")
    answer = await _reverted(host)
    assert answer.failed_step == "docker_pull"
    assert (host.root / "practice/images").read_text() == f"{IMAGE}\n"


@pytest.mark.parametrize(
    ("harm", "step", "words"),
    [
        ("'s/ 777 / 888 /' {root}/proc/4242/stat", "same_process", "was process 4242 777"),
        (
            "s/2026-02-02/2026-03-03/ {root}/practice/containers",
            "same_containers",
            "c2 2026-02-02T00:00:00Z",
        ),
    ],
    ids=["daemon", "container"],
)
async def test_something_was_restarted(
    host: PracticeHost, harm: str, step: str, words: str
) -> None:
    """The files come back, and the answer is honest: what was restarted stays restarted."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    before = host.tree()
    host.program("dockerd", f"sed -i {harm.format(root=host.root)}")
    answer = await asking.apply(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERT_FAILED, step)
    assert words in answer.detail
    await host.settle()
    assert (host.state(), host.tree() == before, host.mirrors()) == ("reverted", True, [])


async def test_a_probe_that_hangs_ends_at_the_deadline(any_host: NewHost) -> None:
    """No step outlives the lease, with or without `timeout`; the apply itself reverts."""

    async def scenario(shell: str, *without: str) -> object:
        host = any_host(shell=shell, without=frozenset(without))
        host.practice("hangs", "")
        plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
        before = host.tree()
        answer = await asking.apply(host, plan, lease=8)
        told = answer.detail.startswith("no end after")
        return (answer.outcome, answer.failed_step, told, host.tree() == before)

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(scenario(shell, *without))
            for shell in SHELLS
            for without in ((), ("timeout",))
        ]
    assert [task.result() for task in tasks] == [
        (Outcome.REVERTED, "docker_pull", True, True)
    ] * len(tasks)


async def test_a_timeout_of_other_arguments_is_none(host: PracticeHost) -> None:
    """An old one refuses them without starting what was asked for, and that is done without it."""
    host.program("timeout", "echo \"timeout: invalid option -- 'k'\" >&2; exit 1")
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    answer = await asking.apply(host, plan)
    assert (answer.outcome, answer.proven) == (Outcome.APPLIED, True), answer
    assert host.calls().count(f"docker pull {IMAGE}") == 1


async def test_a_failed_host_can_be_tried_again_in_the_same_run(host: PracticeHost) -> None:
    """After its cause is gone, the same run applies."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    host.practice("fails/docker-pull", "no route to host\n")
    await _reverted(host, plan)
    (host.root / "practice/fails/docker-pull").unlink()
    assert (await asking.apply(host, plan)).outcome is Outcome.APPLIED
