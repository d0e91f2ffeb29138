"""What goes wrong in the field: a bad CA, a cut link, a killed process."""

from __future__ import annotations

import pytest

from tests.fleet import Fleet
from tests.story.operator import Operator, host_states
from tests.story.photograph import RESTART_DOCKER, look, mirrors, photograph

pytestmark = [pytest.mark.fleet, pytest.mark.usefixtures("warm_operator")]


def test_canary_with_a_bad_certificate_reverts_and_later_waves_never_start(
    fleet: Fleet, operator: Operator
) -> None:
    """The target of one host changes its CA after the plan: that host fails as the canary."""
    hosts = ("trixie-docker", "forky-docker", "book-docker")
    operator.write_migration(hosts, rollout={"canary": {"hosts": ["trixie-docker"]}})
    before = {host: photograph(fleet, host) for host in hosts}
    plan = operator.planned()
    fleet.break_target_certificate("trixie-docker")
    try:
        ended = operator.json("apply", plan, "--yes", "--on-failed-gate", "stop", expect=5)
    finally:
        fleet.mend_target_certificate("trixie-docker")

    assert host_states(ended) == {
        "trixie-docker": "reverted",
        "forky-docker": "waiting",
        "book-docker": "waiting",
    }
    assert {host: photograph(fleet, host) for host in hosts} == before


def test_host_that_is_cut_off_after_activation_reverts_by_itself(
    fleet: Fleet, operator: Operator
) -> None:
    """The link goes down while the host waits for confirmation: it takes the change back."""
    host = "book-docker"
    operator.write_migration([host], rollout={"soak": 30, "lease": 12})
    before = photograph(fleet, host)
    run = operator.json("apply", operator.planned(), "--yes", "--detach")["run"]
    operator.wait_for(run, lambda view: host_states(view)[host] == "armed")
    assert photograph(fleet, host) != before

    fleet.cut(host)
    try:
        operator.wait_until(lambda: photograph(fleet, host) == before, seconds=60)
    finally:
        fleet.mend(host)
    operator.run("watch", run, expect=5)

    assert host_states(operator.json("show", run))[host] == "reverted"


@pytest.mark.parametrize(
    ("meddling", "expected"),
    [
        (
            f"cp -a /root/daemon.json /etc/docker/daemon.json && {RESTART_DOCKER}",
            ("inconclusive", "rolled_back", ""),
        ),
        ("systemctl stop docker.socket docker", ("failed", "reverted", "runtimes_alive")),
    ],
    ids=["put-back", "stopped"],
)
def test_what_is_undone_during_the_soak_is_never_confirmed(
    fleet: Fleet, operator: Operator, meddling: str, expected: tuple[str, str, str]
) -> None:
    """Configuration management, or a hand, takes the host off the target: the gate tells."""
    host = "book-docker"
    look(fleet, host, '[ -e /etc/docker/daemon.json ] || echo "{}" >/etc/docker/daemon.json')
    look(fleet, host, RESTART_DOCKER)
    look(fleet, host, "cp -a /etc/docker/daemon.json /root/daemon.json")
    operator.write_migration([host], rollout={"soak": 8})
    files = photograph(fleet, host).files
    run = operator.json("apply", operator.planned(), "--yes", "--detach")["run"]
    operator.wait_for(run, lambda view: host_states(view)[host] == "armed")
    look(fleet, host, meddling)
    operator.run("watch", run, expect=5)

    shown = operator.json("show", run)
    look(fleet, host, RESTART_DOCKER)
    [row] = shown["hosts"]
    failed_step = (row["trouble"] or {}).get("failed_step", "")
    assert (shown["waves"][0]["gate"], row["state"], failed_step) == expected
    after = photograph(fleet, host).files
    assert (after, mirrors(fleet, host)) == (files, [])
