"""dockerd on a practice host: what it takes up, what it keeps running, what it pulls.

facts/runtimes.md §1. It reads the files of the host whenever the real one does: daemon.json at
start and reload, certs.d at each pull, the system's certificates once per start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from wizard.practice.designs import ContainerDesign, DockerDesign, Store
from wizard.practice.machine.daemons import StartRefused
from wizard.practice.runtimes.containers import KILLED, LOST_POWER, Container, go_time
from wizard.practice.runtimes.daemon_json import (
    Flags,
    Refused,
    check_reload,
    check_start,
    read_config,
    read_flags,
)
from wizard.practice.runtimes.docker_pulls import PullPlaces
from wizard.practice.runtimes.docker_settings import Settings, reloaded, settings_at_start
from wizard.practice.runtimes.image_store import Image, ImageStore
from wizard.practice.runtimes.pulling import Pull
from wizard.practice.runtimes.references import Reference, parse_reference
from wizard.practice.runtimes.registry_options import BadOption
from wizard.practice.runtimes.releases import release_of
from wizard.practice.runtimes.system_store import SystemPool

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine

PID_FILE: Final = "run/docker.pid"
_FEATURE: Final = "containerd-snapshotter"
_NEW_GO_SINCE: Final = (23, 0, 0)
"""From here on Go says `tls: failed to verify certificate` before x509 errors."""
_FOREVER: Final = 86_400.0
_DIGEST: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A reload that took effect: when (seconds since the epoch), and what it set."""

    at: float
    attributes: Mapping[str, str]


