"""The transaction matrix on real hosts: each row once, spread over the hosts."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

import pytest

from tests.transaction.fleet_plans import (
    CONTAINERD_CONFIG,
    DAEMON_JSON,
    containerd_plan,
    docker_plan,
)
from tests.transaction.remote import HOLDER, Reach, Remote
from wizard.planning.plan import HostPlan
from wizard.transaction import compose, verbs
from wizard.transaction.answers import Answer, LedgerState, Outcome, Verb

pytestmark = pytest.mark.fleet

RUN = "row1"
FAILING_RELOAD = (
    "mkdir -p /run/systemd/system/docker.service.d && printf '%s\\n' '[Service]' ExecReload= "
    "ExecReload=/bin/false >/run/systemd/system/docker.service.d/fails.conf && "
    "systemctl daemon-reload"
)
WORKING_RELOAD = "rm -r /run/systemd/system/docker.service.d && systemctl daemon-reload"


async def truncated_input(host: Remote) -> None:
    """A script that breaks off does nothing; the last byte but one is as good as none."""
    script = compose.apply_script(
        docker_plan(host.fleet, host.name), run=RUN, holder=HOLDER, lease=60, nonce="N"
    )
    for end in (1, len(script) // 2, len(script) - 40, len(script) - 3):
        result = await host.run_script(script[:end], nonce="N", timeout=60)
        assert b"".join(result.lines) == b"", end
    # Other tests of the session have left the ledgers of their own runs.
    assert await host.words(f"ls -d /var/lib/pilotage/{RUN} 2>/dev/null") == ""


async def busy(host: Remote) -> None:
    """Another operator is told who holds the host, and changes nothing of it."""
    plan = docker_plan(host.fleet, host.name)
    assert (await host.apply(plan, RUN)).outcome is Outcome.APPLIED
    changed = await host.files()
    other = await verbs.apply(host, plan, run="row2", holder="somebody", lease=60, timeout=60)
    assert (other.outcome, other.holder, other.holder_run) == (Outcome.BUSY, HOLDER, RUN)
    assert await host.files() == changed
    assert (await _reverted(host)).outcome is Outcome.REVERTED


async def symlink(host: Remote) -> None:
    """The real file is written, the link stays, there and back."""
    real = "/etc/docker/real.json"
    plan = docker_plan(host.fleet, host.name)
    config = dataclasses.replace(plan.changes[1], real_path=real)
    plan = dataclasses.replace(plan, changes=(plan.changes[0], config))
    async with host.meanwhile(
        f"mv {DAEMON_JSON} {real} && ln -s real.json {DAEMON_JSON}", f"mv {real} {DAEMON_JSON}"
    ):
        before = await host.files()
        answer = await host.apply(plan, RUN)
        assert answer.outcome is Outcome.APPLIED, answer
        assert await host.words(f"readlink {DAEMON_JSON}; cat {real}") == (
            f"real.json\n{config.after.strip()}"
        )
        assert (await _reverted(host)).outcome is Outcome.REVERTED
        assert await host.files() == before


async def immutable(host: Remote) -> None:
    """`chattr +i` is met before anything is changed."""
    plan = docker_plan(host.fleet, host.name)
    async with host.meanwhile(f"chattr +i {DAEMON_JSON}", f"chattr -i {DAEMON_JSON}"):
        await _refused(host, plan, "immutable")


async def full_disk(host: Remote) -> None:
    """A small file system of its own below /etc has no room left."""
    plan = docker_plan(host.fleet, host.name)
    async with host.meanwhile(
        "cp -a /etc/docker /run/kept && mount -t tmpfs -o size=64k tmpfs /etc/docker && "
        "cp -a /run/kept/. /etc/docker",
        "umount /etc/docker && rm -r /run/kept",
    ):
        await _refused(host, plan, "no_space")


async def read_only_mount(host: Remote) -> None:
    """A read-only mount is named before anything is tried."""
    plan = docker_plan(host.fleet, host.name)
    async with host.meanwhile(
        "mount --bind /etc/docker /etc/docker && mount -o remount,ro,bind /etc/docker",
        "umount /etc/docker",
    ):
        await _refused(host, plan, "read_only")


async def docker_validator(host: Remote) -> None:
    """Dockerd's own --validate says no, and nothing was reloaded."""
    plan = docker_plan(host.fleet, host.name)
    await _comes_back(host, _ending_in(plan, '{"no-such-option": true}\n'), "docker_validate")


async def containerd_validator(host: Remote) -> None:
    """Containerd cannot read it, and was not restarted."""
    plan = containerd_plan(host.fleet, host.name)
    process = await host.words("systemctl show -p MainPID containerd")
    await _comes_back(host, _ending_in(plan, "version = = 2\n"), "containerd_validate")
    assert await host.words("systemctl show -p MainPID containerd") == process


