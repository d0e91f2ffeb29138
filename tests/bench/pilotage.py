"""Pilotage as a client of the bench: discovery, and apply with confirm, of every host.

Each verb is a process of its own, so that its start-up, CPU and memory are its own. A host of
the bench is a directory: what is sent to it names the directory first.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.lab import Cost, Lab, cost_of, report_peak
from tests.bench.others import CONCURRENCY
from wizard.clock import SystemClock
from wizard.collecting import collect_seldom
from wizard.discovery.read import read_host
from wizard.fleet.host import Host
from wizard.ssh.client import Environment, SSHTransport
from wizard.ssh.connection import SSHConnection
from wizard.ssh.transport import OnLine, ScriptResult

if TYPE_CHECKING:
    from wizard.planning.plan import HostPlan

# ruff: noqa: PLC0415  # what a verb does not use must not cost it time

BEFORE = '{\n  "log-driver": "journald"\n}\n'
PATH = "/etc/docker/daemon.json"
HOLDER = "bench@loopback"
SECONDS = 120.0


def prepare(lab: Lab) -> None:
    """Make the directories that stand for hosts: one to discover, one per host to change."""
    from tests.discovery.practice import PracticeHost

    PracticeHost.make(lab.folder / "discovered", "dash").with_docker()
    for address in lab.addresses:
        file = _root(lab.folder, address) / PATH.lstrip("/")
        file.parent.mkdir(parents=True)
        file.write_text(BEFORE)


def reset(lab: Lab) -> None:
    """Let every host be as it was before an apply."""
    for address in lab.addresses:
        (_root(lab.folder, address) / PATH.lstrip("/")).write_text(BEFORE)


def start_up(lab: Lab) -> Cost:
    """Import everything and reach no host."""
    return _client(lab, "discover", "", ())


def discovery(lab: Lab, run: str) -> Cost:
    """Read the facts of every host."""
    return _client(lab, "discover", run, lab.addresses)


def apply_and_confirm(lab: Lab, run: str) -> Cost:
    """Change a file of 8 KiB on every host as one transaction, and confirm it."""
    return _client(lab, "apply", run, lab.addresses)


def _client(lab: Lab, what: str, run: str, addresses: tuple[str, ...]) -> Cost:
    return cost_of(
        [
            *(sys.executable, "-m", "tests.bench.pilotage", what, run),
            *(str(lab.folder), str(lab.port), lab.user, str(lab.key), str(lab.known_hosts)),
            *addresses,
        ]
    )


class _Rooted:
    """A connection to a host whose root is a directory."""

    def __init__(self, inner: SSHConnection, prefix: str) -> None:
        self._inner = inner
        self._prefix = prefix.encode()

    @property
    def host(self) -> Host:
        return self._inner.host

    async def run_script(
        self,
        script: bytes,
        *,
        nonce: str,
        timeout: float,  # noqa: ASYNC109  # the seam's own parameter
        on_line: OnLine | None = None,
    ) -> ScriptResult:
        return await self._inner.run_script(
            self._prefix + script, nonce=nonce, timeout=timeout, on_line=on_line
        )

    async def close(self) -> None:
        await self._inner.close()


async def _discover(connection: SSHConnection, folder: Path, run: str) -> None:
    del run
    practice = folder / "discovered"
    rooted = _Rooted(connection, f"PATH='{practice / 'programs'}'\n")
    facts = await read_host(
        rooted,
        connection.host,
        target=None,
        clock=SystemClock(),
        timeout=SECONDS,
        root=str(practice / "root"),
    )
    if facts.docker is None:
        raise RuntimeError(f"{connection.host.name}: no Docker was seen")


async def _apply(connection: SSHConnection, folder: Path, run: str) -> None:
    from wizard.transaction import verbs
    from wizard.transaction.answers import LedgerState, Outcome

    rooted = _Rooted(connection, f"PILOTAGE_ROOT='{_root(folder, connection.host.address)}'\n")
    applied = await verbs.apply(
        rooted, _plan(connection.host, run), run=run, holder=HOLDER, lease=SECONDS, timeout=SECONDS
    )
    if applied.outcome is not Outcome.APPLIED:
        raise RuntimeError(f"{connection.host.name}: {applied}")
    confirmed = await verbs.confirm(rooted, run=run, holder=HOLDER, timeout=SECONDS)
    if confirmed.state is not LedgerState.CONFIRMED:
        raise RuntimeError(f"{connection.host.name}: {confirmed}")


def _plan(host: Host, run: str) -> HostPlan:
    """Return a plan with one file of 8 KiB."""
    from wizard.planning.plan import FileChange, FilePurpose, FileVersion, HostPlan

    lines = "".join(f'  "label-{number:04d}": "{run:>40}",\n' for number in range(133))
    text = f'{{\n{lines}  "end": true\n}}\n'
    before = FileVersion(
        sha256=hashlib.sha256(BEFORE.encode()).hexdigest(),
        size=len(BEFORE),
        mode=0o644,
        uid=0,
        gid=0,
        text=BEFORE,
    )
    change = FileChange(
        path=PATH, real_path=PATH, purpose=FilePurpose.CONFIG, before=before, after=text
    )
    return HostPlan(host=host.name, runtimes=(), changes=(change,))


async def _for_every_host(
    work: Callable[[SSHConnection, Path, str], Awaitable[None]], run: str, *rest: str
) -> None:
    folder, port, user, key, known_hosts, *addresses = rest
    transport = SSHTransport(
        environment=Environment(
            home=Path(folder), agent_path=None, approved_keys=Path(folder, "approved")
        ),
        secrets={},
        resolve_hop=lambda hop: Host(name=hop, address=hop),
        clock=SystemClock(),
    )
    limit = asyncio.Semaphore(CONCURRENCY)

    async def one(address: str) -> None:
        host = Host(
            name=address,
            address=address,
            port=int(port),
            user=user,
            identity_files=(key,),
            identities_only=True,
            known_hosts_files=(known_hosts,),
        )
        async with limit:
            connection = await transport.connect(host)
            try:
                await work(connection, Path(folder), run)
            finally:
                await connection.close()

    try:
        async with asyncio.TaskGroup() as tasks:
            for address in addresses:
                tasks.create_task(one(address))
    finally:
        await transport.aclose()


def _root(folder: Path, address: str) -> Path:
    return folder / "hosts" / address


if __name__ == "__main__":
    _what, _run, *_rest = sys.argv[1:]
    collect_seldom()
    _work = {"discover": _discover, "apply": _apply}[_what]
    asyncio.run(_for_every_host(_work, _run, *_rest))
    report_peak()
