"""A machine with runtimes, a target and an upstream: real HTTPS, waits that only move the clock."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wizard.clock import SystemClock
from wizard.practice.certificates import Authority
from wizard.practice.designs import CATALOGUE, HostDesign
from wizard.practice.machine.calls import Call, Reply
from wizard.practice.machine.machine import Machine
from wizard.practice.machine.network import Network
from wizard.practice.registry.faces import Face
from wizard.practice.registry.images import HELLO, SHARED_TAGS, TARGET_TAGS, build_image
from wizard.practice.registry.registry import PracticeRegistry, RegistryDesign
from wizard.practice.runtimes.containerd import Containerd
from wizard.practice.runtimes.docker_engine import DockerEngine
from wizard.practice.runtimes.equipment import Equipment, equip

SYSTEM_STORE = "/etc/ssl/certs/ca-certificates.crt"
DAEMON_JSON = "/etc/docker/daemon.json"
CONFIG_TOML = "/etc/containerd/config.toml"
ONLY_TARGET = "hello:only-target"
HUB_NAMES = ("registry-1.docker.io", "auth.docker.io", "docker.io")


class QuickClock(SystemClock):
    """The machine's time, except that a wait takes none and moves the clock on."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return seconds since the epoch, waits included."""
        return time.time() + self._ahead

    def monotonic(self) -> float:
        """Return seconds that never go back, waits included."""
        return time.monotonic() + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Be later by `seconds`."""
        self._ahead += seconds
        await asyncio.sleep(0)


@dataclass(slots=True, kw_only=True)
class PracticeMachine:
    """A machine and its runtimes, with words to handle them."""

    machine: Machine
    equipment: Equipment

    @property
    def docker(self) -> DockerEngine:
        """Return its Docker Engine."""
        assert self.equipment.docker is not None
        return self.equipment.docker

    @property
    def containerd(self) -> Containerd:
        """Return its containerd."""
        assert self.equipment.containerd is not None
        return self.equipment.containerd

    async def run(self, *words: str, given: bytes = b"", **environment: str) -> Reply:
        """Call a program as root does."""
        return await self.machine.call(
            Call(
                program=words[0],
                arguments=words[1:],
                environment={"HOME": "/root", **environment},
                given=given,
            )
        )

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file of the host."""
        place = self.machine.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)

    async def mirrors(self) -> str:
        """Return the mirrors in use, as `docker info` tells them."""
        reply = await self.run("docker", "info", "-f", "{{json .RegistryConfig.Mirrors}}")
        return reply.output.strip()

    def journal(self, unit: str = "docker.service") -> str:
        """Return all that a unit logged."""
        return "\n".join(self.machine.journal.messages(unit))


@dataclass(slots=True, kw_only=True)
class Stage:
    """Registries of a test, and the machines that it builds.

    Attributes:
        target: has `hello:only-target`, which nobody else has; its CA is nobody's but ours.
        upstream: stands for Docker Hub; its CA is in every system store.
        company_ca: the target's CA, PEM.
        hub_ca: the upstream's CA, PEM.
    """

    folder: Path
    network: Network
    target: PracticeRegistry
    upstream: PracticeRegistry
    company_ca: str
    hub_ca: str
    machines: list[Machine] = field(default_factory=list)

    async def machine(
        self, design: HostDesign | str, files: dict[str, str | bytes] | None = None
    ) -> PracticeMachine:
        """Return a booted machine; `files` come after those of its design."""
        design = CATALOGUE[design] if isinstance(design, str) else design
        root = self.folder / f"{design.name}-{len(self.machines)}"
        root.mkdir()
        machine = Machine(
            name=design.name, root=root, network=self.network, spawn=_spawn, clock=QuickClock()
        )
        found = PracticeMachine(machine=machine, equipment=equip(machine, design))
        self.machines.append(machine)
        for path, content in ({SYSTEM_STORE: self.hub_ca} | design.files() | (files or {})).items():
            found.write(path, content)
        await machine.boot()
        return found

    @property
    def mirror(self) -> str:
        """Return the target's URL."""
        return self.target.url

    @property
    def authority(self) -> str:
        """Return the target's `host:port`."""
        return f"localhost:{self.target.port}"

    def asked(self, registry: PracticeRegistry, mark: int = 0) -> list[str]:
        """Return the paths that were asked of a registry for manifests by tag, each once."""
        paths = [request.path for request in registry.requests(mark)]
        return list(dict.fromkeys(path for path in paths if "/manifests/" in path))


async def _spawn(command: Sequence[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@asynccontextmanager
async def staged(folder: Path, design: RegistryDesign | None = None) -> AsyncIterator[Stage]:
    """Yield a stage whose target is of `design`; all machines are off afterwards."""
    clock = SystemClock()
    company, hub = Authority("company", clock=clock), Authority("hub", clock=clock)
    own = company.issue(folder, "target")
    theirs = hub.issue(folder, "upstream", names=(*HUB_NAMES, "localhost"))
    async with AsyncExitStack() as stack:
        target = await stack.enter_async_context(PracticeRegistry(design or RegistryDesign(), own))
        upstream = await stack.enter_async_context(
            PracticeRegistry(RegistryDesign(face=Face.UPSTREAM), theirs)
        )
        for tag in TARGET_TAGS:
            target.add_image(HELLO, tag, build_image(f"hello {tag}"))
        for tag in (*SHARED_TAGS, "only-upstream"):
            upstream.add_image(HELLO, tag, build_image(f"hello {tag}"))
        names = dict.fromkeys(HUB_NAMES, ("127.0.0.1", upstream.port))
        names[f"localhost:{target.port}"] = ("127.0.0.1", target.port)
        stage = Stage(
            folder=folder,
            network=Network(names=names),
            target=target,
            upstream=upstream,
            company_ca=company.pem,
            hub_ca=hub.pem,
        )
        try:
            yield stage
        finally:
            for machine in stage.machines:
                await machine.power_off()
                assert machine.failures == []
