"""`ca_trust: system` on practice hosts: each daemon restarts for it, there and back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.practice.hosts.operator import Operator, host_states, photograph
from wizard.practice.designs import CATALOGUE, CRIO, UNMATCHED, HostDesign
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home
from wizard.practice.machine.update_ca_certificates import BUNDLE
from wizard.practice.runtimes import crio
from wizard.practice.runtimes.k3s import K3s

pytestmark = pytest.mark.usefixtures("warm")

ROLLOUT = {"soak": 0, "lease": 60, "waves": ["100%"]}
ONLY_TARGET = "docker.io/library/hello:only-target"
FLEET: tuple[HostDesign, ...] = (
    CRIO,
    replace(UNMATCHED["k3s-1.31-server"], name="s1"),
    replace(UNMATCHED["k3s-1.27"], name="old"),
    replace(CATALOGUE["containerd-1.6"], name="node"),
)


def _daemon(fleet: PracticeFleet, name: str) -> crio.CRIO | K3s:
    """Return what restarts on a host and has pods."""
    found = fleet.equipment[name].crio or fleet.equipment[name].k3s
    assert found is not None
    return found


def _pods(fleet: PracticeFleet, name: str) -> set[tuple[str, int]]:
    daemon = _daemon(fleet, name)
    tasks = daemon.containerd.tasks if isinstance(daemon, K3s) else daemon.tasks
    return {(task.id, task.pid) for task in tasks.values()}


async def test_every_runtime_of_nodes_trusts_the_target_by_the_store(home: Home) -> None:
    """CRI-O and k3s restart for it as containerd does; pods run on; a rollback leaves no trace."""
    async with PracticeFleet.start(FLEET, home, FleetOptions(rollout=ROLLOUT)) as fleet:
        operator, file = Operator(fleet=fleet), fleet.migration_file
        file.write_text(file.read_text().replace("target: {", 'target: {"ca_trust": "system", '))
        bare = {name: (host.root / BUNDLE[1:]).read_bytes() for name, host in fleet.hosts.items()}
        before = photograph(fleet)
        restarting = [name for name in fleet.hosts if name != "node"]
        pids = {name: _daemon(fleet, name).pid for name in restarting}
        running = {name: _pods(fleet, name) for name in restarting}

        plan = await operator.json("plan", "-o", "plan.json")
        mark = fleet.upstream.mark()
        applied = await operator.json("apply", "plan.json", "--yes")

        for host in plan["plan"]["hosts"]:
            files = [change["path"] for change in host["changes"] if change["purpose"] == "ca"]
            assert files == ["/usr/local/share/ca-certificates/pilotage-ca.crt"], host["host"]
        assert host_states(applied) == dict.fromkeys(fleet.hosts, "confirmed"), applied
        for name, host in fleet.hosts.items():
            pulled = await host.run(f"crictl pull {ONLY_TARGET} && crictl rmi {ONLY_TARGET}")
            assert pulled.status == 0, (name, pulled)
            assert (host.root / BUNDLE[1:]).read_bytes() != bare[name]
        assert fleet.upstream.requests(since=mark) == ()
        assert {name for name in restarting if _daemon(fleet, name).pid == pids[name]} == set()
        assert (await operator.json("plan"))["counts"]["nothing"] == len(FLEET)

        rolled_back = await operator.json("rollback", applied["run"], "--yes")

        assert host_states(rolled_back) == dict.fromkeys(fleet.hosts, "rolled_back"), rolled_back
        assert photograph(fleet) == before
        assert {name: _pods(fleet, name) for name in restarting} == running
        for name, host in fleet.hosts.items():
            pulled = await host.run(f"crictl pull {ONLY_TARGET}")
            assert pulled.status != 0, (name, pulled)
