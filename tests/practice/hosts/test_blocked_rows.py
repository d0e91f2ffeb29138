"""What the matrix calls impossible, done by hand on practice hosts: what would have happened.

Each refused cell of the matrix is tried in every way that people try it. That the matrix refuses
these cells and no others is a part of it: a cell without a trial fails.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.practice.hosts.operator import Operator
from tests.practice.hosts.test_migration import COMMON, ONLY_TARGET, designs
from wizard.planning.plan import BlockReason
from wizard.practice.designs import CATALOGUE, CRIO
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home
from wizard.practice.host.host import PracticeHost
from wizard.practice.registry.registry import PracticeRegistry
from wizard.practice.surroundings import PROJECT

pytestmark = pytest.mark.usefixtures("warm")

DAEMON_JSON: Final = "/etc/docker/daemon.json"
DROP_IN: Final = "/etc/containers/registries.conf.d/zz-by-hand.conf"
PATH: Final = "artifactory/api/docker/hub"
BEFORE_PATHS: Final = frozenset({"docker-20-10"})
"""Hosts whose Docker does not start with a path in a mirror (facts/runtimes.md §1.1)."""
READS_HOSTS_FILES: Final = frozenset({"docker-28", "docker-29"})
"""Of those with overlay2: builds read hosts.toml, pulls do not (facts/runtimes.md §1.4)."""
REFUSED: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    **dict.fromkeys(
        ("docker-24", "docker-26-sudo", "docker-27", "docker-28", "docker-29"),
        frozenset({("prefix", "prefix_not_possible")}),
    ),
    "docker-26": frozenset({("prefix", "prefix_not_possible"), ("path", "path_before_v2")}),
    "docker-20-10": frozenset(
        {
            ("prefix", "prefix_not_possible"),
            ("path", "path_not_possible"),
            ("path", "path_before_v2"),
        }
    ),
    "docker-29-c8d": frozenset({("path", "path_before_v2")}),
    "crio-1-30": frozenset({("path", "path_before_v2")}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One host on which a person does what the product refuses."""

    fleet: PracticeFleet
    host: PracticeHost

    async def write(self, path: str, text: str) -> None:
        """Write a file as a person does."""
        folder = path.rpartition("/")[0]
        at = f'"$PILOTAGE_ROOT"{shlex.quote(path)}'
        said = f"printf '%s\\n' {shlex.quote(text)} >{at}"
        done = await self.host.run(f'mkdir -p "$PILOTAGE_ROOT"{shlex.quote(folder)} && {said}')
        assert done.status == 0, done

    async def status(self, command: str) -> int | None:
        """Return how a command ends."""
        return (await self.host.run(command)).status

    async def starts(self) -> bool:
        """Tell whether Docker starts anew; how often it was tried before does not count."""
        await self.host.run("systemctl reset-failed docker")
        return await self.status("systemctl restart docker") == 0

    async def is_bypassed(self, client: str) -> bool:
        """Tell whether pulls succeed, and what only the target has is not to be had."""
        mark = self.fleet.upstream.mark()
        common = await self.status(f"{client} pull {COMMON} && {client} rmi {COMMON}")
        from_upstream = bool(self.fleet.upstream.requests(since=mark))
        only_target = await self.status(f"{client} pull {ONLY_TARGET}")
        return (common, from_upstream, only_target != 0) == (0, True, True)


async def _prefix(trial: Trial) -> None:
    """Docker asks the host's root, or puts the project before /v2: upstream answers all of it."""
    registry, name = trial.fleet.prefix_target, trial.host.name
    await _trust(trial, registry)
    file = trial.host.root / DAEMON_JSON[1:]
    before = file.read_bytes() if file.exists() else None
    for mirror in (registry.url, f"{registry.url}/{PROJECT}"):
        await trial.write(DAEMON_JSON, json.dumps({"registry-mirrors": [mirror]}))
        started = await trial.starts()
        assert started == (mirror == registry.url or name not in BEFORE_PATHS), (name, mirror)
        if started:
            assert await trial.is_bypassed("docker"), (name, mirror)
    if name in READS_HOSTS_FILES:
        await trial.write(DAEMON_JSON, "{}")
        await trial.write(
            "/etc/docker/certs.d/docker.io/hosts.toml",
            f'[host."{registry.url}/v2/{PROJECT}"]\n'
            'capabilities = ["pull", "resolve"]\noverride_path = true',
        )
        assert await trial.starts()
        assert await trial.is_bypassed("docker"), name
    await _restored(trial, before)


