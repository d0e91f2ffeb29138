"""The plan of a fleet: every host, the waves, and one hash over all of it."""

from __future__ import annotations

import dataclasses

from tests.planning.cases import a_target, host_facts
from wizard.discovery.facts import HostFacts
from wizard.fleet.policy import CanaryChoice, RolloutPolicy
from wizard.jsonform import from_json, to_json
from wizard.planning.fleet import plan_fleet
from wizard.planning.grouping import grouped_blocks, grouped_changes
from wizard.planning.plan import BlockReason, Plan, Runtime, Verdict
from wizard.runtimes import RUNTIMES


def _facts(name: str, version: str = "26.1.5", *, daemon: str | None = None) -> HostFacts:
    files = {"/etc/docker/daemon.json": daemon}
    return host_facts({"host": name, "docker": {"version": version}, "files": files})


_FLEET = [
    _facts("web1"),
    _facts("web2"),
    _facts("old1", "18.09.1"),
    _facts("web3", daemon="{}\n"),
    _facts("new1", "28.5.2"),
]


def test_plan_has_every_host_in_order_and_only_changing_ones_in_waves() -> None:
    """Blocked and unreachable hosts are in the plan, and in no wave."""
    plan = plan_fleet(
        _FLEET, a_target(), RolloutPolicy(), RUNTIMES, unreachable={"far1": "timed out"}
    )
    assert [host.host for host in plan.hosts] == ["web1", "web2", "old1", "web3", "new1", "far1"]
    assert plan.waves == (("web1", "new1"), ("web2", "web3"))
    far = plan.host("far1")
    assert far.verdict is Verdict.BLOCKED
    assert "timed out" in far.notes[0]


def test_plan_takes_the_canary_by_label() -> None:
    """Labels of hosts come from the fleet, not from the facts."""
    policy = RolloutPolicy(canary=CanaryChoice(label="tier=test"))
    plan = plan_fleet(_FLEET, a_target(), policy, RUNTIMES, labels={"web3": (("tier", "test"),)})
    assert plan.waves[0] == ("web3",)


def test_hash_changes_with_any_byte_and_with_nothing_else() -> None:
    """The same input has the same hash; one byte in one file gives another."""
    first = plan_fleet(_FLEET, a_target(), RolloutPolicy(), RUNTIMES)
    again = plan_fleet(list(_FLEET), a_target(), RolloutPolicy(), RUNTIMES)
    other = plan_fleet(
        [*_FLEET[:-1], _facts("new1", "28.5.2", daemon="{ }\n")],
        a_target(),
        RolloutPolicy(),
        RUNTIMES,
    )
    assert first.hash == again.hash
    assert first.hash != other.hash


def test_plan_survives_its_file() -> None:
    """A plan that was written as JSON and read again is the same plan."""
    plan = plan_fleet(_FLEET, a_target(), RolloutPolicy(), RUNTIMES)
    read = from_json(Plan, to_json(plan), source="plan.json")
    assert (plan, plan.hash) == (read, read.hash)


def test_same_changes_are_grouped_largest_first() -> None:
    """Hosts that get the same bytes for the same file are one group."""
    plan = plan_fleet(_FLEET, a_target(), RolloutPolicy(), RUNTIMES)
    groups = [(group.change.path, group.hosts) for group in grouped_changes(plan.hosts)]
    assert groups == [
        ("/etc/docker/certs.d/registry.example/ca.crt", ("web1", "web2", "web3", "new1")),
        ("/etc/docker/daemon.json", ("web1", "web2", "new1")),
        ("/etc/docker/daemon.json", ("web3",)),
        ("/etc/docker/certs.d/docker.io/hosts.toml", ("new1",)),
    ]


def test_owner_and_mode_do_not_split_a_group() -> None:
    """What stays as it is on each host does not count as a difference."""
    plan = plan_fleet(
        [_facts("a", daemon="{}\n"), _facts("b", daemon="{}\n")],
        a_target(),
        RolloutPolicy(),
        RUNTIMES,
    )
    second = plan.hosts[1]
    changes = tuple(
        dataclasses.replace(change, before=dataclasses.replace(change.before, uid=7, mode=0o600))
        if change.before
        else change
        for change in second.changes
    )
    hosts = (plan.hosts[0], dataclasses.replace(second, changes=changes))
    assert {group.hosts for group in grouped_changes(hosts)} == {("a", "b")}


def test_same_blocks_are_grouped() -> None:
    """Hosts that are blocked for the same reason are one group."""
    plan = plan_fleet([*_FLEET, _facts("old2", "18.09.9")], a_target(), RolloutPolicy(), RUNTIMES)
    (group,) = grouped_blocks(plan.hosts)
    assert group.runtime is Runtime.DOCKER
    assert group.block.reason is BlockReason.VERSION_UNKNOWN
    assert group.hosts == ("old1", "old2")
