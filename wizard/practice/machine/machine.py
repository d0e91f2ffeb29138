"""One practice host without its shell: processes, services, programs, boots and faults.

A `Machine` is all that is simulated of a host. The host layer gives it a directory as root, hands
it the calls of programs and starts shell scripts for it; runtimes put their programs and daemons
into it (`wizard.practice.runtimes.equipment.equip`). What it keeps in files, it keeps below
`root`; a host that is not asked anything costs no task and no thread.

    machine = Machine(name="web1", root=root, network=network, spawn=spawn)
    equip(machine, design)
    await machine.boot()
    reply = await machine.call(Call(program="docker", arguments=("ps", "-q")))
    await machine.power_off()
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from wizard.clock import Clock, SystemClock
from wizard.practice.machine.calls import Call, Program, Reply
from wizard.practice.machine.daemons import Daemon
from wizard.practice.machine.journal import Journal
from wizard.practice.machine.journalctl import Journalctl
from wizard.practice.machine.network import Network
from wizard.practice.machine.processes import ProcessTable
from wizard.practice.machine.systemctl import Systemctl
from wizard.practice.machine.systemd import Systemd
from wizard.practice.machine.transient import TransientUnits
from wizard.practice.machine.update_ca_certificates import UpdateCaCertificates

Result = TypeVar("Result")
_NOT_FOUND: Final = 127
_VOLATILE: Final = ("run/docker.pid",)


class Spawned(Protocol):
    """A real process of this machine; `asyncio.subprocess.Process` is one."""

    @property
    def pid(self) -> int:
        """Return its number."""
        ...

    async def wait(self) -> int:
        """Return its exit status once it has ended."""
        ...

    def kill(self) -> None:
        """End it, and what it started, at once; raises ProcessLookupError when it is gone."""
        ...


Spawn = Callable[[Sequence[str]], Awaitable[Spawned]]
"""Start a command line in the host's environment, in a session of its own, without a terminal."""
Hook = Callable[[str], Awaitable[None]]
"""What a fault does when something happened to the unit of that name."""


