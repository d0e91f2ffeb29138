"""The product itself, as it is, migrates a practice fleet and takes it back byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.practice.hosts.operator import Operator, host_states, photograph
from tests.transaction.await_until import until
from wizard.practice.designs import CATALOGUE, CRIO, RARE, HostDesign
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home
from wizard.practice.host.host import PracticeHost

pytestmark = pytest.mark.usefixtures("warm")

FLAVOURS = (
    "docker-20.10",
    "docker-26-sudo",
    "docker-29-c8d",
    "containerd-1.6",
    "containerd-2.2",
)
ROLLOUT = {"soak": 0, "lease": 60, "waves": ["100%"]}
ONLY_TARGET = "docker.io/library/hello:only-target"
COMMON = "docker.io/library/hello:common"


def designs(*flavours: str) -> tuple[HostDesign, ...]:
    """Return one host of each flavour, with names that hosts can have."""
    return tuple(
        replace(CATALOGUE[flavour], name=flavour.replace(".", "-")) for flavour in flavours
    )


def pull(design: HostDesign, image: str) -> str:
    """Return the command that pulls an image on a host and removes it again."""
    client = "docker" if design.docker else "crictl"
    return f"{client} pull {image} && {client} rmi {image}"


def doubts(host: Mapping[str, Any]) -> list[str]:
    """Return what a planned host tells of a canary that upstream may have too."""
    return [note for note in host["notes"] if "Whether Docker Hub has" in note]


async def test_a_fleet_of_five_flavours_goes_and_comes_back(home: Home) -> None:
    """Discover, plan, apply, prove, roll back: no host is left out, nothing asks upstream.

    Of both stores of Docker and both ways of containerd; every flavour goes in the demo.
    """
    fleet_of = designs(*FLAVOURS)
    options = FleetOptions(rollout=ROLLOUT, jump=True)
    async with PracticeFleet.start(fleet_of, home, options) as fleet:
        operator = Operator(fleet=fleet)
        names = list(fleet.hosts)
        before = photograph(fleet)

        found = await operator.json("discover")
        assert (found["troubles"], [facts["host"] for facts in found["hosts"]]) == ([], names)

        plan = await operator.json("plan", "-o", "plan.json")
        assert plan["counts"] == {"change": len(names), "nothing": 0, "blocked": 0}
        assert [doubts(host) for host in plan["plan"]["hosts"]] == [[]] * len(names)

        mark = fleet.upstream.mark()
        applied = await operator.json("apply", "plan.json", "--yes")
        assert host_states(applied) == dict.fromkeys(names, "confirmed")
        for design in fleet_of:
            for image in (ONLY_TARGET, COMMON):
                pulled = await fleet.hosts[design.name].run(pull(design, image))
                assert pulled.status == 0, (design.name, pulled)
        assert fleet.upstream.requests(since=mark) == ()
        assert (await operator.json("plan"))["counts"]["nothing"] == len(names)

        rolled_back = await operator.json("rollback", applied["run"], "--yes")
        assert host_states(rolled_back) == dict.fromkeys(names, "rolled_back")
        assert photograph(fleet) == before
        for design in fleet_of:
            pulled = await fleet.hosts[design.name].run(pull(design, ONLY_TARGET))
            assert pulled.status != 0, (design.name, pulled)


async def test_a_node_with_crio_and_podman_goes_and_comes_back(home: Home) -> None:
    """One drop-in for both, two reloads in all, no process and no container another one."""
    options = FleetOptions(rollout=ROLLOUT, prefix=True)
    async with PracticeFleet.start([CRIO], home, options) as fleet:
        operator, host = Operator(fleet=fleet), fleet.hosts[CRIO.name]
        before, crio = photograph(fleet), fleet.equipment[CRIO.name].crio
        assert crio is not None
        ran = (crio.pid, set(crio.tasks))

        plan = (await operator.json("plan", "-o", "plan.json"))["plan"]["hosts"][0]
        applied = await operator.json("apply", "plan.json", "--yes")

        assert [runtime["activation"] for runtime in plan["runtimes"]] == ["reload", "none"]
        assert [change["purpose"] for change in plan["changes"]] == ["ca", "config"]
        assert host_states(applied) == {CRIO.name: "confirmed"}
        for client in ("crictl", "podman"):
            pulled = await host.run(f"{client} pull {ONLY_TARGET} && {client} rmi {ONLY_TARGET}")
            assert pulled.status == 0, pulled
        assert (await operator.json("plan"))["counts"]["nothing"] == 1

        rolled_back = await operator.json("rollback", applied["run"], "--yes")

        assert host_states(rolled_back) == {CRIO.name: "rolled_back"}
        assert photograph(fleet) == before
        for client in ("crictl", "podman"):
            assert (await host.run(f"{client} pull {ONLY_TARGET}")).status != 0, client
        assert (crio.pid, set(crio.tasks)) == ran
        journal = "\n".join(host.machine.journal.messages("crio.service"))
        assert journal.count("Configuration reload completed") == 2


async def test_a_host_with_nothing_but_podman_goes_and_comes_back(home: Home) -> None:
    """No daemon, no unit, no restart: a drop-in is there, and is gone again."""
    design = RARE["podman-5"]
    options = FleetOptions(rollout=ROLLOUT, prefix=True)
    async with PracticeFleet.start([design], home, options) as fleet:
        operator, host = Operator(fleet=fleet), fleet.hosts[design.name]
        before = photograph(fleet)

        [found] = (await operator.json("discover"))["hosts"]
        plan = await operator.json("plan", "-o", "plan.json")
        mark = fleet.upstream.mark()
        applied = await operator.json("apply", "plan.json", "--yes")

        assert (found["podman"]["version"], found["docker"], found["containerd"]) == (
            "5.4.2",
            None,
            None,
        )
        [planned] = plan["plan"]["hosts"]
        assert (planned["activate"], planned["deactivate"]) == ([], [])
        assert host_states(applied) == {design.name: "confirmed"}
        pulled = await host.run(f"podman pull {ONLY_TARGET} && podman rmi {ONLY_TARGET}")
        assert (pulled.status, fleet.upstream.requests(since=mark)) == (0, ()), pulled
        assert (await operator.json("plan"))["counts"]["nothing"] == 1

        rolled_back = await operator.json("rollback", applied["run"], "--yes")

        assert host_states(rolled_back) == {design.name: "rolled_back"}
        assert photograph(fleet) == before
        assert (await host.run(f"podman pull {ONLY_TARGET}")).status != 0


async def test_a_host_that_reboots_before_it_is_confirmed_takes_itself_back(home: Home) -> None:
    """The unit that the run has left in the host's own systemd does it, before any daemon.

    The host has its own /proc, as on a machine without one.
    """
    [design] = designs("docker-26")
    options = FleetOptions(rollout={**ROLLOUT, "soak": 60, "lease": 12}, own_proc=True)
    async with PracticeFleet.start([design], home, options) as fleet:
        operator = Operator(fleet=fleet)
        host = fleet.hosts[design.name]
        before = photograph(fleet)
        run = (await operator.json("apply", "--yes", "--detach"))["run"]
        proven = host.root / "var/lib/pilotage" / run / "marks/proven"
        await until(proven.exists, "the host was not changed")
        assert photograph(fleet) != before

        await host.machine.reboot()

        assert photograph(fleet) == before
        mirrors = await host.run("docker info -f '{{json .RegistryConfig.Mirrors}}'")
        assert mirrors.output == b"null\n"
        # The run notices when it renews its lease, after a third of it.
        await operator.run("watch", run)
        assert host_states(await operator.json("show", run)) == {design.name: "reverted"}


def _put_back(host: PracticeHost, original: bytes | None) -> str:
    """Put daemon.json back as configuration management would; return what else it runs."""
    file = host.root / "etc/docker/daemon.json"
    if original is None:
        file.unlink()
    else:
        file.write_bytes(original)
    return "systemctl restart docker"


def _stop(_host: PracticeHost, _original: bytes | None) -> str:
    return "systemctl stop docker.socket docker"


@pytest.mark.parametrize(
    ("meddle", "verdict", "state", "step"),
    [
        (_put_back, "inconclusive", "rolled_back", ""),
        (_stop, "failed", "reverted", "runtimes_alive"),
    ],
    ids=["put-back", "stopped"],
)
async def test_what_is_undone_during_the_soak_is_never_confirmed(
    home: Home,
    meddle: Callable[[PracticeHost, bytes | None], str],
    verdict: str,
    state: str,
    step: str,
) -> None:
    """A host that somebody took off the target, or whose daemon is down, closes the gate."""
    [design] = designs("docker-27")
    options = FleetOptions(rollout={**ROLLOUT, "soak": 3})
    async with PracticeFleet.start([design], home, options) as fleet:
        operator = Operator(fleet=fleet)
        host = fleet.hosts[design.name]
        file = host.root / "etc/docker/daemon.json"
        original = file.read_bytes() if file.exists() else None
        before = photograph(fleet)
        run = (await operator.json("apply", "--yes", "--detach"))["run"]
        proven = host.root / "var/lib/pilotage" / run / "marks/proven"
        await until(proven.exists, "the host was not changed")

        meddled = await host.run(meddle(host, original))
        assert meddled.status == 0, meddled
        status, _output, _errors = await operator.run("watch", run)

        shown = await operator.json("show", run)
        [row] = shown["hosts"]
        assert (status, shown["result"], row["state"]) == (5, "failed", state), shown
        assert shown["waves"][0]["gate"] == verdict
        assert (row["trouble"] or {}).get("failed_step", "") == step
        assert photograph(fleet) == before
