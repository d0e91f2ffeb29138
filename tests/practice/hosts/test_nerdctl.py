"""nerdctl on practice hosts: the product leads it to the target and back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.practice.hosts.operator import Operator, host_states, photograph
from wizard.practice.designs import UNMATCHED, HostDesign
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home

pytestmark = pytest.mark.usefixtures("warm")

ROLLOUT = {"soak": 0, "lease": 60, "waves": ["100%"]}
ONLY_TARGET = "docker.io/library/hello:only-target"
OWN = ("/etc/nerdctl/nerdctl.toml", b'hosts_dir = ["/srv/certs.d", "/etc/docker/certs.d"] # ours\n')
FLEET: tuple[HostDesign, ...] = (
    replace(UNMATCHED["nerdctl-1.7"], name="old"),
    replace(
        UNMATCHED["nerdctl-2.2"],
        name="own",
        own_files=(*UNMATCHED["nerdctl-2.2"].own_files, OWN),
    ),
)


async def test_it_goes_and_comes_back(home: Home) -> None:
    """No containerd is another process, no pull asks upstream, every byte comes back."""
    options = FleetOptions(rollout=ROLLOUT, prefix=True)
    async with PracticeFleet.start(FLEET, home, options) as fleet:
        operator, hosts = Operator(fleet=fleet), fleet.hosts
        before = photograph(fleet)
        containerds = [fleet.equipment[name].containerd for name in hosts]
        pids = [one.pid for one in containerds if one]

        planned = (await operator.json("plan", "-o", "plan.json"))["plan"]["hosts"]
        mark = fleet.upstream.mark()
        applied = await operator.json("apply", "plan.json", "--yes")

        files = {host["host"]: [one["path"] for one in host["changes"]] for host in planned}
        assert files["own"][-1] == "/srv/certs.d/docker.io/hosts.toml"
        assert files["old"][-1] == "/etc/containerd/certs.d/docker.io/hosts.toml"
        assert host_states(applied) == dict.fromkeys(hosts, "confirmed"), applied
        for name, host in hosts.items():
            pulled = await host.run(f"nerdctl pull {ONLY_TARGET} && nerdctl rmi {ONLY_TARGET}")
            assert pulled.status == 0, (name, pulled)
        assert fleet.upstream.requests(since=mark) == ()
        assert (await operator.json("plan"))["counts"]["nothing"] == len(hosts)

        rolled_back = await operator.json("rollback", applied["run"], "--yes")

        assert host_states(rolled_back) == dict.fromkeys(hosts, "rolled_back")
        assert photograph(fleet) == before
        assert [one.pid for one in containerds if one] == pids
        for name, host in hosts.items():
            assert (await host.run(f"nerdctl pull {ONLY_TARGET}")).status != 0, name
