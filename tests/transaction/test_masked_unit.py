"""A daemon whose unit somebody has masked still gives up what a run gave it."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.transaction import asking
from tests.transaction.plans import BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import PracticeHost


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
async def test_a_masked_unit_is_reloaded_by_a_signal(host: PracticeHost) -> None:
    """The manager refuses, the daemon runs: it gets the signal that a reload is."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    await asking.apply(host, plan)
    await asking.confirm(host)
    daemon = await asyncio.create_subprocess_exec("sleep", "60")
    (host.root / "run/docker.pid").write_text(str(daemon.pid))
    host.practice("pid", f"{daemon.pid}\n")
    host.start_process(daemon.pid, "dockerd", started=888)
    host.practice(
        "fails/reload", "Failed to reload docker.service: Unit docker.service is masked.\n"
    )
    await asking.undo(host)
    async with asyncio.timeout(10):
        assert await daemon.wait() == -signal.SIGHUP
