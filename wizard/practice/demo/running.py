"""A fleet process as seen by whoever started it: its hosts, its orders, its end.

    with running_fleet(FleetRequest(hosts=24)) as fleet:
        service = fleet.open_service()
        who = await fleet.order(Asked.SERVES, hosts=["web01"])

It lives no longer than this process, however that ends: its standard input is its lifeline. It is
in a session of its own, so that Ctrl-C reaches only this side, which then ends it in order.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Final, TypeVar

import wizard
from wizard.clock import SystemClock
from wizard.errors import HostError, InputError, PilotageError
from wizard.practice.accounts_text import README
from wizard.practice.demo.channel import Channel
from wizard.practice.demo.control import Asked
from wizard.practice.demo.scenarios import DEFAULT, scenario
from wizard.practice.home import bases, clean_stale
from wizard.practice.host.marked_processes import MARK
from wizard.practice.limits import MOST
from wizard.practice.loopback import check_loopback
from wizard.practice.product_kind import ProductKind
from wizard.service import MigrationService, open_service
from wizard.wording import _

_STARTING: Final = 60.0
_OF_A_HOST: Final = 0.25
"""Seconds that a start, an order or an end may take longer for each host of the fleet."""
_ANSWERING: Final = 60.0
_ENDING: Final = 30.0
_RUNNING: Final = 300.0
_RUNNING_OF_A_HOST: Final = 2.0
"""Seconds that a run of the product may take, and for each host."""
_NOT_THEIRS: Final = frozenset({"SSH_AUTH_SOCK", "SSH_AGENT_PID"})
"""Variables that the operator of a practice fleet does not have: keys of the real world."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRequest:
    """What fleet is wanted.

    Attributes:
        hosts: how many, 1 to 5000.
        seed: of all that is chance in it.
        scenario: name of what goes wrong in it.
        address: loopback address that hosts listen on.
        port: of the first host, the others follow; 0: any.
        jump: whether the operator gets to the hosts through a jump host only.
        prefix: whether the target has a project that stands for Docker Hub, as Harbor has.
        product: which registry product the target is, which decides on `prefix` too; None: none.
        rollout: the section `rollout` of the migration file.
        base: where its directory is made; None: the best place of this machine.
        environ: of the process.
    """

    hosts: int = 24
    seed: int = 0
    scenario: str = DEFAULT
    address: str = "127.0.0.1"
    port: int = 0
    jump: bool = False
    prefix: bool = False
    product: ProductKind | None = None
    rollout: Mapping[str, Any] = field(default_factory=lambda: {"soak": 1, "lease": 60})
    base: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def is_prefixed(self) -> bool:
        """Tell whether hosts address the target below a project."""
        return self.product.is_prefixed if self.product else self.prefix

    def check(self) -> None:
        """Raise InputError for a fleet that cannot be on any machine."""
        scenario(self.scenario).check_product(self.product)
        check_loopback(self.address)
        if self.base is None:
            bases(self.environ)
        if not 1 <= self.hosts <= MOST:
            raise InputError(
                _("A practice fleet has 1 to {most} hosts, not {hosts}.").format(
                    most=MOST, hosts=self.hosts
                ),
                state=_("Nothing was started."),
                todo=_("Name another number with --hosts."),
            )

    def arguments(self) -> list[str]:
        """Return the command line of the fleet process; raises as `check`."""
        self.check()
        return [
            *("--hosts", str(self.hosts)),
            *("--scenario", self.scenario),
            *("--seed", str(self.seed)),
            *("--address", self.address),
            *("--port", str(self.port)),
            *("--rollout", json.dumps(dict(self.rollout))),
            *(("--jump",) if self.jump else ()),
            *(("--prefix",) if self.prefix else ()),
            *(("--product", self.product.value) if self.product else ()),
            *(("--base", str(self.base)) if self.base else ()),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetHost:
    """One host of a running fleet; `root` is its root directory on this machine."""

    name: str
    flavour: str
    address: str
    port: int
    root: Path


class RunningFleet:
    """A fleet that runs in a process of its own.

    Attributes:
        request: what was wanted.
        home: its directory.
        operator: the home directory of its operator.
        migration_file: in there.
        state_dir: where runs on it are kept.
        seconds: that its start took.
        struck: fault and host (None: no host) of everything that goes wrong in it.
        hosts: by name, in the fleet's order.
    """

    def __init__(
        self, request: FleetRequest, channel: Channel, told: Mapping[str, Any], *, seconds: float
    ) -> None:
        self.request = request
        self.seconds = seconds
        self.home = Path(told["home"])
        self.operator = Path(told["operator"])
        self.migration_file = Path(told["migration_file"])
        self.state_dir = Path(told["state_dir"])
        self.hosts = {
            host["name"]: FleetHost(**{**host, "root": Path(host["root"])})
            for host in told["hosts"]
        }
        self.struck: tuple[tuple[str, str | None], ...] = tuple(
            (fault, host) for fault, host in told["struck"]
        )
        self._channel = channel

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment of its operator; what is started with it ends with the fleet."""
        kept = {
            name: text for name, text in self.request.environ.items() if name not in _NOT_THEIRS
        }
        return {**kept, "HOME": str(self.operator), MARK: str(self.operator)}

    @property
    def accounts(self) -> tuple[str, ...]:
        """Return what its operator is told of the registry product, in lines; none without one."""
        place = self.operator / README
        return tuple(place.read_text().splitlines()) if self.request.product else ()

    @property
    def roots(self) -> dict[str, Path]:
        """Return the root directory of each host, by name."""
        return {name: host.root for name, host in self.hosts.items()}

    @property
    def run_seconds(self) -> float:
        """Return how long a run of the product on all its hosts may take."""
        return _RUNNING + _RUNNING_OF_A_HOST * len(self.hosts)

    def open_service(self) -> MigrationService:
        """Return the one door, as the fleet's operator opens it."""
        return open_service(state_dir=self.state_dir, environ=self.environ, home=self.operator)

    async def order(self, asked: Asked, **content: Any) -> Any:
        """Have the fleet process do something, and return its answer.

        Raises what the fleet process says went wrong, and HostError when it has ended.
        """
        seconds = _ANSWERING + _OF_A_HOST * len(self.hosts)
        answer = asyncio.wrap_future(self._channel.send(asked, content))
        try:
            return await asyncio.wait_for(answer, seconds)
        except TimeoutError as error:
            raise HostError(
                _("The practice fleet does not answer."), todo=_("Start the demo again.")
            ) from error

    async def guard(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what `work` gives; raises HostError as soon as the fleet is lost."""
        loop = asyncio.get_running_loop()
        working, lost = loop.create_task(work), asyncio.Event()
        losing = loop.create_task(lost.wait())
        try:
            with self.when_lost(lambda: loop.call_soon_threadsafe(lost.set)):
                await asyncio.wait((working, losing), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise _ended()
        finally:
            working.cancel()
            losing.cancel()
            await asyncio.gather(working, losing, return_exceptions=True)

    @contextmanager
    def when_lost(self, act: Callable[[], object]) -> Iterator[None]:
        """Have `act` called, in a thread, where the fleet ends before it should, and in this block.

        Raises HostError where it has ended already.
        """
        if self._channel.lost.done():
            raise _ended()
        within = Event()
        within.set()
        self._channel.lost.add_done_callback(lambda _future: within.is_set() and act())
        try:
            yield
        finally:
            within.clear()


@contextmanager
def running_fleet(request: FleetRequest) -> Iterator[RunningFleet]:
    """Run a fleet; at the exit all of it is gone.

    Raises InputError where it cannot be had, and HostError where it was lost on the way.
    """
    arguments = request.arguments()
    clock = SystemClock()
    began = clock.monotonic()
    with _started(request, arguments) as process:
        channel = Channel(process)
        try:
            told = channel.first(_patience(request, _STARTING))
            fleet = RunningFleet(request, channel, told, seconds=clock.monotonic() - began)
            with _cleared_away(fleet, channel):
                yield fleet
        except PilotageError as error:
            status = channel.close(_patience(request, _ENDING))
            if channel.lost.done():
                raise _lost(status, channel.last_words) from error
            raise
        finally:
            status = channel.close(_patience(request, _ENDING))
        if status:
            raise _lost(status, channel.last_words)


@contextmanager
def _cleared_away(fleet: RunningFleet, channel: Channel) -> Iterator[None]:
    """End a fleet, and remove what it could not remove itself because it was killed."""
    try:
        yield
    finally:
        channel.close(_patience(fleet.request, _ENDING))
        if fleet.home.exists():
            clean_stale(fleet.home.parent)


def _patience(request: FleetRequest, seconds: float) -> float:
    return seconds + _OF_A_HOST * request.hosts


@contextmanager
def _started(request: FleetRequest, arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        [sys.executable, "-m", "wizard.practice.demo", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(request.environ),
        # `-m` looks here first: never in a directory that somebody else can write to.
        cwd=Path(wizard.__file__).parents[1],
        start_new_session=True,
    )
    with process:
        yield process


def _ended() -> HostError:
    return HostError(_("The practice fleet has ended."))


def _lost(status: int, words: str) -> PilotageError:
    how = _("by signal {number}").format(number=-status) if status < 0 else str(status)
    return HostError(
        _("The practice fleet has ended before its time ({how}).").format(how=how)
        + (f" {words}" if words else ""),
        state=_("All of it is gone: its hosts, its registries and the runs on it."),
        todo=_("Start the demo again."),
    )
