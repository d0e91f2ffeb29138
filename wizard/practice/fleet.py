"""A whole practice fleet: registries, hosts with their machines, SSH, and the operator's files.

with Home.open(base) as home:
    async with PracticeFleet.start(fleet_designs(24), home) as fleet:
        outcome = await fleet.hosts["web01"].run("docker info")
"""

from __future__ import annotations

import asyncio
import os
import resource
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from wizard.clock import Clock, SystemClock
from wizard.errors import InputError
from wizard.practice.accounts_text import README, accounts_lines
from wizard.practice.designs import BASTION, HostDesign, Login
from wizard.practice.home import Home
from wizard.practice.host.host import PracticeHost
from wizard.practice.host.kernel_files import Uptime, machine_has_proc
from wizard.practice.host.marked_processes import end_processes
from wizard.practice.host.root import ProgramFolders, build_root, search_path
from wizard.practice.host.ssh_server import KEY_TYPE, Access, MayForward
from wizard.practice.loopback import check_loopback
from wizard.practice.machine.calls import Call
from wizard.practice.machine.curl import Curl
from wizard.practice.machine.update_ca_certificates import BUNDLE, CONFIGURATION, PACKAGED
from wizard.practice.operator_files import CA, MIGRATION, OperatorFiles
from wizard.practice.product_kind import ProductKind
from wizard.practice.registry.registry import PracticeRegistry
from wizard.practice.runtimes.equipment import Equipment, equip
from wizard.practice.surroundings import CANARY, PROJECT, Surroundings, open_surroundings
from wizard.practice.turns import Turns
from wizard.ssh.library import asyncssh
from wizard.wording import _

