"""A daemon whose unit somebody has masked still gives up what a run gave it."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE

import pytest

from tests.transaction import asking
from tests.transaction.plans import BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import PracticeHost
from wizard.transaction.answers import Outcome

TAKES_A_SIGNAL = """
trap 'echo "[]" >"$1"; exit' HUP
echo ready
while :; do sleep 0.1; done
"""


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
async def test_a_masked_unit_is_reloaded_by_a_signal(host: PracticeHost) -> None:
    """The manager refuses, the daemon runs: it gets the signal that a reload is."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    await asking.apply(host, plan)
    await asking.confirm(host)
    daemon = await asyncio.create_subprocess_exec(
        *("sh", "-c", TAKES_A_SIGNAL, "dockerd", str(host.root / "practice/mirrors")), stdout=PIPE
    )
    assert daemon.stdout is not None
    assert await daemon.stdout.readline() == b"ready\n"
    (host.root / "run/docker.pid").write_text(str(daemon.pid))
    host.practice("pid", f"{daemon.pid}\n")
    host.start_process(daemon.pid, "dockerd", started=888)
    host.practice(
        "fails/reload", "Failed to reload docker.service: Unit docker.service is masked.\n"
    )
    answer = await asking.undo(host)
    assert (answer.outcome, host.mirrors()) == (Outcome.REVERTED, [])
    async with asyncio.timeout(10):
        assert await daemon.wait() == 0
