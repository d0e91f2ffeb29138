"""Real Docker 20.10, which can spell no project, pulls from one through a generated front."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.discovery.fleet_connection import FleetConnection
from tests.fleet import Fleet
from tests.fleet.catalogue import MACHINE_NUMBER, PREFIX
from tests.fleet.certificates import Authority
from tests.fleet.process_group import ProcessGroup
from tests.fronts.harbor import FRONT, Harbor, Ports
from tests.transaction.canary import only_target
from wizard.clock import SystemClock
from wizard.discovery.read import read_host
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import BlockReason, HostPlan, Verdict
from wizard.runtimes import RUNTIMES
from wizard.target import Addressing, Target
from wizard.transaction import verbs
from wizard.transaction.answers import Outcome

pytestmark = pytest.mark.fleet

HOST = "book-docker"
HOLDER = "tests on the fleet"
RUN = "front1"
READY_SECONDS = 15.0


@pytest.fixture
def harbor(fleet: Fleet, tmp_path: Path) -> Iterator[Harbor]:
    """Run a Harbor with the images of the fleet's own, and the front before it."""
    keys = fleet.places.keys
    made = Harbor(
        folder=tmp_path,
        address=fleet.address(MACHINE_NUMBER),
        ports=Ports(registry=5000, tokens=5001, harbor=5443, front=443),
        project=PREFIX,
        data=fleet.prefix_target.folder / "data",
        authority=Authority(certificate=keys / "target-ca.pem", key=keys / "target-ca.key"),
    )
    made.write()
    group = ProcessGroup(f"{fleet.name}/front")
    hosts = fleet.exec(HOST, "cat /etc/hosts").stdout
    try:
        for command, log in made.commands(sys.executable):
            group.start(list(command), tmp_path / log)
            (tmp_path / log).touch()
        for port in (5000, 5001, 5443, 443):
            _wait_for(made, port)
        fleet.exec(HOST, f"printf '%s\\t%s\\n' {made.address} {FRONT} >>/etc/hosts")
        yield made
    finally:
        fleet.exec(HOST, "cat >/etc/hosts", hosts)
        fleet.exec(HOST, "rm -rf /var/lib/pilotage")
        group.end()


def _wait_for(harbor: Harbor, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((harbor.address, port), 1.0):
            return
        time.sleep(0.02)
    said = "\n".join(log.read_text(errors="replace") for log in harbor.folder.glob("*.log"))
    pytest.fail(f"nothing listens on {harbor.address}:{port}: {said[-2000:]}")


async def _plan(fleet: Fleet, target: Target) -> HostPlan:
    """Discover the host and plan Docker alone: its Podman needs no front."""
    connection = FleetConnection(fleet, HOST)
    facts = await read_host(connection, connection.host, target=target, clock=SystemClock())
    return plan_host(replace(facts, podman=None), target, RolloutPolicy(), RUNTIMES)


async def test_docker_without_projects_pulls_through_a_front(fleet: Fleet, harbor: Harbor) -> None:
    """Blocked before, by the reason; then by reload, proven by a tag that only the project has."""
    direct = replace(harbor.target, url=fleet.prefix_target.url, canary=only_target())
    blocked = await _plan(fleet, direct)
    assert blocked.verdict is Verdict.BLOCKED
    reasons = [block.reason for runtime in blocked.runtimes for block in runtime.blocks]
    assert BlockReason.PREFIX_NOT_POSSIBLE in reasons

    front = replace(
        direct, url=f"https://{FRONT}", addressing=Addressing.ROOT, prefix="", canary=only_target()
    )
    plan = await _plan(fleet, front)
    assert plan.verdict is Verdict.CHANGE, plan
    connection = FleetConnection(fleet, HOST)
    since = fleet.upstream.mark()
    before = fleet.exec(HOST, "systemctl show -p MainPID docker; docker ps -q").stdout
    applied = await verbs.apply(connection, plan, run=RUN, holder=HOLDER, lease=300, timeout=120)
    try:
        assert applied.outcome is Outcome.APPLIED, f"{applied.failed_step}: {applied.detail}"
        after = fleet.exec(HOST, "systemctl show -p MainPID docker; docker ps -q").stdout
        assert after == before
        assert {"scopes": [f"repository:{PREFIX}/library/hello:pull"], "login": False} in (
            harbor.token_questions()
        )
        assert not fleet.upstream.requests(since)
    finally:
        undone = await verbs.undo(connection, run=RUN, holder=HOLDER)
    assert undone.outcome is Outcome.REVERTED, undone
