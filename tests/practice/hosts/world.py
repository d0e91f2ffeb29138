"""A practice host of a few programs, for tests of what is around its machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from wizard.clock import SystemClock
from wizard.practice.home import Home
from wizard.practice.host.host import PracticeHost
from wizard.practice.host.root import ProgramFolders, build_root, search_path
from wizard.practice.host.ssh_server import Access, MayForward
from wizard.practice.machine.calls import Call, Program, Reply
from wizard.practice.machine.network import Network

PASSWORD = "open sesame"  # noqa: S105  # of practice hosts


@dataclass(slots=True, kw_only=True)
class World:
    """A home, the operator's key, and hosts.

    Attributes:
        calls: what the simulated program `docker` was asked, in order.
        replies: what it says, by its first argument.
    """

    home: Path
    key: asyncssh.SSHKey
    folders: ProgramFolders
    calls: list[Call] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    hosts: list[PracticeHost] = field(default_factory=list)

    async def host(
        self,
        name: str = "web1",
        *,
        port: int = 0,
        busybox: bool = False,
        may_forward: MayForward | None = None,
        programs: Mapping[str, Program] | None = None,
    ) -> PracticeHost:
        """Build a host with a program `docker` and others, and boot it."""
        access = Access(key=self.key.convert_to_public(), password=PASSWORD)
        host = PracticeHost(
            name=name,
            folder=self.home / "hosts" / name,
            network=Network(),
            access=access,
            clock=SystemClock(),
            may_forward=may_forward,
        )
        build_root(host.root, {})
        host.machine.programs |= {"docker": self._docker, **(programs or {})}
        host.install(self.folders.of(host.machine.programs, busybox=busybox), busybox=busybox)
        self.hosts.append(host)
        await host.machine.boot()
        host.ssh.listen("127.0.0.1", port)
        return host

    def connect(
        self, host: PracticeHost, user: str = "root", **options: object
    ) -> asyncssh.misc._ACMWrapper[asyncssh.SSHClientConnection]:
        """Return a connection to a host, to be awaited or entered."""
        chosen: dict[str, object] = {
            "username": user,
            "client_keys": [self.key],
            "known_hosts": None,
            "config": None,
            **options,
        }
        return asyncssh.connect(host.address, host.port, **chosen)

    async def _docker(self, call: Call) -> Reply:
        self.calls.append(call)
        if call.arguments[:1] == ("hang",):
            await asyncio.Event().wait()
        if call.arguments[:1] == ("break",):
            raise ValueError("a mistake of the simulated program")
        return self.replies.get(" ".join(call.arguments[:1]), Reply())


@asynccontextmanager
async def practising(base: Path, environ: Mapping[str, str] = os.environ) -> AsyncIterator[World]:
    """Yield a world whose home is in `base`; nothing of it is left afterwards."""
    with Home.open(base) as home:
        world = World(
            home=home.path,
            key=asyncssh.generate_private_key("ssh-ed25519"),
            folders=ProgramFolders(home.path / "bin", search_path(environ)),
        )
        try:
            yield world
        finally:
            for host in world.hosts:
                await host.close()
