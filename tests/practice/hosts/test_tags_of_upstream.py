"""`tags: upstream` on practice hosts: upstream says what a tag is, the target has the bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.practice.hosts.operator import Operator, host_states, photograph
from tests.practice.hosts.test_migration import COMMON, ONLY_TARGET, ROLLOUT, designs, pull
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home

pytestmark = pytest.mark.usefixtures("warm")

FLEET = tuple(replace(one, podman="") for one in designs("docker-29-c8d", "containerd-1.6"))


async def test_upstream_says_what_a_tag_is_and_the_target_has_the_rest(home: Home) -> None:
    """The canary is proven by its digest; a tag that upstream lacks is nobody's; and back."""
    async with PracticeFleet.start(FLEET, home, FleetOptions(rollout=ROLLOUT)) as fleet:
        operator, file = Operator(fleet=fleet), fleet.migration_file
        file.write_text(file.read_text().replace("target: {", 'target: {"tags": "upstream", '))
        before = photograph(fleet)

        plan = await operator.json("plan", "-o", "plan.json")
        applied = await operator.json("apply", "plan.json", "--yes")

        assert plan["counts"] == {"change": len(FLEET), "nothing": 0, "blocked": 0}
        assert host_states(applied) == dict.fromkeys(fleet.hosts, "confirmed"), applied
        for design in FLEET:
            host = fleet.hosts[design.name]
            assert (await host.run(pull(design, ONLY_TARGET))).status != 0, design.name
            at_upstream, at_target = fleet.upstream.mark(), fleet.target.mark()
            pulled = await host.run(pull(design, COMMON))
            assert pulled.status == 0, (design.name, pulled)
            tags = [one.path for one in fleet.upstream.requests(since=at_upstream)]
            rest = [one.path for one in fleet.target.requests(since=at_target)]
            assert {path.rpartition("/")[2] for path in tags} == {"common"}, tags
            assert rest != []
            assert not any("sha256" not in path for path in rest), rest
        assert (await operator.json("plan"))["counts"]["nothing"] == len(FLEET)

        rolled_back = await operator.json("rollback", applied["run"], "--yes")

        assert host_states(rolled_back) == dict.fromkeys(fleet.hosts, "rolled_back")
        assert photograph(fleet) == before
