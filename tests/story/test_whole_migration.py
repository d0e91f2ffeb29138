"""The main job, headless: the whole fleet goes to the target and comes back."""

from __future__ import annotations

import pytest

from tests.fleet import Fleet
from tests.story.operator import Operator, host_states
from tests.story.photograph import containers, photograph, pull, upstream_requests

pytestmark = pytest.mark.fleet

HOSTS = (
    "book-docker",
    "book-cri",
    "trixie-docker",
    "trixie-sudo",
    "trixie-cri",
    "forky-docker",
    "forky-c8d",
)
CANARY = "docker.io/library/hello:only-target"
COMMON = "docker.io/library/hello:common"


def runtimes(fleet: Fleet, host: str) -> list[str]:
    """Return the runtimes of a host that a plan serves."""
    roles = fleet.hosts[host].roles
    return [runtime for runtime in ("docker", "cri") if runtime in roles]


def test_fleet_migrates_and_comes_back_byte_for_byte(fleet: Fleet, operator: Operator) -> None:
    """Discover, plan, apply in waves, prove on every host and runtime, roll back, compare."""
    canary = {"hosts": ["trixie-docker", "book-cri"]}
    operator.write_migration(HOSTS, rollout={"canary": canary, "waves": ["2", "100%"]})
    before = {host: photograph(fleet, host) for host in HOSTS}
    running = {host: containers(fleet, host) for host in HOSTS}

    found = operator.json("discover")
    assert [facts["host"] for facts in found["hosts"]] == list(HOSTS)
    assert found["troubles"] == []

    plan = operator.json("plan", "-o", "plan.json")
    assert plan["counts"] == {"change": len(HOSTS), "nothing": 0, "blocked": 0}
    assert [len(wave) for wave in plan["plan"]["waves"]] == [2, 2, 3]

    mark = fleet.upstream.mark()
    applied = operator.json("apply", "plan.json", "--yes")
    assert host_states(applied) == dict.fromkeys(HOSTS, "confirmed")

    for host in HOSTS:
        for runtime in runtimes(fleet, host):
            code, said = pull(fleet, host, runtime, CANARY)
            assert code == 0, f"{host} {runtime}: {said}"
            code, said = pull(fleet, host, runtime, COMMON)
            assert code == 0, f"{host} {runtime}: {said}"
    assert upstream_requests(fleet, mark) == []
    assert {host: containers(fleet, host) for host in HOSTS} == running

    again = operator.json("plan")
    assert again["counts"] == {"change": 0, "nothing": len(HOSTS), "blocked": 0}

    rolled_back = operator.json("rollback", applied["run"], "--yes")
    assert host_states(rolled_back) == dict.fromkeys(HOSTS, "rolled_back")
    after = {host: photograph(fleet, host) for host in HOSTS}
    for host in HOSTS:
        assert after[host] == before[host], host
