"""The target's CA in the store of real Debian hosts, there and back, proven by pulls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.discovery.fleet_connection import FleetConnection
from tests.fleet import Fleet
from tests.transaction.canary import only_target
from wizard.clock import SystemClock
from wizard.discovery.facts import HostFacts
from wizard.discovery.read import read_host
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import Activation, HostPlan, Verdict
from wizard.runtimes import RUNTIMES
from wizard.target import CATrust, Target
from wizard.transaction import verbs
from wizard.transaction.answers import Outcome

pytestmark = pytest.mark.fleet

HOLDER = "tests on the fleet"
RUN = "ca1"
STORE = "/usr/local/share/ca-certificates/pilotage-ca.crt"
# Without blocks and times: how a file system lays out the same bytes is its own matter.
_CERTIFICATES = (
    "find /etc/ssl/certs /usr/local/share/ca-certificates -printf '%M %u %g %p %l\\n' | sort && "
    "sha256sum /etc/ssl/certs/ca-certificates.crt"
)
_DOCKER = "systemctl show -p MainPID docker; docker ps -q --no-trunc"
_KEEPER = "docker inspect -f '{{.State.StartedAt}}' keeper"


@pytest.fixture(params=["book-docker", "trixie-docker"])
def name(request: pytest.FixtureRequest, fleet: Fleet) -> Iterator[str]:
    """Return a host whose store is as its own program makes it; leave no ledger there."""
    host = str(request.param)
    made = fleet.exec(host, "update-ca-certificates --fresh")
    assert made.returncode == 0, made.stderr
    yield host
    fleet.exec(host, "rm -rf /var/lib/pilotage")


def _target(fleet: Fleet) -> Target:
    return Target(
        url=fleet.target.url,
        ca_pem=fleet.target.ca_pem.read_text(),
        ca_trust=CATrust.SYSTEM,
        canary=only_target(),
    )


async def _facts(fleet: Fleet, name: str) -> HostFacts:
    connection = FleetConnection(fleet, name)
    return await read_host(connection, connection.host, target=_target(fleet), clock=SystemClock())


def _plan(fleet: Fleet, facts: HostFacts, *allowed: str) -> HostPlan:
    return plan_host(facts, _target(fleet), RolloutPolicy(allow_restart=allowed), RUNTIMES)


async def _words(fleet: Fleet, name: str, command: str) -> bytes:
    done = await asyncio.to_thread(fleet.exec, name, command)
    return done.stdout


async def test_store_there_and_back(fleet: Fleet, name: str) -> None:
    """Docker restarts for it, Podman need not; with live-restore the container goes on."""
    keeps = "live-restore" in fleet.exec(name, "cat /etc/docker/daemon.json").stdout.decode()
    facts = await _facts(fleet, name)
    without_leave = _plan(fleet, facts)
    assert (without_leave.verdict is Verdict.CHANGE) == keeps
    plan = _plan(fleet, facts, "docker")
    assert (plan.verdict, plan.activation) == (Verdict.CHANGE, Activation.RESTART)
    assert STORE in {change.path for change in plan.changes}
    before = await _words(fleet, name, _CERTIFICATES)
    daemon, keeper = await _words(fleet, name, _DOCKER), await _words(fleet, name, _KEEPER)
    connection = FleetConnection(fleet, name)

    applied = await verbs.apply(connection, plan, run=RUN, holder=HOLDER, lease=300, timeout=200)
    try:
        assert applied.outcome is Outcome.APPLIED, applied
        assert await _words(fleet, name, _DOCKER) != daemon
        assert (await _words(fleet, name, _KEEPER) == keeper) == keeps
        trusted = await _words(
            fleet, name, f"openssl verify -CAfile /etc/ssl/certs/ca-certificates.crt {STORE}"
        )
        assert trusted.endswith(b": OK\n")
        after = _plan(fleet, await _facts(fleet, name), "docker")
        assert after.verdict is Verdict.NOTHING
    finally:
        undone = await verbs.undo(connection, run=RUN, holder=HOLDER)
    assert undone.outcome is Outcome.REVERTED, undone
    assert await _words(fleet, name, _CERTIFICATES) == before
