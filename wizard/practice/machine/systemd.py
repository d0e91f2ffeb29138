"""The service manager of a practice host: services, their starts, limits and restarts.

The rules are those of systemd for the units that Docker and containerd ship
(facts/runtimes.md §1.5): a start that fails is tried again after RestartSec until
StartLimitBurst is reached, and from then on only `reset-failed` helps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Final

from wizard.practice.machine.daemons import Daemon, StartRefused
from wizard.practice.machine.units import UnitFile, command_line, load_unit, unit_names, variables

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine

_SOCKET: Final = ".socket"


class State(Enum):
    """ActiveState and SubState of a unit."""

    DEAD = ("inactive", "dead")
    STARTING = ("activating", "start")
    WAITING = ("activating", "auto-restart")
    RUNNING = ("active", "running")
    LISTENING = ("active", "listening")
    STOPPING = ("deactivating", "stop-sigterm")
    FAILED = ("failed", "failed")


class Outcome(Enum):
    """How a job ended, by systemd's name of the result."""

    DONE = "success"
    EXIT_CODE = "exit-code"
    SIGNAL = "signal"
    START_LIMIT = "start-limit-hit"


@dataclass(slots=True, kw_only=True, eq=False)
class Service:
    """A unit as systemd holds it in memory."""

    file: UnitFile
    state: State = State.DEAD
    result: Outcome = Outcome.DONE
    restarts: int = 0
    starts: list[float] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        """Return the name with its suffix."""
        return self.file.name

    def become(self, state: State) -> None:
        """Change the state and wake who waits for that."""
        self.state = state
        self.changed.set()
        self.changed = asyncio.Event()