async def _path(trial: Trial) -> None:
    """The daemon does not start with it, and its containers are gone with it."""
    file = trial.host.root / DAEMON_JSON[1:]
    before = file.read_bytes()
    mirrors = [f"{trial.fleet.target.url}/{PATH}"]
    await trial.write(DAEMON_JSON, json.dumps({"registry-mirrors": mirrors}))
    assert not await trial.starts()
    assert await trial.status("docker ps") != 0
    await _restored(trial, before)


async def _path_before_v2(trial: Trial) -> None:
    """Podman and CRI-O ask below /v2, where such a registry has nothing: upstream answers."""
    registry = trial.fleet.target
    host = registry.url.removeprefix("https://")
    await trial.write(
        DROP_IN,
        '[[registry]]\nprefix = "docker.io"\nlocation = "docker.io"\n'
        f'[[registry.mirror]]\nlocation = "{host}/{PATH}"',
    )
    await trial.write(
        f"/etc/containers/certs.d/{host}/ca.crt",
        trial.fleet.surroundings.target_authority.pem,
    )
    clients = ["podman"]
    if trial.host.name == CRIO.name:
        clients.append("crictl")
        assert await trial.status("systemctl reload crio") == 0
    for client in clients:
        mark = registry.mark()
        assert await trial.is_bypassed(client), (trial.host.name, client)
        asked = {request.path for request in registry.requests(since=mark)}
        assert f"/v2/{PATH}/library/hello/manifests/only-target" in asked, client


TRIALS: Final[Mapping[BlockReason, Callable[[Trial], Awaitable[None]]]] = {
    BlockReason.PREFIX_NOT_POSSIBLE: _prefix,
    BlockReason.PATH_NOT_POSSIBLE: _path,
    BlockReason.PATH_BEFORE_V2: _path_before_v2,
}


async def _trust(trial: Trial, registry: PracticeRegistry) -> None:
    host = registry.url.removeprefix("https://")
    pem = trial.fleet.surroundings.target_authority.pem
    await trial.write(f"/etc/docker/certs.d/{host}/ca.crt", pem)


async def _restored(trial: Trial, before: bytes | None) -> None:
    file = trial.host.root / DAEMON_JSON[1:]
    file.unlink()
    if before is not None:
        file.write_bytes(before)
    (trial.host.root / "etc/docker/certs.d/docker.io/hosts.toml").unlink(missing_ok=True)
    assert await trial.starts()


async def test_each_refused_cell_would_have_bypassed_the_target_or_stopped_a_daemon(
    home: Home,
) -> None:
    """The matrix names these hosts and reasons, and by hand each comes out as it says."""
    fleet_of = [*designs(*CATALOGUE), CRIO]
    async with PracticeFleet.start(fleet_of, home, FleetOptions(prefix=True)) as fleet:
        matrix = await Operator(fleet=fleet).json("matrix")
        refused = {row["host"]: _refused(row) for row in matrix["hosts"]}
        assert {name: cells for name, cells in refused.items() if cells} == REFUSED

        for name, cells in refused.items():
            for reason in sorted({reason for _addressing, reason in cells}):
                await TRIALS[BlockReason(reason)](Trial(fleet=fleet, host=fleet.hosts[name]))


def _refused(row: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    cells = [cell for cell in row["cells"] if cell["cost"] in {"names", "impossible"}]
    return frozenset(
        (cell["addressing"], block["reason"]) for cell in cells for block in cell["blocks"]
    )
