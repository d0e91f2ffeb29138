"""Images of further upstreams come from the target too, each from its own place."""

from __future__ import annotations

import pytest

from tests.fleet import Fleet
from tests.fleet.catalogue import PREFIX
from tests.story.operator import Operator, host_states
from tests.story.photograph import containers, photograph, pull
from tests.story.test_whole_migration import CANARY, on_each, runtimes

pytestmark = [pytest.mark.fleet, pytest.mark.usefixtures("warm_operator")]


def test_a_second_upstream_goes_and_comes_back(fleet: Fleet, operator: Operator) -> None:
    """Every runtime, oldest and newest, proves its place with a canary of that upstream's name."""
    hosts = ("book-cri", "forky-c8d")
    place = f"{PREFIX}/quay"
    operator.write_migration(
        hosts,
        target="prefix",
        rollout={"canary": {"hosts": ["forky-c8d"]}, "waves": ["100%"]},
        upstreams={"quay.io": {"prefix": place}},
    )
    before = {host: photograph(fleet, host) for host in hosts}
    running = {host: containers(fleet, host) for host in hosts}

    plan = operator.json("plan", "-o", "plan.json")
    assert plan["counts"] == {"change": len(hosts), "nothing": 0, "blocked": 0}
    [quay] = plan["plan"]["target"]["places"]
    canary = f"quay.io/{quay['canary']['repository']}:{quay['canary']['tag']}"
    mark = fleet.prefix_target.mark()
    applied = operator.json("apply", "plan.json", "--yes")
    assert host_states(applied) == dict.fromkeys(hosts, "confirmed")

    asked = {
        request.client
        for request in fleet.prefix_target.requests(since=mark)
        if request.path.startswith(f"/v2/{place}/") and request.method == "GET"
    }
    assert asked >= {fleet.hosts[host].address for host in hosts}

    def is_served_by_the_target(host: str) -> None:
        for runtime in runtimes(fleet, host):
            for reference in (canary, CANARY):
                code, said = pull(fleet, host, runtime, reference)
                assert code == 0, f"{host} {runtime} {reference}: {said}"

    on_each(hosts, is_served_by_the_target)
    assert {host: containers(fleet, host) for host in hosts} == running

    operator.json("rollback", applied["run"], "--yes")

    def is_without_the_target(host: str) -> None:
        for runtime in runtimes(fleet, host):
            code, _said = pull(fleet, host, runtime, canary)
            assert code != 0, f"{host} {runtime} still gets {canary}"

    on_each(hosts, is_without_the_target)
    assert {host: photograph(fleet, host) for host in before} == before
