"""What plans make of real containerds: in place, by a drop-in, without a file, by old tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import pytest

from tests.discovery.fleet_connection import FleetConnection
from tests.fleet import Fleet
from tests.fleet.catalogue import EXTRA_HOSTS
from tests.fleet.extra_hosts import is_available, lent
from tests.transaction.canary import only_target
from wizard.clock import SystemClock
from wizard.discovery.facts import HostFacts
from wizard.discovery.read import read_host
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.paths import CONTAINERD_CONFIG
from wizard.planning.plan import FilePurpose, HostPlan, Verdict
from wizard.runtimes.containerd.planner import plan_containerd
from wizard.target import Addressing, Target
from wizard.transaction import verbs
from wizard.transaction.answers import Answer, Outcome, StepResult

pytestmark = pytest.mark.fleet

DEBIAN = ("book-cri", "trixie-cri", "forky-c8d")
BUILT = {
    name: pytest.param(
        name,
        marks=[
            pytest.mark.xdist_group(f"extra-{name}"),
            pytest.mark.skipif(
                not is_available(name), reason=f"{design.runtime} is not built: make runtimes"
            ),
        ],
    )
    for name, design in EXTRA_HOSTS.items()
    if "cri" in design.roles
}
HOSTS = (*DEBIAN, *BUILT.values())
SECONDS = ("forky-c8d", *(one for name, one in BUILT.items() if name != "book-c15"))
"""Hosts with containerd 2.x."""
HOLDER = "tests on the fleet"
SAME_SETTINGS = "containerd_same_settings"
DROP_INS = "/etc/containerd/conf.d"
_CGROUP = {
    "book-c15": "containerd.grpc.v1.cri",
    "book-cri": "containerd.grpc.v1.cri",
    "trixie-cri": "containerd.grpc.v1.cri",
    "forky-c8d": "containerd.cri.v1.runtime",
    "forky-c22": "containerd.cri.v1.runtime",
    "forky-c23": "containerd.cri.v1.runtime",
}
_STATE = (
    "find /etc/containerd -type f | sort | xargs sha256sum; containerd config dump; "
    "ctr -n k8s.io tasks ls | sort; crictl images -q | sort"
)


@pytest.fixture(scope="module")
def name(request: pytest.FixtureRequest, fleet: Fleet) -> Iterator[str]:
    """Return a host; one that no fleet has from the beginning is there as long as it is used."""
    with lent(fleet, request.param) if request.param in EXTRA_HOSTS else nullcontext():
        yield request.param


def _target(fleet: Fleet, addressing: Addressing = Addressing.ROOT) -> Target:
    registry = fleet.target if addressing is Addressing.ROOT else fleet.prefix_target
    prefix = registry.repository.partition("library/")[0]
    return Target(
        url=registry.url,
        addressing=addressing,
        prefix=prefix.strip("/"),
        ca_pem=registry.ca_pem.read_text(),
        canary=only_target(),
    )


async def _planned(
    fleet: Fleet,
    name: str,
    target: Target,
    seen: Callable[[HostFacts], HostFacts] = lambda facts: facts,
) -> HostPlan:
    connection = FleetConnection(fleet, name)
    facts = await read_host(connection, connection.host, target=target, clock=SystemClock())
    plan = plan_host(seen(facts), target, RolloutPolicy(), (plan_containerd,))
    assert plan.verdict is Verdict.CHANGE, plan.runtimes
    return plan


async def _apply(fleet: Fleet, name: str, plan: HostPlan) -> tuple[Answer, list[StepResult]]:
    steps: list[StepResult] = []
    answer = await verbs.apply(
        FleetConnection(fleet, name),
        plan,
        run="settings",
        holder=HOLDER,
        lease=300,
        timeout=200,
        on_step=steps.append,
    )
    return answer, steps


async def _proven_and_taken_back(fleet: Fleet, name: str, plan: HostPlan) -> None:
    """Apply the plan, whose canary only the target has, and see that nothing of it stays."""
    answer, steps = await _apply(fleet, name, plan)
    assert answer.outcome is Outcome.APPLIED, (answer.failed_step, answer.detail)
    assert {SAME_SETTINGS, "cri_pull"} <= {step.step for step in steps if step.passed}
    connection = FleetConnection(fleet, name)
    reverted = await verbs.revert(connection, run="settings", holder=HOLDER)
    assert reverted.outcome is Outcome.REVERTED, (reverted.failed_step, reverted.detail)


def _words(fleet: Fleet, name: str, command: str) -> str:
    return fleet.exec(name, command).stdout.decode(errors="replace")


@contextmanager
def _as_before(fleet: Fleet, name: str, *, started: bool = False) -> Iterator[None]:
    """Put back what the test wrote for itself; let containerd run with it if it was `started`."""
    keep = "/var/tmp/containerd-before"  # noqa: S108  # on a host of the fleet
    fleet.exec(name, f"rm -rf {keep}; cp -a /etc/containerd {keep}")
    try:
        yield
    finally:
        fleet.exec(name, f"rm -rf /etc/containerd /var/lib/pilotage; mv {keep} /etc/containerd")
        if started:
            fleet.exec(name, "systemctl restart containerd")


@pytest.mark.parametrize("name", HOSTS, indirect=True)
async def test_the_migration_passes_and_leaves_nothing_behind(fleet: Fleet, name: str) -> None:
    """Nothing but the registry differs between the dumps of before and after."""
    with _as_before(fleet, name):
        before = _words(fleet, name, _STATE)
        await _proven_and_taken_back(fleet, name, await _planned(fleet, name, _target(fleet)))
        assert before == _words(fleet, name, _STATE)


@pytest.mark.parametrize("name", HOSTS, indirect=True)
async def test_an_edit_that_loses_the_cgroup_driver_restarts_nothing(
    fleet: Fleet, name: str
) -> None:
    """It is taken back before containerd could read it (facts/runtimes.md §7 row 7)."""
    with _as_before(fleet, name):
        _use_systemd_cgroups(fleet, name)
        pid = _words(fleet, name, "systemctl show -p MainPID containerd")
        plan = await _planned(fleet, name, _target(fleet))
        wrong = tuple(
            dataclasses.replace(change, after=change.after.replace("SystemdCgroup = true", ""))
            if change.purpose is FilePurpose.CONFIG
            else change
            for change in plan.changes
        )
        assert wrong != plan.changes

        answer, _steps = await _apply(fleet, name, dataclasses.replace(plan, changes=wrong))

        assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, SAME_SETTINGS), answer
        assert _CGROUP[name] in answer.detail
        assert answer.detail.endswith("runtimes.runc.options] SystemdCgroup")
        assert pid == _words(fleet, name, "systemctl show -p MainPID containerd")


def _use_systemd_cgroups(fleet: Fleet, name: str) -> None:
    table = f'plugins."io.{_CGROUP[name]}".containerd.runtimes.runc'
    text = f'[{table}]\nruntime_type = "io.containerd.runc.v2"\n[{table}.options]\n'
    version = 3 if "runtime" in _CGROUP[name] else 2
    whole = f"version = {version}\n{text}SystemdCgroup = true\n"
    fleet.exec(name, f"cat >{CONTAINERD_CONFIG}", whole.encode())


@pytest.mark.parametrize("root", [3, 2])
async def test_a_drop_in_has_the_last_word(fleet: Fleet, root: int) -> None:
    """2.1 reads no list; neither the main file nor the import that names one is touched.

    Under a main file of version 2 the import's version is that of all files, and so is ours.
    """
    name = "forky-c8d"
    table = '[plugins."io.containerd.cri.v1.images".registry]'
    listed = f'version = 3\n{table}\nconfig_path = "/etc/containerd/certs.d:/etc/docker/certs.d"\n'
    with _as_before(fleet, name, started=True):
        fleet.exec(name, f"mkdir -p {DROP_INS}; cat >{DROP_INS}/10-site.toml", listed.encode())
        main = f'version = {root}\nimports = ["{DROP_INS}/*.toml"]\n'
        fleet.exec(name, f"cat >{CONTAINERD_CONFIG}; systemctl restart containerd", main.encode())
        before = _words(fleet, name, _STATE)

        plan = await _planned(fleet, name, _target(fleet))

        paths = [change.path for change in plan.changes if change.purpose is FilePurpose.CONFIG]
        assert paths == [f"{DROP_INS}/zz-pilotage.toml"]
        await _proven_and_taken_back(fleet, name, plan)
        assert before == _words(fleet, name, _STATE)


@pytest.mark.parametrize("name", SECONDS, indirect=True)
async def test_an_import_for_something_else_leaves_the_table_that_is_read(
    fleet: Fleet, name: str
) -> None:
    """A main file of version 2 beside an import of version 3: until 2.2 its old tables are dead."""
    runtime = '[plugins."io.containerd.cri.v1.runtime"]\nenable_selinux = false\n'
    with _as_before(fleet, name, started=True):
        fleet.exec(
            name,
            f"mkdir -p {DROP_INS}; cat >{DROP_INS}/10-site.toml",
            f"version = 3\n{runtime}".encode(),
        )
        main = f'version = 2\nimports = ["{DROP_INS}/*.toml"]\n'
        fleet.exec(name, f"cat >{CONTAINERD_CONFIG}; systemctl restart containerd", main.encode())
        before = _words(fleet, name, _STATE)
        await _proven_and_taken_back(fleet, name, await _planned(fleet, name, _target(fleet)))
        assert before == _words(fleet, name, _STATE)


@pytest.mark.parametrize("name", HOSTS, indirect=True)
async def test_a_containerd_without_a_file_gets_one_for_as_long_as_it_is_wanted(
    fleet: Fleet, name: str
) -> None:
    """1.x dumps nothing without a file, and the way back must not stumble over that."""
    with _as_before(fleet, name, started=True):
        fleet.exec(name, f"rm -f {CONTAINERD_CONFIG}; systemctl restart containerd")
        await _proven_and_taken_back(fleet, name, await _planned(fleet, name, _target(fleet)))
        assert _words(fleet, name, f"ls {CONTAINERD_CONFIG} 2>&1").endswith(
            "such file or directory\n"
        )


@pytest.mark.parametrize("name", ["book-cri", BUILT["book-c15"]], indirect=True)
async def test_old_tables_lead_to_a_project(fleet: Fleet, name: str) -> None:
    """What 1.5 gets, read by it and by 1.6, which has these tables still: path and CA are right."""

    def as_1_5(facts: HostFacts) -> HostFacts:
        assert facts.containerd is not None
        if facts.containerd.version.startswith("1.5."):
            return facts
        older = dataclasses.replace(facts.containerd, version="1.5.18")
        return dataclasses.replace(facts, containerd=older)

    with _as_before(fleet, name):
        target = _target(fleet, Addressing.PREFIX)
        plan = await _planned(fleet, name, target, as_1_5)
        assert not [one for one in plan.changes if one.purpose is FilePurpose.HOSTS]
        await _proven_and_taken_back(fleet, name, plan)