async def reload_failure(host: Remote) -> None:
    """The way back needs the same reload: it is told as failed, and whole when it works again."""
    plan = docker_plan(host.fleet, host.name)
    async with host.meanwhile(FAILING_RELOAD, WORKING_RELOAD):
        files = await host.files()
        answer = await host.apply(plan, RUN)
        assert (answer.outcome, answer.failed_step) == (Outcome.REVERT_FAILED, "docker_reload")
        assert await host.files() == files
    assert (await _reverted(host)).outcome is Outcome.REVERTED


async def renewal(host: Remote) -> None:
    """A renewed lease outlives the deadline that it had."""
    assert (await host.apply(docker_plan(host.fleet, host.name), RUN, lease=8)).proven
    old = (await host.words(f"cat /var/lib/pilotage/{RUN}/deadline")).split()[0]
    renewed = await verbs.renew(host, run=RUN, holder=HOLDER, lease=60)
    assert renewed.outcome is Outcome.RENEWED
    # The watchdog looks at the deadline once a second.
    await host.words(
        f"until read -r up _ </proc/uptime && [ ${{up%.*}} -gt {int(old) + 2} ]; do sleep 0.2; done"
    )
    there = await verbs.status(host, run=RUN)
    assert there.state is LedgerState.ARMED
    assert (await _reverted(host)).outcome is Outcome.REVERTED


async def late_confirm(host: Remote) -> None:
    """The watchdog was faster; no reboot is needed for that."""
    assert (await host.apply(docker_plan(host.fleet, host.name), RUN, lease=8)).proven
    assert await host.settled(RUN) == "reverted"
    late = await verbs.confirm(host, run=RUN, holder=HOLDER)
    assert (late.outcome, late.state) == (Outcome.TOO_LATE, LedgerState.REVERTED)


async def killed_docker_revert(host: Remote) -> None:
    """Killed in mid-revert; the watchdog ends it at once, without any contact."""
    assert (await host.apply(docker_plan(host.fleet, host.name), RUN)).proven
    await host.killed_verb(Verb.REVERT, RUN, "parting_2")
    assert await host.settled(RUN) == "reverted"


async def killed_containerd_revert(host: Remote) -> None:
    """Killed between the files and the restart; the watchdog restarts."""
    answer = await host.apply(containerd_plan(host.fleet, host.name), RUN)
    assert answer.outcome is Outcome.APPLIED, answer
    await host.killed_verb(Verb.REVERT, RUN, "deactivating")
    assert await host.settled(RUN) == "reverted"
    dumped = await host.words(f"containerd -c {CONTAINERD_CONFIG} config dump")
    assert "config_path = '/etc/containerd/certs.d'" not in dumped.replace('"', "'")


Row = Callable[[Remote], Awaitable[None]]
TABLE: tuple[tuple[Row, str], ...] = (
    (truncated_input, "book-docker"),
    (busy, "forky-docker"),
    (symlink, "trixie-docker"),
    (immutable, "book-docker"),
    (full_disk, "trixie-docker"),
    (read_only_mount, "book-docker"),
    (docker_validator, "forky-docker"),
    (containerd_validator, "trixie-cri"),
    (reload_failure, "forky-docker"),
    (renewal, "book-docker"),
    (late_confirm, "trixie-docker"),
    (killed_docker_revert, "book-docker"),
    (killed_containerd_revert, "book-cri"),
)


@pytest.mark.parametrize(
    ("row", "name"), TABLE, ids=[f"{row.__name__}-{name}" for row, name in TABLE]
)
async def test_row(reach: Reach, row: Row, name: str) -> None:
    """What the row says, and afterwards the same bytes, mirrors, processes and containers."""
    host = reach(name)
    look = host.running if "docker" in name else host.tasks
    files, running = await host.files(), await look()
    await row(host)
    assert (await host.files(), await look()) == (files, running)


async def _reverted(host: Remote) -> Answer:
    return await verbs.revert(host, run=RUN, holder=HOLDER)


async def _refused(host: Remote, plan: HostPlan, step: str) -> None:
    files = await host.files()
    answer = await host.apply(plan, RUN)
    assert (answer.outcome, answer.failed_step) == (Outcome.REFUSED, step), answer
    left = await host.words(f"ls -d /var/lib/pilotage/{RUN} 2>/dev/null")
    assert (await host.files(), left) == (files, "")


async def _comes_back(host: Remote, plan: HostPlan, step: str) -> None:
    answer = await host.apply(plan, RUN)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, step), answer


def _ending_in(plan: HostPlan, after: str) -> HostPlan:
    """Return a plan whose last file becomes `after`."""
    *others, last = plan.changes
    return dataclasses.replace(plan, changes=(*others, dataclasses.replace(last, after=after)))
