"""A canary that Docker Hub has too: the product finds out before it changes anything."""

from __future__ import annotations

import json

import pytest

from tests.practice.hosts.operator import Operator, host_states, photograph
from tests.practice.hosts.test_migration import ROLLOUT, designs, doubts
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home
from wizard.practice.registry.registry import PracticeRegistry
from wizard.practice.surroundings import CANARY

pytestmark = pytest.mark.usefixtures("warm")

FLAVOURS = ("docker-26-sudo", "docker-29-c8d", "containerd-1.6")
_EXIT_BLOCKED = 4


def manifests(registry: PracticeRegistry) -> set[tuple[str, str]]:
    """Return by which method and for what manifests a registry was asked so far."""
    return {
        (request.method, request.path)
        for request in registry.requests()
        if "/manifests/" in request.path
    }


async def test_a_canary_that_upstream_has_too_blocks_every_host(home: Home) -> None:
    """A pull that upstream answered would be taken for proof; so nothing is changed at all."""
    async with PracticeFleet.start(
        designs(*FLAVOURS), home, FleetOptions(rollout=ROLLOUT)
    ) as fleet:
        operator = Operator(fleet=fleet)
        file = fleet.operator / "migration.yaml"
        file.write_text(file.read_text().replace(CANARY, "library/hello:common"))
        before = photograph(fleet)

        plan = await operator.json("plan")
        status, output, _errors = await operator.run("apply", "--yes", "--json")

        assert plan["counts"] == {"change": 0, "nothing": 0, "blocked": len(FLAVOURS)}
        for host in plan["plan"]["hosts"]:
            found = [runtime["blocks"] for runtime in host["runtimes"]]
            reasons = [[block["reason"] for block in blocks] for blocks in found]
            assert reasons == [["canary_upstream"]] * len(host["runtimes"]), host["host"]
            assert {len(block["ways_out"]) for blocks in found for block in blocks} == {2}
        assert (status, json.loads(output)["error"]["kind"]) == (_EXIT_BLOCKED, "PlanBlocked")
        assert photograph(fleet) == before
        # By HEAD: it must not count as a pull.
        assert manifests(fleet.upstream) == {("HEAD", "/v2/library/hello/manifests/common")}


async def test_where_upstream_does_not_tell_the_plan_does(home: Home) -> None:
    """On each host; the rollout is possible, and what proves it is the target's canary."""
    async with PracticeFleet.start(
        designs(*FLAVOURS), home, FleetOptions(rollout=ROLLOUT)
    ) as fleet:
        operator = Operator(fleet=fleet)
        await fleet.upstream.go_down()

        plan = await operator.json("plan", "-o", "plan.json")
        applied = await operator.json("apply", "plan.json", "--yes")

        for host in plan["plan"]["hosts"]:
            [doubt] = doubts(host)
            assert "curl: (7) Failed to connect" in doubt
        assert host_states(applied) == dict.fromkeys(fleet.hosts, "confirmed")