class Machine:
    """The simulated part of one host.

    Attributes:
        name: the host's name; requests to registries carry it as `X-Practice-Host`.
        root: the directory that is `/` of the host.
        up: False from the moment that the host goes down until it has booted.
        programs: what answers under each program's name.
        daemons: what a service can run as its main process, by the program's name (`dockerd`).
        processes: the process table in `ROOT/proc`.
        journal: what was logged.
        systemd: the services.
        network: the way to registries.
        clock: time; waits of systemd go through it.
        chance: the host's own source of identifiers, the same for the same seed.
        stays_down: fault: units whose daemon does not come up (`docker.service`).
        ignores_reload: fault: units that take a reload and change nothing.
        slow: fault: seconds that every program takes longer.
        pull_hangs: fault: pulls never come to an end.
        on_reload: called after each reload of a unit, whatever came of it.
        failures: what background work ended with that should not have failed at all.
        on_start: called after each successful start of a unit.
        on_power_off: called when the host goes down: its shells end, its connections drop.
    """

    def __init__(
        self,
        *,
        name: str,
        root: Path,
        network: Network,
        spawn: Spawn,
        clock: Clock | None = None,
        seed: int = 0,
    ) -> None:
        self.name = name
        self.root = root
        self.network = network
        self.spawn = spawn
        self.clock: Clock = clock or SystemClock()
        self.chance = random.Random(f"{seed}/{name}")  # noqa: S311  # names of a practice host
        self.up = False
        self.programs: dict[str, Program] = {}
        self.daemons: dict[str, Daemon] = {}
        self.processes = ProcessTable(root)
        self.journal = Journal(self.clock.now)
        self.systemd = Systemd(self)
        self.transient = TransientUnits(self)
        self.programs |= {
            "systemctl": Systemctl(self),
            "systemd-run": self.transient.run,
            "journalctl": Journalctl(self),
            "update-ca-certificates": UpdateCaCertificates(self),
            "kill": self._kill,
            "reboot": self._reboot,
        }
        self.stays_down: set[str] = set()
        self.ignores_reload: set[str] = set()
        self.slow = 0.0
        self.pull_hangs = False
        self.on_reload: list[Hook] = []
        self.on_start: list[Hook] = []
        self.on_power_off: list[Callable[[], Awaitable[None]]] = []
        self.failures: list[BaseException] = []
        self._chores: set[asyncio.Task[Any]] = set()
        self._rebooting: asyncio.Task[None] | None = None

    async def call(self, call: Call) -> Reply:
        """Return what a program of the host answers; one that is not there ends with 127."""
        if self.slow:
            await self.clock.sleep(self.slow)
        program = self.programs.get(call.program)
        if program is None:
            return Reply(status=_NOT_FOUND, errors=f"sh: 1: {call.program}: not found\n")
        return await program(call)

    async def boot(self) -> None:
        """Boot: a new boot id, units that take unconfirmed runs back first, then the daemons."""
        boot_id = uuid.UUID(int=self.chance.getrandbits(128), version=4)
        self.processes.boot(str(boot_id), self.clock.now())
        await self.transient.boot()
        await self.systemd.boot()
        self.up = True

    async def reboot(self) -> None:
        """End everything as at a reset, then boot."""
        await self.power_off()
        await self.boot()

    async def power_off(self) -> None:
        """End every daemon, chore and script that the host started."""
        self.up = False
        if self._rebooting and self._rebooting is not asyncio.current_task():
            self._rebooting.cancel()
        self.transient.end()
        for end in tuple(self.on_power_off):
            await end()
        chores = tuple(self._chores)
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await self.systemd.halt()
        self.processes.clear()
        for path in _VOLATILE:
            (self.root / path).unlink(missing_ok=True)

    def reboot_soon(self) -> None:
        """Reboot in the background, as `systemctl reboot` does."""
        self._rebooting = asyncio.get_running_loop().create_task(self.reboot())

    def background(self, work: Coroutine[None, None, Result]) -> asyncio.Task[Result]:
        """Go on with `work` until it is done or the host goes down, whoever waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._done)
        return task

    async def settle(self) -> None:
        """Wait for a reboot that was asked for, and for all that goes on in the background."""
        if self._rebooting:
            await asyncio.wait([self._rebooting])
        while self._chores:
            await asyncio.wait(tuple(self._chores))

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._chores.discard(task)
        error = None if task.cancelled() else task.exception()
        if error:
            self.failures.append(error)

    async def signal(self, pid: int, name: str) -> bool:
        """Send `HUP`, `TERM`, `KILL` … to a simulated process; False when there is none."""
        process = self.processes.process(pid)
        if process is None:
            return False
        for daemon in tuple(self.daemons.values()):
            if daemon.pid == pid:
                await self.systemd.daemon_signalled(daemon, name)
                return True
        if name in {"TERM", "KILL"}:
            self.processes.end(pid)
        return True

    async def _kill(self, call: Call) -> Reply:
        name, *pids = (word.removeprefix("-s").lstrip("-") for word in call.arguments)
        if call.arguments[:1] == ("-s",):
            name, *pids = pids
        if not pids:
            name, pids = "TERM", [name]
        gone = [
            pid for pid in pids if not await self.signal(int(pid), name.removeprefix("SIG").upper())
        ]
        errors = "".join(f"kill: sending signal to {pid} failed: No such process\n" for pid in gone)
        return Reply(status=1 if gone else 0, errors=errors)

    async def _reboot(self, call: Call) -> Reply:  # noqa: ARG002  # a program takes its call
        self.reboot_soon()
        return Reply()

    def file(self, path: str) -> Path:
        """Return where a file of the host lies on this machine; `path` is absolute there.

        A path that has the root before it already, as host scripts give them, is taken as it is.
        """
        return Path(path) if path.startswith(f"{self.root}/") else self.root / path.lstrip("/")

    def on_host(self, path: str) -> str:
        """Return a path as the host sees it: without the root before it."""
        return path.removeprefix(str(self.root)) or "/"