class DockerEngine:
    """One dockerd. `pid` is 0 while it does not run.

    Attributes:
        design: what it is.
        release: its version as numbers.
        settings: what it runs with.
        flags: how it was started.
        environment: its variables, proxies among them.
        values: file and flags together, as at its start.
        containers: by identifier, in the order in which they came.
        events: reloads since its start.
    """

    def __init__(self, machine: Machine, design: DockerDesign) -> None:
        self.machine = machine
        self.design = design
        self.release = release_of(design.version)
        self.pid = 0
        self.unit = ""
        self.settings = Settings()
        self.flags = Flags(values={})
        self.environment: Mapping[str, str] = {}
        self.values: dict[str, Any] = {}
        self.store = design.store
        self.containers: dict[str, Container] = {}
        self.events: list[Event] = []
        self._system = SystemPool(machine.root)
        self._fresh = True
        self._images = {store: ImageStore() for store in Store}
        for container in design.containers:
            self._create(container)

    @property
    def images(self) -> ImageStore:
        """Return the images of the store in use; the other one's are not seen (§1.4)."""
        return self._images[self.store]

    # ---- its life

    async def start(
        self, command: tuple[str, ...], environment: Mapping[str, str], unit: str
    ) -> None:
        """Read daemon.json and run; raises StartRefused."""
        flags = read_flags(command[1:])
        try:
            values = self._read(flags)
            check_start(values, self.release)
        except Refused as refused:
            raise StartRefused(self._about_file(flags, refused)) from refused
        merged = {**values, **flags.values}
        try:
            settings = settings_at_start(merged, self.release)
        except BadOption as error:
            raise StartRefused(f"failed to start daemon: {error}") from error
        self.flags, self.values, self.settings = flags, merged, settings
        self.environment, self.unit, self.events = environment, unit, []
        self.store = self._chosen_store()
        self._system = SystemPool(self.machine.root, environment)
        process = self.machine.processes.start(
            "dockerd", command, now=self.machine.clock.now(), environment=environment, unit=unit
        )
        self.pid = process.pid
        self.machine.file(f"/{PID_FILE}").parent.mkdir(parents=True, exist_ok=True)
        self.machine.file(f"/{PID_FILE}").write_text(str(self.pid))
        self.log('level=info msg="Loading containers: start."')
        self._bring_containers_back()
        self.log('level=info msg="API listen on /run/docker.sock"')

    async def hangup(self) -> None:
        """Reload: all that goes wrong is logged only, and the old settings stay (§1.3)."""
        file = self.flags.config_file
        words = f"Got signal to reload configuration, reloading from: {file}"
        self.log(f'level=info msg="{words}"')
        try:
            values = self._read(self.flags)
            check_reload(values, self.release)
        except Refused as refused:
            reason = str(refused)
            if not reason.startswith("file configuration"):
                reason = self._about_file(self.flags, refused)
            self._log_failure("Error reloading configuration", reason)
            return
        self.settings, problem = reloaded(self.settings, values, self.release)
        if problem:
            self._log_failure("Error reconfiguring the daemon", problem)
            return
        self.events.append(Event(at=self.machine.clock.now(), attributes=self._attributes()))
        self.log('level=info msg="Reloaded configuration"')

    async def stop(self) -> None:
        """End in good order: containers too, unless live-restore keeps them (§1.5)."""
        self.log("level=info msg=\"Processing signal 'terminated'\"")
        if not self.settings.live_restore:
            for container in self.running():
                container.end(self.machine, container.ends_with)
        self._gone()

    async def die(self) -> None:
        """Be gone at once; containers do not notice before the next start."""
        self._gone()

    async def lose_power(self) -> None:
        """Be gone with all containers."""
        for container in self.running():
            container.end(self.machine, LOST_POWER)
        self._gone()

    def _gone(self) -> None:
        self.machine.processes.end(self.pid)
        self.pid = 0
        self.machine.file(f"/{PID_FILE}").unlink(missing_ok=True)

    def _read(self, flags: Flags) -> dict[str, Any]:
        file = self.machine.file(flags.config_file)
        content = file.read_bytes() if file.is_file() else None
        return read_config(content, flags, self.release)

    def _about_file(self, flags: Flags, refused: Refused) -> str:
        return f"unable to configure the Docker daemon with file {flags.config_file}: {refused}"

    def _log_failure(self, what: str, reason: str) -> None:
        escaped = reason.replace("\\", "\\\\").replace('"', '\\"')
        if self.release < _NEW_GO_SINCE and what.startswith("Error reloading"):
            self.log(f'level=error msg="{escaped}"')
        elif self.release < _NEW_GO_SINCE:
            self.log(f'level=error msg="{what}: {escaped}"')
        else:
            self.log(f'level=error msg="{what}" error="{escaped}"')

    def log(self, line: str) -> None:
        """Write a line into the journal of its unit."""
        stamp = go_time(self.machine.clock.now())
        self.machine.journal.write(
            self.unit or "docker.service", f'time="{stamp}" {line}', program="dockerd", pid=self.pid
        )

    def _chosen_store(self) -> Store:
        """Return the image store: what the file says, else what the installation has (§1.4)."""
        told = self.settings.features.get(_FEATURE)
        if self.values.get("userns-remap"):
            return Store.GRAPH_DRIVER
        if told is None:
            return self.design.store
        return Store.CONTAINERD if told else Store.GRAPH_DRIVER

    def _attributes(self) -> dict[str, str]:
        def listed(values: tuple[str, ...]) -> str:
            return "[" + ",".join(f'"{value}"' for value in values) + "]"

        return {
            "debug": str(self.settings.debug).lower(),
            "insecure-registries": listed(self.settings.written_insecure),
            "labels": listed(self.settings.labels),
            "live-restore": str(self.settings.live_restore).lower(),
            "max-concurrent-downloads": str(self.settings.concurrent_downloads),
            "name": self.machine.name,
            "registry-mirrors": listed(self.settings.written_mirrors),
        }

    # ---- containers

    def running(self) -> tuple[Container, ...]:
        """Return the containers that run."""
        return tuple(one for one in self.containers.values() if one.running)

    def find(self, text: str) -> Container | None:
        """Return a container by its name or the beginning of its identifier."""
        for container in self.containers.values():
            if container.name == text.lstrip("/") or (text and container.id.startswith(text)):
                return container
        return None

    def create(self, container: Container) -> None:
        """Keep a new container; it does not run yet."""
        container.created_at = go_time(self.machine.clock.now())
        self.containers[container.id] = container

    def _create(self, design: ContainerDesign) -> None:
        container = Container(
            id=self.new_id(),
            name=design.name,
            image=design.image,
            image_id=self.new_digest(),
            restart=design.restart,
            ends_with=design.exit_code,
        )
        self.containers[container.id] = container

    def new_id(self) -> str:
        """Return an identifier of 64 hexadecimal digits."""
        return f"{self.machine.chance.getrandbits(_DIGEST):064x}"

    def new_digest(self) -> str:
        """Return a digest of nothing that exists anywhere."""
        return f"sha256:{self.new_id()}"

    def _bring_containers_back(self) -> None:
        if self._fresh:
            for container in self.containers.values():
                reference = parse_reference(container.image)
                self.images.add(Image(reference=reference, digest="", image_id=container.image_id))
        for container in self.containers.values():
            if container.running and not self.settings.live_restore:
                container.end(self.machine, KILLED)
            if not container.running and (container.comes_back() or self._fresh):
                container.run(self.machine)
        self._fresh = False

    # ---- images

    async def pull(self, reference: Reference, credentials: str) -> Image:
        """Fetch an image by real requests; raises PullFailed."""
        if self.machine.pull_hangs:
            await asyncio.sleep(_FOREVER)
        containerd_store = self.store is Store.CONTAINERD
        places = PullPlaces(
            root=self.machine.root,
            release=self.release,
            containerd_store=containerd_store,
            settings=self.settings,
            system=self._system.certificates(),
            credentials=credentials,
            resolve=self.machine.network.resolve,
            log=self.log,
        )
        pull = Pull(
            network=self.machine.network,
            host=self.machine.name,
            reference=reference,
            endpoints=places.of(reference.domain),
            log=self.log,
            known=self.images.layers(),
            old_words=self.release < _NEW_GO_SINCE,
        )
        if containerd_store:
            image = await pull.by_resolver()
            # That store counts images by what their names lead to.
            image = replace(image, image_id=image.digest)
        else:
            image = await pull.classic()
        self.images.add(image)
        return image
