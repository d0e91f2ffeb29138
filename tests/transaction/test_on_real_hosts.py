"""The transaction on real hosts: systemd, sshd, Docker, containerd, a reboot, a cut link."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.transaction.fleet_plans import CONTAINERD_CONFIG, containerd_plan, docker_plan
from tests.transaction.remote import HOLDER, MIRRORS, UNITS, Reach, Remote
from wizard.transaction import verbs
from wizard.transaction.answers import LedgerState, Outcome, Verb

pytestmark = pytest.mark.fleet

DOCKER_HOSTS = ("book-docker", "trixie-docker", "forky-docker")
CONTAINERD_HOST = "book-cri"
KILLS = (
    ("after_1", "activating", "probing"),
    ("watchdog_started", "staged_after_1", "after_2"),
    ("written", "activated", "proven"),
)
"""Points at which applies are killed, one for each Docker host."""
IS_NEWER = (
    f"stat -c %Z {CONTAINERD_CONFIG}; "
    "stat -c %Y /proc/$(systemctl show -p MainPID --value containerd)"
)
"""When the file was put there, and when the containerd that runs was started."""


async def test_apply_confirm_and_undo(reach: Reach) -> None:
    """By reload: same daemon, same containers; afterwards the same bytes and mirrors."""

    async def scenario(host: Remote) -> None:
        files, running = await host.files(), await host.running()
        answer = await host.apply(docker_plan(host.fleet, host.name), "real1")
        assert (answer.outcome, answer.failed_step) == (Outcome.APPLIED, ""), answer.detail
        assert answer.proven
        assert "pilotage-real1" in await host.words(UNITS)
        confirmed = await verbs.confirm(host, run="real1", holder=HOLDER)
        assert confirmed.outcome is Outcome.CONFIRMED
        # Other tests of the session have left the ledgers of their own runs.
        (ledger,) = [found for found in await verbs.ledgers(host) if found.run == "real1"]
        assert ledger.state is LedgerState.CONFIRMED
        undone = await verbs.undo(host, run="real1", holder=HOLDER)
        assert undone.outcome is Outcome.REVERTED, undone
        assert (await host.files(), await host.running()) == (files, running)
        left = await host.words(
            f"for i in $(seq 50); do {UNITS} | grep -q . || exit; sleep 0.2; done; {UNITS}"
        )
        assert left == ""

    hosts = [reach(name) for name in DOCKER_HOSTS]
    upstream = hosts[0].fleet.upstream
    mark = upstream.mark()
    await asyncio.gather(*map(scenario, hosts))
    assert [
        request.path for request in upstream.requests(mark) if "manifests" in request.path
    ] == []


async def test_containerd_gets_a_config_path(reach: Reach) -> None:
    """By one restart: the plugin serves, the running container runs on, and all comes back."""
    host = reach(CONTAINERD_HOST)
    files, tasks = await host.files(), await host.tasks()
    answer = await host.apply(containerd_plan(host.fleet, CONTAINERD_HOST), "real2")
    assert answer.outcome is Outcome.APPLIED, f"{answer.failed_step}: {answer.detail}"
    reverted = await verbs.revert(host, run="real2", holder=HOLDER)
    assert reverted.outcome is Outcome.REVERTED, reverted
    assert (await host.files(), await host.tasks()) == (files, tasks)


async def test_an_unknown_ca_reverts_in_the_same_exec(reach: Reach) -> None:
    """The probe meets a certificate that nobody trusts; the host is as before at once."""
    host = reach("trixie-docker")
    files, running = await host.files(), await host.running()
    host.fleet.break_target_certificate(host.name)
    try:
        answer = await host.apply(docker_plan(host.fleet, host.name), "real3")
    finally:
        host.fleet.mend_target_certificate(host.name)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, "docker_pull"), answer
    # Docker itself says what upstream said: that it knows no such manifest.
    assert "the daemon fell back to upstream" in answer.detail
    assert "Attempting next endpoint for pull after error: Get " in answer.detail
    assert "x509: " in answer.detail
    assert (await host.files(), await host.running()) == (files, running)


async def test_docker_says_which_containers_are_gone(reach: Reach) -> None:
    """In order, what there is; for the others words that name them: same_containers reads both."""
    gone = ["0" * 64, "1" * 64]
    for host in map(reach, DOCKER_HOSTS):
        there = (await host.words("docker ps -aq --no-trunc")).split()
        asked = [gone[0], *there, gone[1]]
        command = f"docker inspect -f '{{{{.Id}}}} {{{{.RestartCount}}}}' {' '.join(asked)}"
        answer = await host.words(f"{command} 2>/dev/null")
        complaint = await host.words(f"{command} 2>&1 >/dev/null")
        assert [line.split()[0] for line in answer.splitlines() if line] == there
        assert [re.search(f"[Nn]o such .*{name}", complaint) is None for name in gone] == [
            False
        ] * 2


async def test_a_cut_link_reverts_at_the_deadline(reach: Reach) -> None:
    """The operator is gone right after activation; the host comes back by itself."""
    host = reach("book-docker")
    files, running = await host.files(), await host.running()
    answer = await host.apply(docker_plan(host.fleet, host.name), "real4", lease=12)
    assert answer.outcome is Outcome.APPLIED, f"{answer.failed_step}: {answer.detail}"
    host.fleet.cut(host.name)
    try:
        assert await host.settled("real4") == "reverted"
        assert (await host.files(), await host.running()) == (files, running)
    finally:
        host.fleet.mend(host.name)


async def test_a_reboot_reverts_before_docker_starts(reach: Reach) -> None:
    """No contact is needed: the boot unit restores the files, then Docker starts with them."""

    async def scenario(host: Remote) -> None:
        files = await host.files()
        answer = await host.apply(docker_plan(host.fleet, host.name), "real5")
        assert answer.outcome is Outcome.APPLIED, f"{answer.failed_step}: {answer.detail}"
        await asyncio.to_thread(host.fleet.reboot, host.name)
        assert (await host.settled("real5"), await host.files()) == ("reverted", files)
        assert await host.words(MIRRORS) == "[]"
        reverted = int(await host.words("stat -c %Z /var/lib/pilotage/real5/reverted"))
        docker = await host.words("stat -c %Y /proc/$(systemctl show -p MainPID --value docker)")
        assert reverted <= int(docker)
        late = await verbs.confirm(host, run="real5", holder=HOLDER)
        assert late.outcome is Outcome.TOO_LATE

    await asyncio.gather(*(scenario(reach(name)) for name in DOCKER_HOSTS))


async def test_a_reboot_ends_what_was_half_done(reach: Reach) -> None:
    """Containerd starts with the file of before; an undo that was killed in its midst is whole."""

    async def restarted(host: Remote) -> None:
        files = await host.files()
        answer = await host.apply(containerd_plan(host.fleet, host.name), "real8")
        assert answer.outcome is Outcome.APPLIED, f"{answer.failed_step}: {answer.detail}"
        await asyncio.to_thread(host.fleet.reboot, host.name)
        assert (await host.settled("real8"), await host.files()) == ("reverted", files)
        reverted = int(await host.words("stat -c %Z /var/lib/pilotage/real8/reverted"))
        written, started = map(int, (await host.words(IS_NEWER)).split())
        assert written <= reverted <= started

    async def undone(host: Remote) -> None:
        files = await host.files()
        answer = await host.apply(docker_plan(host.fleet, host.name), "real8")
        assert answer.outcome is Outcome.APPLIED, f"{answer.failed_step}: {answer.detail}"
        await verbs.confirm(host, run="real8", holder=HOLDER)
        await host.killed_verb(Verb.UNDO, "real8", "parting_2")
        await asyncio.to_thread(host.fleet.power_cycle, host.name)
        assert (await host.settled("real8"), await host.files()) == ("reverted", files)
        assert await host.words(MIRRORS) == "[]"

    await asyncio.gather(restarted(reach("trixie-cri")), undone(reach("forky-docker")))


@pytest.mark.parametrize("points", KILLS, ids="-".join)
async def test_a_killed_apply_is_taken_back(reach: Reach, points: tuple[str, ...]) -> None:
    """Killed by signal 9 in a real session, the systemd unit takes the change back."""

    async def scenario(host: Remote, point: str) -> None:
        files, running = await host.files(), await host.running()
        plan = docker_plan(host.fleet, host.name)
        await host.killed_apply(plan, "real6", point, lease=10)
        assert await host.settled("real6") == "reverted"
        assert (await host.files(), await host.running()) == (files, running)

    pairs = zip(DOCKER_HOSTS, points, strict=True)
    await asyncio.gather(*(scenario(reach(name), point) for name, point in pairs))


async def test_a_killed_restart_is_taken_back(reach: Reach) -> None:
    """Containerd starts once more, with the file of before, and its containers run on."""

    async def scenario(host: Remote, point: str) -> None:
        files, tasks = await host.files(), await host.tasks()
        plan = containerd_plan(host.fleet, host.name)
        await host.killed_apply(plan, "real7", point, lease=15)
        assert await host.settled("real7") == "reverted"
        assert (await host.files(), await host.tasks()) == (files, tasks)
        written, started = map(int, (await host.words(IS_NEWER)).split())
        assert written <= started

    pairs = (("book-cri", "activating"), ("trixie-cri", "activated"))
    await asyncio.gather(*(scenario(reach(name), point) for name, point in pairs))
