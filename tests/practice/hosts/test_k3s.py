"""The product migrates practice hosts with k3s, and takes them back byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.practice.hosts.operator import Operator, host_states, photograph
from wizard.cli.exit_codes import ExitCode
from wizard.practice.designs import UNMATCHED, HostDesign
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home
from wizard.practice.runtimes.k3s import K3s

pytestmark = pytest.mark.usefixtures("warm")

ROLLOUT = {"soak": 0, "lease": 60, "waves": ["100%"]}
ONLY_TARGET = "docker.io/library/hello:only-target"
COMMON = "docker.io/library/hello:common"
FILE = "etc/rancher/k3s/registries.yaml"


def designs(**flavours: str) -> tuple[HostDesign, ...]:
    """Return hosts by name, each of a flavour."""
    return tuple(replace(UNMATCHED[flavour], name=name) for name, flavour in flavours.items())


def k3s_of(fleet: PracticeFleet, name: str) -> K3s:
    """Return the k3s of a host."""
    k3s = fleet.equipment[name].k3s
    assert k3s is not None
    return k3s


def pods(fleet: PracticeFleet) -> dict[str, set[tuple[str, int]]]:
    """Return what runs on each host, with its process."""
    return {
        name: {(task.id, task.pid) for task in k3s_of(fleet, name).containerd.tasks.values()}
        for name in fleet.hosts
    }


async def test_a_cluster_goes_and_comes_back(home: Home) -> None:
    """Two servers in two waves, each restart once; every pod runs on, nothing asks upstream."""
    fleet_of = designs(s1="k3s-1.31-server", s2="k3s-1.31-server", w1="k3s-1.31", old="k3s-1.27")
    async with PracticeFleet.start(fleet_of, home, FleetOptions(rollout=ROLLOUT)) as fleet:
        operator = Operator(fleet=fleet)
        before, running = photograph(fleet), pods(fleet)
        pids = {name: k3s_of(fleet, name).pid for name in fleet.hosts}

        plan = await operator.json("plan", "-o", "plan.json")
        assert plan["counts"] == {"change": len(fleet_of), "nothing": 0, "blocked": 0}
        assert not any({"s1", "s2"} <= set(wave) for wave in plan["plan"]["waves"])

        mark = fleet.upstream.mark()
        applied = await operator.json("apply", "plan.json", "--yes")
        assert host_states(applied) == dict.fromkeys(fleet.hosts, "confirmed"), applied
        for name, host in fleet.hosts.items():
            text = (host.root / FILE).read_text()
            assert "# the team of the cache asks to keep this\n  quay.io:" in text
            for image in (ONLY_TARGET, COMMON):
                pulled = await host.run(f"crictl pull {image} && crictl rmi {image}")
                assert pulled.status == 0, (name, pulled)
        assert fleet.upstream.requests(since=mark) == ()
        assert pods(fleet) == running
        assert all(k3s_of(fleet, name).pid != pid for name, pid in pids.items())
        assert (await operator.json("plan"))["counts"]["nothing"] == len(fleet_of)

        rolled_back = await operator.json("rollback", applied["run"], "--yes")
        assert host_states(rolled_back) == dict.fromkeys(fleet.hosts, "rolled_back")
        assert photograph(fleet) == before
        assert pods(fleet) == running
        for name, host in fleet.hosts.items():
            pulled = await host.run(f"crictl pull {ONLY_TARGET}")
            assert pulled.status != 0, (name, pulled)


async def test_a_target_under_a_project(home: Home) -> None:
    """The path of the endpoint holds the project, in both forms of what is generated."""
    fleet_of = designs(new="k3s-1.31", old="k3s-1.27")
    options = FleetOptions(rollout=ROLLOUT, prefix=True)
    async with PracticeFleet.start(fleet_of, home, options) as fleet:
        operator = Operator(fleet=fleet)
        await operator.json("plan", "-o", "plan.json")
        mark = fleet.upstream.mark()
        applied = await operator.json("apply", "plan.json", "--yes")
        assert host_states(applied) == dict.fromkeys(fleet.hosts, "confirmed"), applied
        assert fleet.upstream.requests(since=mark) == ()


async def test_a_host_whose_proof_fails_is_as_before(home: Home) -> None:
    """The target has the canary no more: what it said is in containerd's log; the pods run on."""
    fleet_of = designs(w1="k3s-1.31")
    async with PracticeFleet.start(fleet_of, home, FleetOptions(rollout=ROLLOUT)) as fleet:
        operator = Operator(fleet=fleet)
        before, running = photograph(fleet), pods(fleet)
        await operator.json("plan", "-o", "plan.json")
        fleet.target.content.remove_tag("library/hello", "only-target")
        status, output, _errors = await operator.run("apply", "plan.json", "--yes", "--json")
        applied = json.loads(output)
        assert status == ExitCode.HOSTS
        assert host_states(applied) == {"w1": "reverted"}, applied
        assert "containerd passed over a mirror; its log:" in str(applied), applied["hosts"]
        assert (photograph(fleet), pods(fleet)) == (before, running)
