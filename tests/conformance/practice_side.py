"""The practice side: a practice fleet with a host of every flavour, on a thread of its own."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from tests.conformance.case import Registry
from tests.conformance.host import Answer, ConformanceHost
from tests.conformance.host_files import HostFiles
from wizard.practice.designs import CATALOGUE, RARE
from wizard.practice.fleet import PracticeFleet
from wizard.practice.home import Home, default_base
from wizard.practice.host.host import PracticeHost
from wizard.practice.machine.calls import Call
from wizard.practice.registry.registry import PracticeRegistry
from wizard.practice.surroundings import PROJECT

Result = TypeVar("Result")
_SECONDS: Final = 60.0
_DESIGNS: Final = (*CATALOGUE.values(), *RARE.values())
_SCHEME: Final = "https://"


@contextmanager
def practice_hosts() -> Iterator[Mapping[str, ConformanceHost]]:
    """Run a practice fleet and yield its hosts by flavour."""
    loop = asyncio.new_event_loop()
    opened: Future[PracticeFleet] = Future()
    closing = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(_run(opened, closing)))
    thread.start()
    try:
        fleet = opened.result(_SECONDS)
        yield {
            name: PracticeSideHost(host=host, fleet=fleet, loop=loop, files=HostFiles(host.root))
            for name, host in fleet.hosts.items()
        }
    finally:
        loop.call_soon_threadsafe(closing.set)
        thread.join(_SECONDS)
        loop.close()


async def _run(opened: Future[PracticeFleet], closing: asyncio.Event) -> None:
    try:
        with Home.open(default_base(os.environ, hosts=len(_DESIGNS))) as home:
            async with PracticeFleet.start(_DESIGNS, home) as fleet:
                opened.set_result(fleet)
                await closing.wait()
    except BaseException as error:
        if opened.done():
            raise
        opened.set_exception(error)


@dataclass(slots=True, kw_only=True)
class PracticeSideHost:
    """A practice host, used from other threads than the fleet's."""

    host: PracticeHost
    fleet: PracticeFleet
    loop: asyncio.AbstractEventLoop
    files: HostFiles
    _marks: tuple[int, ...] = (0, 0, 0)
    _journal: int = 0

    @property
    def words(self) -> Mapping[str, str]:
        """Return what the placeholders of registries stand for."""
        target, prefixed = self.fleet.target.url, self.fleet.prefix_target.url
        return {
            "target": target,
            "target_host": target.removeprefix(_SCHEME),
            "prefix_target": prefixed,
            "prefix_host": prefixed.removeprefix(_SCHEME),
            "project": PROJECT,
            "target_ca": self.fleet.surroundings.target_authority.pem,
        }

    def prepare(self) -> None:
        """Leave starts as they are, which cost nothing here."""

    def give_back(self) -> None:
        """Undo nothing."""

    def run(self, command: str) -> Answer:
        """Run a shell command as root."""
        done = self._done(self.host.run(command))
        return Answer(
            status=done.status,
            output=done.output.decode(errors="replace"),
            errors=done.errors.decode(errors="replace"),
        )

    def undo(self, *commands: str) -> str:
        """Run programs behind a case, and return what the last one prints."""
        return self._done(self._called(commands))

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None for no file."""
        return self.files.read(path)

    def write(self, path: str, content: bytes) -> None:
        """Write a file, with the directories to it."""
        self.files.write(path, content)

    def remove(self, path: str) -> None:
        """Remove a file if it is there, and the empty directories that were made for it."""
        self.files.remove(path)

    def mark(self) -> None:
        """Begin to count requests and the journal anew."""
        self._marks = tuple(self._registry(kind).mark() for kind in Registry)
        self._journal = len(self.host.machine.journal.messages())

    def requests(self, registry: Registry) -> Sequence[str]:
        """Return this host's requests since the mark."""
        since = self._marks[list(Registry).index(registry)]
        return [
            f"{one.method} {one.path} {one.status}"
            for one in self._registry(registry).requests(since)
            if one.client == self.host.name
        ]

    def journal(self, unit: str) -> str:
        """Return what a unit and systemd about it logged since the mark."""
        entries = self.host.machine.journal.entries()[self._journal :]
        return "\n".join(one.message for one in entries if one.unit == f"{unit}.service")

    def renew(self) -> None:
        """Boot the host: its files are as they were already."""
        self._done(self.host.machine.reboot())

    def close(self) -> None:
        """Let go of the host, which ends with its fleet."""

    def _registry(self, registry: Registry) -> PracticeRegistry:
        return {
            Registry.TARGET: self.fleet.target,
            Registry.PREFIX_TARGET: self.fleet.prefix_target,
            Registry.UPSTREAM: self.fleet.upstream,
        }[registry]

    async def _called(self, commands: Sequence[str]) -> str:
        output = ""
        for command in commands:
            program, *arguments = command.split(" ")
            environment = {"USER": "root", "HOME": str(self.host.root / "root")}
            call = Call(program=program, arguments=tuple(arguments), environment=environment)
            output = (await self.host.machine.call(call)).output
        return output

    def _done(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_SECONDS)
