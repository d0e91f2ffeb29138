"""Discovery of real hosts, compared with what is known of them."""

from __future__ import annotations

import asyncio

import pytest

from tests.discovery.fleet_connection import FleetConnection
from tests.fleet import Fleet
from wizard.clock import SystemClock
from wizard.discovery.facts import FileKind, HostFacts, ImageStore, ReachState
from wizard.discovery.read import read_host
from wizard.planning.paths import CONTAINERD_CONFIG, DOCKER_CONFIG
from wizard.runtimes.docker.config import read_daemon_config
from wizard.runtimes.docker.pending import Pending, pending_keys
from wizard.target import Addressing, Target

# In one group: the hosts are read once for all of these.
pytestmark = [pytest.mark.fleet, pytest.mark.xdist_group("discovery")]

DOCKER = {"bookworm": "20.10.", "trixie": "26.1.", "forky": "28.5."}
CONTAINERD = {"bookworm": "1.6.", "trixie": "1.7.", "forky": "2.1."}
AT_ONCE = 4
"""Hosts read at the same time: they share this machine's cores."""


async def _read_all(fleet: Fleet, target: Target) -> dict[str, HostFacts]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def read(name: str) -> HostFacts:
        async with gate:
            connection = FleetConnection(fleet, name)
            facts = await read_host(connection, connection.host, target=target, clock=SystemClock())
            assert connection.scripts == 1
            return facts

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read(name)) for name in fleet.hosts]
    return {task.result().host: task.result() for task in tasks}


@pytest.fixture(scope="module")
def found(fleet: Fleet) -> dict[str, HostFacts]:
    """Return the facts of all hosts, read once."""
    target = Target(url=fleet.target.url, ca_pem=fleet.target.ca_pem.read_text())
    return asyncio.run(_read_all(fleet, target))


def test_every_runtime_is_found_by_its_version(fleet: Fleet, found: dict[str, HostFacts]) -> None:
    """And none where none is."""
    for name, host in fleet.hosts.items():
        docker, containerd = found[name].docker, found[name].containerd
        assert ("docker" in host.roles) == (docker is not None), name
        if docker:
            assert docker.version.startswith(DOCKER[host.suite]), name
            store = ImageStore.CONTAINERD if name == "forky-c8d" else ImageStore.GRAPH_DRIVER
            assert store is docker.image_store, name
        serves = containerd is not None and not containerd.for_docker_only
        assert ("cri" in host.roles) == serves, name
        if containerd:
            assert containerd.version.startswith(CONTAINERD[host.suite]), name
            assert fleet.has_crictl == bool(containerd.crictl) or not serves, name


def test_running_containers_are_named(fleet: Fleet, found: dict[str, HostFacts]) -> None:
    """By the IDs that they were started with."""
    for name, host in fleet.hosts.items():
        runtimes = (found[name].docker, found[name].containerd)
        running = [one.id for runtime in runtimes if runtime for one in runtime.containers]
        assert [host.keeper] * bool(host.keeper) == running, name


@pytest.mark.parametrize("path", [DOCKER_CONFIG, CONTAINERD_CONFIG])
def test_files_are_told_byte_for_byte(fleet: Fleet, found: dict[str, HostFacts], path: str) -> None:
    """The hash is that of the host's own sha256sum, mode and owner those of its stat."""
    for name in fleet.hosts:
        file = found[name].file(path)
        assert file is not None, name
        command = f"test ! -e {path} || {{ sha256sum {path}; stat -c '%a %u %g' {path}; }}"
        said = fleet.exec(name, command).stdout.decode().split()
        if not said:
            assert FileKind.ABSENT is file.kind, name
            continue
        digest, _path, mode, uid, gid = said
        assert digest == file.sha256, name
        assert (int(mode, 8), int(uid), int(gid)) == (file.mode, file.uid, file.gid), name


def test_every_host_would_trust_the_target_with_its_ca(found: dict[str, HostFacts]) -> None:
    """Untrusted now, reached with the CA that a plan would give."""
    for name, facts in found.items():
        assert facts.target is not None, name
        states = (facts.target.state, facts.target.state_with_ca)
        assert states == (ReachState.UNTRUSTED, ReachState.OK), name


_LABELS, _CLEARED = "s/rack=7/rack=8/", 's/"labels"/"registry-mirrors": [], &/'
_EDITS = (
    (
        f"cp -p {DOCKER_CONFIG} /keep; sed -i '{_LABELS}' {DOCKER_CONFIG}",
        Pending(unloaded=("labels",), possible=("shutdown-timeout",)),
    ),
    (f"sed '{_CLEARED}' /keep >{DOCKER_CONFIG}; systemctl reload docker", Pending()),
    (f"mv /keep {DOCKER_CONFIG}", Pending(possible=("shutdown-timeout",))),
)
"""Somebody's edit; then what a rollback does: a file that clears the mirrors is loaded, and the
original bytes come back."""


async def test_pending_edits_are_told_from_what_a_rollback_leaves(fleet: Fleet) -> None:
    """Docker's labels tell of an edit, its memory of reloads that a file was loaded.

    The edits are more than a second apart: that is how finely files and reloads are timed.
    """
    connection = FleetConnection(fleet, "book-docker")
    for edit, expected in _EDITS:
        fleet.exec("book-docker", f"{edit}; sleep 1.1").check_returncode()
        facts = await read_host(connection, connection.host, target=None, clock=SystemClock())
        docker, file = facts.docker, facts.file(DOCKER_CONFIG)
        assert docker is not None
        assert file is not None
        assert expected == pending_keys(read_daemon_config(file, (20, 10, 24)), docker)


async def test_a_portal_is_not_taken_for_a_registry(fleet: Fleet) -> None:
    """The prefix target answers 200 with HTML beside its project."""
    target = Target(
        url=fleet.prefix_target.url,
        addressing=Addressing.PATH,
        prefix="dockerhub",
        ca_pem=fleet.prefix_target.ca_pem.read_text(),
    )
    connection = FleetConnection(fleet, next(iter(fleet.hosts)))
    facts = await read_host(connection, connection.host, target=target, clock=SystemClock())
    assert facts.target is not None
    assert ReachState.NOT_A_REGISTRY is facts.target.state_with_ca
