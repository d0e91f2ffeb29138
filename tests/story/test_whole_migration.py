"""The main job, headless: the whole fleet goes to the target and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.fleet import Fleet
from tests.story.operator import EVERY_HOST as HOSTS
from tests.story.operator import Operator, host_states
from tests.story.photograph import (
    containers,
    daemons,
    photograph,
    pull,
    upstream_requests,
)

pytestmark = pytest.mark.fleet

CANARY = "docker.io/library/hello:only-target"
COMMON = "docker.io/library/hello:common"
Daemons = dict[str, dict[str, str]]


def runtimes(fleet: Fleet, host: str) -> list[str]:
    """Return the runtimes of a host that a plan serves."""
    roles = fleet.hosts[host].roles
    return [runtime for runtime in ("docker", "cri", "podman") if runtime in roles]


def restarts(plan: dict[str, Any]) -> dict[str, set[str]]:
    """Return for each host the runtimes that a `plan` document restarts."""
    return {
        host["host"]: {
            runtime["runtime"] for runtime in host["runtimes"] if runtime["activation"] == "restart"
        }
        for host in plan["plan"]["hosts"]
    }


def started_anew(before: Daemons, after: Daemons) -> dict[str, set[str]]:
    """Return for each host the runtimes whose process is another one."""
    return {
        host: {unit for unit, process in units.items() if process != after[host][unit]}
        for host, units in before.items()
    }


def on_each(hosts: Iterable[str], check: Callable[[str], None]) -> None:
    """Check all hosts at once; the first that is not as it should be fails the test."""
    with ThreadPoolExecutor() as threads:
        tuple(threads.map(check, hosts))


def comes_from_upstream(fleet: Fleet, host: str, runtime: str) -> bool:
    """Pull what both registries have, and tell whether upstream was asked for it."""
    mark = fleet.upstream.mark()
    code, said = pull(fleet, host, runtime, COMMON)
    assert code == 0, f"{host} {runtime}: {said}"
    address = fleet.hosts[host].address
    asked = [one for one in upstream_requests(fleet, mark) if one.client == address]
    return any("/manifests/" in request.path for request in asked)


def test_fleet_migrates_and_comes_back_byte_for_byte(fleet: Fleet, operator: Operator) -> None:
    """Discover, plan, apply in waves, prove on every host and runtime, roll back, compare."""
    canary = {"hosts": ["trixie-docker", "book-cri"]}
    operator.write_migration(HOSTS, rollout={"canary": canary, "waves": ["2", "100%"]})
    before = {host: photograph(fleet, host) for host in HOSTS}
    running = {host: containers(fleet, host) for host in HOSTS}
    assert {host for host, text in running.items() if text} == {
        host for host in HOSTS if fleet.hosts[host].keeper
    }
    first = {host: daemons(fleet, host) for host in HOSTS}

    found = operator.json("discover")
    assert [facts["host"] for facts in found["hosts"]] == list(HOSTS)
    assert found["troubles"] == []

    plan = operator.json("plan", "-o", "plan.json")
    assert plan["counts"] == {"change": len(HOSTS), "nothing": 0, "blocked": 0}
    assert [len(wave) for wave in plan["plan"]["waves"]] == [2, 2, 3]

    mark = fleet.upstream.mark()
    applied = operator.json("apply", "plan.json", "--yes")
    assert host_states(applied) == dict.fromkeys(HOSTS, "confirmed")

    def is_served_by_the_target(host: str) -> None:
        for runtime in runtimes(fleet, host):
            code, said = pull(fleet, host, runtime, CANARY)
            assert code == 0, f"{host} {runtime}: {said}"
            assert not comes_from_upstream(fleet, host, runtime), f"{host} {runtime}"

    on_each(HOSTS, is_served_by_the_target)
    assert upstream_requests(fleet, mark) == []
    assert {host: containers(fleet, host) for host in HOSTS} == running
    second = {host: daemons(fleet, host) for host in HOSTS}
    assert started_anew(first, second) == restarts(plan)
    assert restarts(plan)["book-cri"] == {"containerd"}

    again = operator.json("plan")
    assert again["counts"] == {"change": 0, "nothing": len(HOSTS), "blocked": 0}

    rolled_back = operator.json("rollback", applied["run"], "--yes")
    assert host_states(rolled_back) == dict.fromkeys(HOSTS, "rolled_back")
    after = {host: photograph(fleet, host) for host in HOSTS}
    for host in HOSTS:
        assert after[host] == before[host], host

    def is_served_by_upstream(host: str) -> None:
        for runtime in runtimes(fleet, host):
            assert comes_from_upstream(fleet, host, runtime), f"{host} {runtime}"

    on_each(HOSTS, is_served_by_upstream)
    assert {host: containers(fleet, host) for host in HOSTS} == running
    third = {host: daemons(fleet, host) for host in HOSTS}
    assert started_anew(second, third) == restarts(plan)


def test_prefix_target_serves_the_runtimes_that_can_name_it(
    fleet: Fleet, operator: Operator
) -> None:
    """A project of a shared registry, as in Harbor: containerd, Podman, Docker's containerd store.

    The operator reaches hosts only through the bastion, knows them by aliases of ssh_config, and
    takes back one by name, one wave, and then what is left.

    Classic Docker cannot put a prefix before an image's name: such hosts are blocked, with ways
    out, and nothing of them is touched (facts/runtimes.md §1.1).
    """
    served = ("book-cri", "trixie-cri", "forky-c8d")
    blocked = ("book-docker", "forky-docker")
    rollout: dict[str, object] = {"canary": {"hosts": ["book-cri"]}, "waves": ["100%"]}
    operator.write_migration(
        (*served, *blocked), target="prefix", rollout=rollout, through_bastion=True
    )
    before = {host: photograph(fleet, host) for host in (*served, *blocked)}
    running = {host: containers(fleet, host) for host in served}

    told = operator.json("matrix")["hosts"]
    costs = {row["host"]: {one["addressing"]: one["cost"] for one in row["cells"]} for row in told}
    assert {host: costs[host]["prefix"] for host in blocked} == dict.fromkeys(blocked, "names")
    assert {host: costs[host]["root"] for host in blocked} == dict.fromkeys(blocked, "reload")
    assert not {costs[host]["prefix"] for host in served} & {"names", "impossible"}

    plan = operator.json("plan", "-o", "plan.json", expect=None)
    assert plan["counts"] == {"change": len(served), "nothing": 0, "blocked": len(blocked)}
    blocks = {
        host["host"]: [block for runtime in host["runtimes"] for block in runtime["blocks"]]
        for host in plan["plan"]["hosts"]
    }
    for host in blocked:
        assert [block["reason"] for block in blocks[host]] == ["prefix_not_possible"], host
        assert blocks[host][0]["ways_out"], host

    refused = operator.json("apply", "plan.json", "--yes", expect=4)
    assert refused["error"]["kind"] == "PlanBlocked"

    rollout |= {"leave_out_blocked": True}
    operator.write_migration(
        (*served, *blocked), target="prefix", rollout=rollout, through_bastion=True
    )
    operator.json("plan", "-o", "plan.json", expect=None)
    mark = fleet.upstream.mark()
    applied = operator.json("apply", "plan.json", "--yes")
    states = host_states(applied)
    assert {host: states[host] for host in served} == dict.fromkeys(served, "confirmed")

    def is_served_by_the_target(host: str) -> None:
        for runtime in runtimes(fleet, host):
            code, said = pull(fleet, host, runtime, CANARY)
            assert code == 0, f"{host} {runtime}: {said}"

    on_each(served, is_served_by_the_target)
    assert upstream_requests(fleet, mark) == []
    assert {host: containers(fleet, host) for host in served} == running

    def are_back() -> set[str]:
        return {host for host in served if photograph(fleet, host) == before[host]}

    assert are_back() == set()
    operator.json("rollback", applied["run"], "--host", "forky-c8d", "--yes")
    assert are_back() == {"forky-c8d"}
    operator.json("rollback", applied["run"], "--wave", "0", "--yes")
    assert are_back() == {"forky-c8d", "book-cri"}
    operator.json("rollback", applied["run"], "--yes")
    assert {host: photograph(fleet, host) for host in before} == before
