"""A host that a plan was applied to once, for tests that begin there: each goes on with a copy.

No watchdog looks at a copy. Who wants one applies for itself.
"""

from __future__ import annotations

from typing import Final

from tests.transaction import asking
from tests.transaction.plans import BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import PracticeHost
from wizard.transaction.answers import Outcome

LEASE: Final = 7200
"""Seconds, and longer than the tests take: no copy is too late."""


async def become_applied(host: PracticeHost) -> None:
    """Let a host be one with BEFORE in its daemon.json to which the plan for it was applied."""
    root = host.shared.parent / f"applied-{host.shell}"
    first = PracticeHost(root=root, shell=host.shell, shared=host.shared)
    if not root.exists():
        first.build()
        answer = await asking.apply(
            first, docker_plan(first.write(DAEMON_JSON, BEFORE)), lease=LEASE
        )
        await first.kill_watchdogs()
        first.leashes.drop()
        assert answer.outcome is Outcome.APPLIED, answer
    host.become([first])
