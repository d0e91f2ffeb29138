"""A real BuildKit, found, planned, led to the target by one restart, and taken back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from tests.discovery.fleet_connection import FleetConnection
from tests.fleet import Fleet
from tests.fleet.catalogue import EXTRA_HOSTS
from tests.fleet.extra_hosts import is_available, lent
from tests.fleet.registries import FleetRegistry
from tests.transaction.canary import only_target
from tests.transaction.remote import HOLDER
from wizard.clock import SystemClock
from wizard.discovery.read import read_host
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import Activation, HostPlan, Verdict
from wizard.runtimes.buildkit.planner import plan_buildkit
from wizard.target import Addressing, Target
from wizard.transaction import verbs
from wizard.transaction.answers import Outcome

HOST = "forky-build"
FILE = "/etc/buildkit/buildkitd.toml"
THEIRS = b'# ours since 2021\ndebug = false\n\n[worker.oci]\n  snapshotter = "native" # slow\n'

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.xdist_group(f"extra-{HOST}"),
    pytest.mark.skipif(
        not is_available(HOST), reason=f"{EXTRA_HOSTS[HOST].runtime} is not built: make runtimes"
    ),
]

_UNIT = b"""\
[Unit]
Description=BuildKit
[Service]
ExecStart=/usr/bin/buildkitd --root /var/lib/docker/buildkit --containerd-worker=false
[Install]
WantedBy=multi-user.target
"""
_START = "systemctl daemon-reload && systemctl restart buildkit && rm -rf /var/lib/docker/buildkit"
_STATE = "find /etc/buildkit -type f -exec sha256sum {} + ; stat -c '%n %a %U' /etc/buildkit/*"
_BUILD = (
    "mkdir -p /root/context && cat >/root/context/Dockerfile && buildctl build --progress plain "
    "--frontend dockerfile.v0 --local context=/root/context --local dockerfile=/root/context"
)


@pytest.fixture(scope="module")
def builder(fleet: Fleet) -> Iterator[Fleet]:
    """Have the host with BuildKit in the fleet, as a unit with a file that somebody wrote."""
    with lent(fleet, HOST):
        _done(fleet, "cat >/etc/systemd/system/buildkit.service", _UNIT)
        _done(fleet, f"mkdir -p /etc/buildkit && cat >{FILE}", THEIRS)
        _done(fleet, _START)
        yield fleet


@pytest.mark.parametrize("addressing", [Addressing.ROOT, Addressing.PREFIX])
async def test_it_is_led_to_the_target_and_back(builder: Fleet, addressing: Addressing) -> None:
    """The proof, and a build of a person, come from the target alone; every byte comes back."""
    connection = FleetConnection(builder, HOST)
    registry = builder.target if addressing is Addressing.ROOT else builder.prefix_target
    plan = await _planned(connection, registry, addressing)
    assert (plan.verdict, plan.activation) == (Verdict.CHANGE, Activation.RESTART), plan
    before = _done(builder, _STATE)
    marks = registry.mark(), builder.upstream.mark()

    run = f"bk-{addressing.value}"
    applied = await verbs.apply(connection, plan, run=run, holder=HOLDER, lease=300, timeout=240)

    assert applied.outcome is Outcome.APPLIED, applied
    _done(builder, _BUILD, b"FROM docker.io/library/hello:only-target\nCOPY Dockerfile /copied\n")
    asked = {request.path for request in registry.requests(marks[0]) if request.status == 200}
    assert f"/v2/{registry.repository}/manifests/only-target?ns=docker.io" in asked
    assert builder.upstream.requests(marks[1]) == ()
    assert (await verbs.confirm(connection, run=run, holder=HOLDER)).outcome is Outcome.CONFIRMED
    undone = await verbs.undo(connection, run=run, holder=HOLDER)
    assert undone.outcome is Outcome.REVERTED, undone
    assert _done(builder, _STATE) == before
    _done(builder, "systemctl is-active buildkit && buildctl debug workers")


async def test_a_build_that_only_upstream_answers_is_no_proof(builder: Fleet) -> None:
    """It would come from Docker Hub, with another digest: everything is as before."""
    connection = FleetConnection(builder, HOST)
    plan = await _planned(connection, builder.target, Addressing.ROOT)
    wrong = tuple(
        dataclasses.replace(step, args=(step.args[0], "sha256:" + "0" * 64, *step.args[2:]))
        for step in plan.probe
    )
    answer = await verbs.apply(
        connection,
        dataclasses.replace(plan, probe=wrong),
        run="bk-wrong",
        holder=HOLDER,
        lease=300,
        timeout=240,
    )
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, "buildkit_build"), answer
    assert _done(builder, f"cat {FILE}") == THEIRS


async def _planned(
    connection: FleetConnection, registry: FleetRegistry, addressing: Addressing
) -> HostPlan:
    prefix = registry.repository.partition("library/")[0].strip("/")
    target = Target(
        url=registry.url,
        addressing=addressing,
        prefix=prefix if addressing is Addressing.PREFIX else "",
        ca_pem=registry.ca_pem.read_text(),
        canary=only_target(),
    )
    facts = await read_host(
        connection, connection.host, target=target, clock=SystemClock(), timeout=60
    )
    assert facts.buildkit is not None, facts
    return plan_host(facts, target, RolloutPolicy(), (plan_buildkit,))


def _done(fleet: Fleet, command: str, given: bytes | None = None) -> bytes:
    done = fleet.exec(HOST, command, given)
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-2000:]
    return done.stdout
