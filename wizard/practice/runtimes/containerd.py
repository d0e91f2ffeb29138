"""containerd on a practice host, with its CRI plugin (facts/runtimes.md §2).

It reads its files when it starts, hosts.toml at each pull, the system's certificates once per
start. What runs outlives it: shims are processes of their own (§2.5).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from wizard.practice.designs import ContainerdDesign, asset
from wizard.practice.machine.daemons import StartRefused
from wizard.practice.machine.network import Trust
from wizard.practice.runtimes.command_line import UnknownOption, read_arguments
from wizard.practice.runtimes.containerd_config import (
    DEFAULT_FILE,
    Configuration,
    default_tree,
    load,
)
from wizard.practice.runtimes.containerd_plugins import SECOND, BadConfig
from wizard.practice.runtimes.containers import go_time
from wizard.practice.runtimes.conversation import PullFailed
from wizard.practice.runtimes.cri_places import CRIPlaces, cri_problem
from wizard.practice.runtimes.endpoints import Endpoint, upstream_of
from wizard.practice.runtimes.image_store import Image, ImageStore
from wizard.practice.runtimes.pulling import Pull
from wizard.practice.runtimes.references import Reference, parse_reference
from wizard.practice.runtimes.releases import release_of
from wizard.practice.runtimes.system_store import SystemPool, system_store

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine

SOCKET: Final = "/run/containerd/containerd.sock"
CRI_NAMESPACE: Final = "k8s.io"
_OLD_WORDS_UNTIL: Final = (1, 7, 0)
_FOREVER: Final = 86_400.0
_FLAGS: Final = ("-c", "--config", "--root", "--state", "-a", "--address", "-l", "--log-level")
_PLUGINS: Final = (
    ((2, 3, 0), "2.3.7"),
    ((2, 2, 0), "2.2.9"),
    ((2, 0, 0), "2.1.9"),
    ((1, 7, 0), "1.7.24"),
    ((1, 6, 0), "1.6.20"),
    ((1, 5, 0), "1.5.8"),
)


class CRIState(Enum):
    """Whether the CRI service is there."""

    OK = "ok"
    ERROR = "error"
    DISABLED = "disabled"


@dataclass(slots=True, kw_only=True)
class Task:
    """A container of CRI that runs, and its sandbox where it has one."""

    id: str
    name: str
    image: str
    pid: int
    started_at: float
    sandbox: str = ""
    namespace: str = CRI_NAMESPACE


class Containerd:
    """One containerd. `pid` is 0 while it does not run.

    Attributes:
        config: what it runs with.
        cri: whether CRI answers.
        images: those of CRI's namespace.
        tasks: by identifier.
        socket: where it listens.
    """

    name = "containerd"
    socket = SOCKET

    def __init__(self, machine: Machine, design: ContainerdDesign) -> None:
        self.machine = machine
        self.design = design
        self.version = design.version
        self.release = release_of(design.version)
        self.pid = 0
        self.unit = ""
        self.config = Configuration(tree=default_tree(self.release), release=self.release)
        self.cri = CRIState.DISABLED
        self.images = ImageStore()
        self.tasks: dict[str, Task] = {}
        self._system = SystemPool(machine.root)
        self._start_workload = bool(design.containers)

    # ---- its life

    async def start(
        self, command: tuple[str, ...], environment: Mapping[str, str], unit: str
    ) -> None:
        """Read config.toml and run; raises StartRefused."""
        try:
            given = read_arguments(command[1:], valued=_FLAGS)
            file = given.last("-c", "--config") or DEFAULT_FILE
            config = load(self.machine.root, file, self.release)
        except (BadConfig, UnknownOption) as error:
            raise StartRefused(f"containerd: {error}") from error
        self.config, self.unit = config, unit
        self._system = SystemPool(self.machine.root, environment)
        process = self.machine.processes.start(
            "containerd", command, now=self.machine.clock.now(), environment=environment, unit=unit
        )
        self.pid = process.pid
        for warning in config.warnings:
            self.log(f'level=warning msg="{warning}"')
        self._load_cri()
        self.log('level=info msg="containerd successfully booted"')
        if self._start_workload:
            self._start_workload = False
            self._run_design()

    def _load_cri(self) -> None:
        problem = cri_problem(self.config)
        if self.config.cri_disabled:
            self.cri = CRIState.DISABLED
        elif problem:
            self.cri = CRIState.ERROR
            plugin = "cri.v1.images" if self.release >= SECOND else "grpc.v1.cri"
            self.log(
                f'level=warning msg="failed to load plugin" error="{problem}" '
                f"id=io.containerd.{plugin}"
            )
        else:
            self.cri = CRIState.OK

    async def hangup(self) -> None:
        """Take no notice: containerd has no reload (§2.2)."""

    async def stop(self) -> None:
        """End; what it runs runs on (§2.5)."""
        self._gone()

    async def die(self) -> None:
        """Be gone at once; what it runs runs on."""
        self._gone()

    async def lose_power(self) -> None:
        """Be gone with all tasks; the kubelet has them run again after the boot."""
        self.tasks.clear()
        self._start_workload = bool(self.design.containers)
        self._gone()

    def _gone(self) -> None:
        self.machine.processes.end(self.pid)
        self.pid = 0

    def log(self, line: str) -> None:
        """Write a line into the journal of its unit."""
        stamp = go_time(self.machine.clock.now())
        unit = self.unit or "containerd.service"
        self.machine.journal.write(
            unit, f'time="{stamp}" {line}', program="containerd", pid=self.pid
        )

    # ---- what runs

    def _run_design(self) -> None:
        for container in self.design.containers:
            reference = parse_reference(container.image)
            if self.images.find(str(reference), reference) is None:
                image_id = f"sha256:{self._random_id()}"
                self.images.add(Image(reference=reference, digest="", image_id=image_id))
            sandbox = self.run("pause", str(self.config.cri.get("sandbox_image", "pause"))).id
            self.run(container.name, str(reference), sandbox=sandbox)

    def run(
        self, name: str, image: str, *, sandbox: str = "", namespace: str = CRI_NAMESPACE
    ) -> Task:
        """Let a task run from now on; one without sandbox is known by its name to nobody."""
        now = self.machine.clock.now()
        process = self.machine.processes.start(name[:15], (name,), now=now, apart="pid")
        task = Task(
            id=self._random_id(),
            name=name,
            image=image,
            pid=process.pid,
            started_at=now,
            sandbox=sandbox,
            namespace=namespace,
        )
        self.tasks[task.id] = task
        return task

    def end(self, task: Task) -> None:
        """Let a task have ended."""
        self.machine.processes.end(task.pid)
        self.tasks.pop(task.id, None)

    def _random_id(self) -> str:
        return f"{self.machine.chance.getrandbits(256):064x}"

    # ---- plugins and images

    def plugins(self) -> str:
        """Return what `ctr plugins ls` prints."""
        version = next(name for since, name in _PLUGINS if self.release >= since)
        shown = []
        for line in asset(f"plugins-{version}.txt").decode().splitlines():
            kind, name, *_rest = line.split()
            service = (kind, name) == ("io.containerd.grpc.v1", "cri")
            images = (kind, name) == ("io.containerd.cri.v1", "images")
            if service and self.cri is CRIState.DISABLED:
                continue
            broken = self.cri is CRIState.ERROR and (service or images)
            shown.append(line.replace(" ok ", " error ") if broken else line)
        return "\n".join(shown) + "\n"

    def cri_info(self) -> dict[str, Any]:
        """Return what `crictl info` tells of its configuration."""
        told: dict[str, Any] = {"containerdRootDir": "/var/lib/containerd"}
        if self.release < SECOND:
            # 2.x moved both into another plugin, and tells them no more (§2.4).
            registry = self.config.registry
            told["registry"] = {
                "configPath": registry.get("config_path", ""),
                "mirrors": registry.get("mirrors") or None,
                "configs": registry.get("configs") or None,
            }
            told["sandboxImage"] = self.config.cri.get("sandbox_image", "")
        return told

    async def pull(self, reference: Reference) -> Image:
        """Fetch an image as CRI does; raises PullFailed."""
        places = CRIPlaces(
            root=self.machine.root,
            config=self.config,
            system=self._system.certificates(),
            log=self.log,
        )
        image = await self._fetch(reference, places.of(reference.domain))
        self.images.add(image)
        return image

    async def pull_plainly(
        self, reference: Reference, endpoints: tuple[Endpoint, ...] = ()
    ) -> Image:
        """Fetch an image as `ctr` does, which knows nothing of CRI's settings (§2.4)."""
        trust = Trust(authorities=(system_store(self.machine.root),))
        upstream = Endpoint(base=f"https://{upstream_of(reference.domain)}/v2", trust=trust)
        return await self._fetch(reference, endpoints or (upstream,))

    async def _fetch(self, reference: Reference, endpoints: tuple[Endpoint, ...]) -> Image:
        if self.machine.pull_hangs:
            await asyncio.sleep(_FOREVER)
        pull = Pull(
            network=self.machine.network,
            host=self.machine.name,
            reference=reference,
            endpoints=endpoints,
            log=self.log,
            known=self.images.layers(),
            old_words=self.release < _OLD_WORDS_UNTIL,
        )
        try:
            return await pull.by_resolver()
        except PullFailed as error:
            what = f'failed to pull and unpack image "{reference}": '
            if not error.what.startswith("unexpected media type"):
                what += f'failed to resolve reference "{reference}": '
            raise PullFailed(
                what + error.what, weight=error.weight, status=error.status, code=error.code
            ) from error