class Systemd:
    """Units of one host and what runs of them."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._services: dict[str, Service] = {}

    def services(self) -> tuple[Service, ...]:
        """Return all services and sockets that are loaded."""
        return tuple(self._services.values())

    def service(self, name: str) -> Service | None:
        """Return a loaded unit; a name without suffix is that of a service."""
        return self._services.get(name if "." in name else f"{name}.service")

    def daemon(self, service: Service) -> Daemon | None:
        """Return what a service runs as its main process."""
        command = service.file.command
        return self._machine.daemons.get(command[0].rpartition("/")[2]) if command else None

    def main_pid(self, service: Service) -> int:
        """Return the number of the main process, 0 for none."""
        daemon = self.daemon(service)
        return daemon.pid if daemon else 0

    def daemon_reload(self) -> None:
        """Read all unit files anew; what runs goes on as it was started."""
        names = set()
        for name in unit_names(self._machine.root):
            file = load_unit(self._machine.root, name)
            if file is None:
                continue
            names.add(name)
            if name in self._services:
                self._services[name].file = file
            else:
                self._services[name] = Service(file=file)
        for name in set(self._services) - names:
            if self._services[name].state in {State.DEAD, State.FAILED}:
                del self._services[name]

    async def boot(self) -> None:
        """Load the units, and start sockets and daemons in the order that they want."""
        self._services.clear()
        self.daemon_reload()
        for service in self.services():
            if service.name.endswith(_SOCKET) and not service.file.masked:
                service.become(State.LISTENING)
        wanted = [
            service
            for service in self.services()
            if self.daemon(service) and service.file.all("Install", "WantedBy")
        ]
        for name in _in_order(wanted):
            await self.start(self._services[name])

    async def halt(self) -> None:
        """End every daemon as a loss of power does."""
        for service in self.services():
            daemon = self.daemon(service)
            if daemon and daemon.pid:
                await daemon.lose_power()
            service.become(State.DEAD)

    async def start(self, service: Service) -> Outcome:
        """Start a unit that does not run, what it requires before it."""
        for name in service.file.words("Unit", "Requires") + service.file.words("Unit", "Wants"):
            other = self.service(name)
            if other is None or other.state in {State.RUNNING, State.LISTENING}:
                continue
            if other.name.endswith(_SOCKET):
                other.become(State.LISTENING)
            elif self.daemon(other):
                await self.start(other)
        async with service.lock:
            if service.state in {State.RUNNING, State.LISTENING}:
                return Outcome.DONE
            if self.daemon(service) is None:
                service.become(State.LISTENING)
                return Outcome.DONE
            service.restarts = 0
            return await self._start(service)

    async def stop(self, service: Service) -> None:
        """Stop a unit, and first those that cannot be without it."""
        for other in self._bound_to(service):
            await self.stop(other)
        async with service.lock:
            await self._stop(service)

    async def restart(self, service: Service) -> Outcome:
        """Stop and start a unit, and those that are bound to it with it."""
        bound = self._bound_to(service)
        await self.stop(service)
        outcome = await self.start(service)
        for other in bound:
            await self.start(other)
        return outcome

    async def reload(self, service: Service) -> None:
        """Send SIGHUP to a unit that runs. What comes of it, systemd does not learn (§1.3)."""
        daemon = self.daemon(service)
        if daemon and service.name not in self._machine.ignores_reload:
            self._log(service, f"Reloading {_title(service)}...")
            await daemon.hangup()
            self._log(service, f"Reloaded {_title(service)}.")
        for hook in tuple(self._machine.on_reload):
            await hook(service.name)

    def reset_failed(self, service: Service) -> None:
        """Forget failures and how often it was started."""
        service.starts.clear()
        service.restarts = 0
        if service.state is State.FAILED:
            service.result = Outcome.DONE
            service.become(State.DEAD)

    async def activate(self, name: str) -> bool:
        """Let a client come to a socket: start its service; return whether that runs then."""
        service = self.service(name)
        if service is None:
            return False
        socket = self.service(name.removesuffix(".service") + _SOCKET)
        if service.state is State.DEAD and socket and socket.state is State.LISTENING:
            await self.start(service)
        while service.state in {State.STARTING, State.WAITING}:
            await service.changed.wait()
        return service.state is State.RUNNING

    async def daemon_signalled(self, daemon: Daemon, name: str) -> None:
        """Let a daemon take a signal, and start it again where its unit wants that."""
        if name == "HUP":
            await daemon.hangup()
            return
        await (daemon.die() if name == "KILL" else daemon.stop())
        for service in self.services():
            if self.daemon(service) is daemon and service.state is State.RUNNING:
                self._log(service, f"{service.name}: Main process exited, code=killed, {name}")
                service.result = Outcome.SIGNAL if name == "KILL" else Outcome.DONE
                wanted = {"always"} if name != "KILL" else {"always", "on-failure"}
                self._ended(service, again=service.file.restarts in wanted)

    async def _start(self, service: Service) -> Outcome:
        machine, name = self._machine, service.name
        now = machine.clock.monotonic()
        burst, interval = service.file.start_limit
        service.starts = [at for at in service.starts if now - at < interval]
        if len(service.starts) >= burst:
            self._log(service, f"{name}: Start request repeated too quickly.")
            return self._failed(service, Outcome.START_LIMIT)
        service.starts.append(now)
        service.become(State.STARTING)
        self._log(service, f"Starting {_title(service)}...")
        try:
            await self._start_daemon(service)
        except StartRefused as refused:
            program = service.file.command[0].rpartition("/")[2]
            machine.journal.write(name, refused.words, program=program, pid=0)
            code = f"code=exited, status={refused.status}/FAILURE"
            self._log(service, f"{name}: Main process exited, {code}")
            service.result = Outcome.EXIT_CODE
            self._ended(service, again=service.file.restarts in {"always", "on-failure"})
            return Outcome.EXIT_CODE
        service.result = Outcome.DONE
        service.become(State.RUNNING)
        self._log(service, f"Started {_title(service)}.")
        for hook in tuple(machine.on_start):
            await hook(name)
        return Outcome.DONE

    async def _start_daemon(self, service: Service) -> None:
        """Let the main process start; raises StartRefused."""
        daemon = self.daemon(service)
        if daemon is None or service.name in self._machine.stays_down:
            raise StartRefused("failed to start daemon: input/output error")
        environment = variables(self._machine.root, service.file)
        await daemon.start(command_line(service.file, environment), environment, service.name)

    async def _stop(self, service: Service) -> None:
        if service.state is State.RUNNING:
            service.become(State.STOPPING)
            self._log(service, f"Stopping {_title(service)}...")
            daemon = self.daemon(service)
            if daemon:
                await daemon.stop()
            self._log(service, f"{service.name}: Deactivated successfully.")
            self._log(service, f"Stopped {_title(service)}.")
        if service.state is not State.FAILED:
            service.become(State.DEAD)

    def _ended(self, service: Service, *, again: bool) -> None:
        self._log(service, f"{service.name}: Failed with result '{service.result.value}'.")
        if not again:
            service.become(State.FAILED)
            return
        service.become(State.WAITING)
        self._machine.background(self._start_again(service))

    async def _start_again(self, service: Service) -> None:
        changed = service.changed
        await self._machine.clock.sleep(service.file.restart_delay)
        async with service.lock:
            if service.changed is not changed:
                return
            service.restarts += 1
            counter = f"restart counter is at {service.restarts}"
            self._log(service, f"{service.name}: Scheduled restart job, {counter}.")
            await self._start(service)

    def _failed(self, service: Service, outcome: Outcome) -> Outcome:
        service.result = outcome
        self._log(service, f"{service.name}: Failed with result '{outcome.value}'.")
        self._log(service, f"Failed to start {_title(service)}.")
        service.become(State.FAILED)
        socket = self.service(service.name.removesuffix(".service") + _SOCKET)
        if socket and outcome is Outcome.START_LIMIT:
            self._log(socket, f"{socket.name}: Failed with result 'service-start-limit-hit'.")
            socket.become(State.FAILED)
        return outcome

    def _bound_to(self, service: Service) -> tuple[Service, ...]:
        return tuple(
            other
            for other in self.services()
            if other.state is State.RUNNING
            and service.name
            in other.file.words("Unit", "BindsTo") + other.file.words("Unit", "Requires")
        )

    def _log(self, service: Service, message: str) -> None:
        self._machine.journal.write(service.name, message)


def _title(service: Service) -> str:
    return f"{service.name} - {service.file.description}"


def _in_order(services: Iterable[Service]) -> Iterable[str]:
    names = {service.name: service for service in services}
    order = TopologicalSorter(
        {
            name: [other for other in service.file.words("Unit", "After") if other in names]
            for name, service in names.items()
        }
    )
    return order.static_order()
