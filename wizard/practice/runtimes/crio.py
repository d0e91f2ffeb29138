"""CRI-O on a practice host, as far as the facts go (facts/runtimes.md §3).

It keeps what registries.conf said at its start or at its last reload that succeeded, and tells
what became of a reload in its journal only. No real one holds it to that: Debian has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wizard.practice.designs import CRIODesign
from wizard.practice.machine.calls import Call, Reply
from wizard.practice.machine.daemons import StartRefused
from wizard.practice.runtimes.command_line import UnknownOption, failure, read_arguments
from wizard.practice.runtimes.containerd import CRIState, Task
from wizard.practice.runtimes.containers import go_time
from wizard.practice.runtimes.conversation import PullFailed
from wizard.practice.runtimes.image_store import Image, ImageStore
from wizard.practice.runtimes.pulling import Pull
from wizard.practice.runtimes.references import Reference, parse_reference
from wizard.practice.runtimes.registries_conf import endpoints_at, places_of, read_registries
from wizard.practice.runtimes.system_store import SystemPool

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine

SOCKET: Final = "/var/run/crio/crio.sock"
_SOURCES: Final = "/etc/containers/registries.conf, /etc/containers/registries.conf.d"


class CRIO:
    """One CRI-O. `pid` is 0 while it does not run.

    Attributes:
        cri: it serves nothing but CRI.
        images, tasks: as in `Containerd`.
    """

    name = "cri-o"
    socket = SOCKET
    cri = CRIState.OK

    def __init__(self, machine: Machine, design: CRIODesign) -> None:
        self.machine = machine
        self.version = design.version
        self.pid = 0
        self.images = ImageStore()
        self.tasks: dict[str, Task] = {}
        self._design = design
        self._unit = ""
        self._registries: dict[str, Mapping[str, Any]] = {}
        self._pool = SystemPool(machine.root)

    # ---- its life

    async def start(
        self, command: tuple[str, ...], environment: Mapping[str, str], unit: str
    ) -> None:
        """Read registries.conf and run; raises StartRefused."""
        try:
            self._registries = self._read()
        except PullFailed as error:
            raise StartRefused(f"crio: {error.what}") from error
        self._unit, self._pool = unit, SystemPool(self.machine.root, environment)
        now = self.machine.clock.now()
        self.pid = self.machine.processes.start(
            "crio", command, now=now, environment=environment, unit=unit
        ).pid
        self._log("info", "Registered SIGHUP reload watcher")
        if not self.tasks:
            for container in self._design.containers:
                self._run(container.name, container.image)

    async def hangup(self) -> None:
        """Take up registries.conf, or keep what it had; the journal tells which (§3.3)."""
        self._log("info", "Reloading configuration")
        try:
            self._registries = self._read()
        except PullFailed as error:
            why = f"system registries reload failed: {_SOURCES}: {error.what}"
            self._log("error", f"Unable to reload configuration: {why}")
            return
        self._log("info", f"Applied new registry configuration: {_told(self._registries)}")
        self._log("info", "Configuration reload completed")

    async def stop(self) -> None:
        """End; what it runs runs on, each under a monitor of its own."""
        self._gone()

    async def die(self) -> None:
        """Be gone at once; what it runs runs on."""
        self._gone()

    async def lose_power(self) -> None:
        """Be gone with all that runs."""
        self.tasks.clear()
        self._gone()

    def _gone(self) -> None:
        self.machine.processes.end(self.pid)
        self.pid = 0

    def _read(self) -> dict[str, Mapping[str, Any]]:
        return read_registries(self.machine.root, self._home)

    @property
    def _home(self) -> Path:
        """Return the home of root, which a service takes that has no HOME."""
        return self.machine.file("/root")

    def _log(self, level: str, message: str) -> None:
        stamp = go_time(self.machine.clock.now())
        line = f'time="{stamp}" level={level} msg="{message}"'
        self.machine.journal.write(self._unit, line, program="crio", pid=self.pid)

    def _run(self, name: str, image: str) -> None:
        now = self.machine.clock.now()
        process = self.machine.processes.start(name[:15], (name,), now=now, apart="pid")
        task = Task(
            id=f"{self.machine.chance.getrandbits(256):064x}",
            name=name,
            image=str(parse_reference(image)),
            pid=process.pid,
            started_at=now,
            sandbox=f"{self.machine.chance.getrandbits(256):064x}",
        )
        self.tasks[task.id] = task

    # ---- images and words

    async def pull(self, reference: Reference) -> Image:
        """Fetch an image by the registries that it has taken up; raises PullFailed."""
        root = self.machine.root
        places = places_of(reference, self._registries)

        def log(line: str) -> None:
            self._log("info", line)

        pull = Pull(
            network=self.machine.network,
            host=self.machine.name,
            reference=reference,
            endpoints=endpoints_at(places, reference, root, self._pool.certificates(), log),
            log=log,
            known=self.images.layers(),
        )
        image = await pull.classic()
        self.images.add(image)
        return image

    def cri_info(self) -> dict[str, Any]:
        """Return what `crictl info` tells of its configuration: nothing."""
        return {}

    async def __call__(self, call: Call) -> Reply:
        """Answer a call of the program `crio`."""
        try:
            given = read_arguments(
                call.arguments, valued=("--socket", "-s"), switches=("--version",)
            )
        except UnknownOption as error:
            return failure(f"flag provided but not defined: {error}")
        if given.has("--version"):
            return Reply(output=f"crio version {self.version}\nVersion:        {self.version}\n")
        if list(given.words) != ["status", "config"]:
            return failure(f"No help topic for '{' '.join(given.words)}'")
        if not self.pid:
            return failure(f'Get "http://{SOCKET}/config": connect: no such file or directory')
        return Reply(output=_SETTINGS)


_SETTINGS: Final = f"""\
[crio]
  [crio.api]
    listen = "{SOCKET}"
  [crio.image]
    auto_reload_registries = false
    global_auth_file = ""
    signature_policy = ""
  [crio.runtime]
    log_filter = ""
    log_level = "info"
"""


def _told(registries: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the tables as Go prints them."""
    tables = " ".join(
        f"{{Prefix:{prefix} Endpoint:{_endpoint(table, prefix)} Mirrors:"
        f"[{' '.join(_endpoint(mirror) for mirror in table.get('mirror', ()))}]"
        " Blocked:false MirrorByDigestOnly:false}"
        for prefix, table in sorted(registries.items())
    )
    return f"&{{Registries:[{tables}] UnqualifiedSearchRegistries:[]}}"


def _endpoint(table: Mapping[str, Any], prefix: str = "") -> str:
    insecure = str(table.get("insecure") is True).lower()
    return f"{{Location:{table.get('location') or prefix} Insecure:{insecure} PullFromMirror:}}"