_PUBLIC: Final = "practice/Pilotage_practice_public.crt"
"""The authority of the public registry, among those that a host's system comes with."""
_OF_A_HOST: Final = 3
"""Open files of every host: its port, its pipe of calls, and a watchdog that runs on it."""
_OF_THE_FLEET: Final = 1024
"""Open files of everything else: connections and commands that are under way."""
_PORTS: Final = 1 << 16
_AT_A_TIME: Final = 10
"""Hosts that are built before others get a turn on the loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """How a fleet is to be.

    Attributes:
        seed: of all that is chance in it.
        address: loopback address that hosts listen on.
        first_port: the first host's port, the others follow; 0: the kernel chooses each.
        jump: whether the operator gets to the hosts through a jump host only.
        prefix: whether the migration file names the prefix target.
        product: which registry product the target is; decides on `prefix`, too.
        rollout: the section `rollout` of the migration file.
        environ: where this machine's tools are found, by PATH.
        own_proc: hosts do not look at this machine's /proc, which it may not have.
    """

    seed: int = 0
    address: str = "127.0.0.1"
    first_port: int = 0
    jump: bool = False
    prefix: bool = False
    product: ProductKind | None = None
    rollout: Mapping[str, Any] = field(default_factory=lambda: {"soak": 1, "lease": 60})
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    own_proc: bool = field(default_factory=lambda: not machine_has_proc())


class PracticeFleet:
    """A practice fleet that runs.

    Attributes:
        home: its directory.
        hosts: by name, in the order of the designs; without the jump host.
        designs: by name.
        equipment: the runtimes of each host, by name.
        jump: the jump host, if there is one.
        surroundings: its registries.
        turns: in which its hosts are logged in to and run commands.
    """

    def __init__(
        self, home: Path, surroundings: Surroundings, options: FleetOptions, clock: Clock
    ) -> None:
        self.home = home
        self.hosts: dict[str, PracticeHost] = {}
        self.designs: dict[str, HostDesign] = {}
        self.equipment: dict[str, Equipment] = {}
        self.jump: PracticeHost | None = None
        self.surroundings = surroundings
        self._options = options
        self._clock = clock
        self._programs = ProgramFolders(home / "bin", search_path(options.environ))
        self._key = asyncssh.generate_private_key(KEY_TYPE)
        self._password = secrets.token_urlsafe(12)
        self._uptime = Uptime(home / "uptime", clock) if options.own_proc else None
        self.turns = Turns()
        self._every: list[PracticeHost] = []
        self._ports = iter(range(options.first_port, _PORTS)) if options.first_port else None

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        designs: Iterable[HostDesign],
        home: Home,
        options: FleetOptions | None = None,
        *,
        clock: Clock | None = None,
    ) -> AsyncIterator[Self]:
        """Run a fleet in a home that it has for itself; end it at the exit.

        Raises InputError when this machine lacks what it needs, and whatever a simulated program
        failed with that should not have failed, as an ExceptionGroup.
        """
        options, clock = options or FleetOptions(), clock or SystemClock()
        designs = tuple(designs)
        check_loopback(options.address)
        _allow_open_files(_OF_THE_FLEET + _OF_A_HOST * len(designs))
        _check_ports(options.first_port, len(designs) + options.jump)
        registries = home.path / "registries"
        registries.mkdir()
        async with AsyncExitStack() as running:
            surroundings = await running.enter_async_context(
                open_surroundings(registries, clock, product=options.product)
            )
            fleet = cls(home.path, surroundings, options, clock)
            if fleet._uptime:
                await running.enter_async_context(fleet._uptime.running())
            running.push_async_callback(fleet._close)
            await fleet._build(designs)
            yield fleet

    @property
    def operator(self) -> Path:
        """Return the operator's directory."""
        return self.home / "operator"

    @property
    def migration_file(self) -> Path:
        """Return the path of the migration file."""
        return self.operator / MIGRATION

    @property
    def target(self) -> PracticeRegistry:
        """Return the target that is addressed at its root."""
        return self.surroundings.target

    @property
    def prefix_target(self) -> PracticeRegistry:
        """Return the target that is addressed by a project."""
        return self.surroundings.prefix_target

    @property
    def upstream(self) -> PracticeRegistry:
        """Return the stand-in for Docker Hub."""
        return self.surroundings.upstream

    @property
    def named_target(self) -> PracticeRegistry:
        """Return the target that the migration file names."""
        product = self.surroundings.product
        is_prefixed = product.kind.is_prefixed if product else self._options.prefix
        return self.prefix_target if is_prefixed else self.target

    def write_operator_files(self, **changes: Any) -> None:
        """Write the operator's directory anew; `changes` replace options of the rollout."""
        product = self.surroundings.product
        target: dict[str, Any] = {
            "url": self.named_target.url,
            "ca_file": CA,
            "canary": CANARY,
            **({"prefix": PROJECT} if self.named_target is self.prefix_target else {}),
            **(product.options if product else {}),
        }
        files = OperatorFiles(
            folder=self.operator,
            key=self._key,
            password=self._password,
            ca_pem=self.surroundings.target_authority.pem,
        )
        hosts = [(self.designs[name], host) for name, host in self.hosts.items()]
        rollout = {**self._options.rollout, **changes}
        files.write(hosts, target=target, rollout=rollout, jump=self.jump)
        if product:
            files.write_passwords(product.passwords)
            lines = accounts_lines(product.kind, self.named_target.url, self.migration_file)
            (self.operator / README).write_text("".join(f"{line}\n" for line in lines))

    async def _build(self, designs: tuple[HostDesign, ...]) -> None:
        for number, design in enumerate(designs):
            self.designs[design.name] = design
            self.hosts[design.name] = await self._host(design)
            if number % _AT_A_TIME == 0:
                await asyncio.sleep(0)
        if self._options.jump:
            self.jump = await self._host(BASTION, may_forward=self._is_a_host())
        self.write_operator_files()

    def _is_a_host(self) -> MayForward:
        places = {(host.address, host.port) for host in self.hosts.values()}
        return lambda address, port: (address, port) in places

    async def _host(
        self, design: HostDesign, may_forward: MayForward | None = None
    ) -> PracticeHost:
        host = PracticeHost(
            name=design.name,
            folder=self.home / "hosts" / design.name,
            network=self.surroundings.network,
            access=Access(key=self._key.convert_to_public(), password=self._password),
            clock=self._clock,
            seed=self._options.seed,
            may_forward=may_forward,
            uptime=self._uptime,
            turns=self.turns,
        )
        self._every.append(host)
        public = {
            f"{PACKAGED}/{_PUBLIC}": self.surroundings.public_authority.pem.encode(),
            CONFIGURATION: f"{_PUBLIC}\n".encode(),
        }
        build_root(host.root, public | design.files())
        await host.machine.call(Call(program="update-ca-certificates", arguments=()))
        if self._uptime:
            self._uptime.share(host.root)
        match design.login:
            case Login.ROOT:
                host.allow_sudo("refused")
            case Login.SUDO:
                host.allow_sudo(f"password {self._password}")
            case Login.SUDO_WITHOUT_PASSWORD:
                host.allow_sudo("nopasswd")
        self.equipment[design.name] = equip(host.machine, design)
        host.machine.programs["curl"] = Curl(
            host=design.name,
            network=self.surroundings.network,
            trusted=host.machine.file(BUNDLE),
        )
        host.install(self._programs.of(host.machine.programs))
        port = next(self._ports) if self._ports else 0
        host.ssh.listen(self._options.address, port)
        await host.machine.boot()
        return host

    async def _close(self) -> None:
        await asyncio.to_thread(end_processes, self.home)
        await asyncio.gather(*(host.close() for host in self._every))
        failures = [failure for host in self._every for failure in host.failures]
        if failures:
            raise BaseExceptionGroup("simulated programs failed", failures)


def _check_ports(first: int, count: int) -> None:
    if first + count > _PORTS:
        raise InputError(
            _("From port {port} on there are too few for {count} hosts.").format(
                port=first, count=count
            ),
            state=_("Nothing was started."),
            todo=_("Name a lower one, or none: then free ones are chosen."),
        )


def _allow_open_files(needed: int) -> None:
    """Raise this process's limit of open files; raises InputError where that is not enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise InputError(
            _("So many hosts need {needed} open files, and this machine allows {hard}.").format(
                needed=needed, hard=hard
            ),
            state=_("Nothing was started."),
            todo=_("Raise the limit with “ulimit -Hn”, or practise with fewer hosts."),
        )
    wanted = 2 * needed if hard == resource.RLIM_INFINITY else min(2 * needed, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
