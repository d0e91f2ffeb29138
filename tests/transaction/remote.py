"""Hosts of the real fleet over their real sshd, as the transport would reach them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest_asyncio

from tests.fleet import Fleet, docker_socket
from tests.transaction.starting import started
from tests.transaction.stopping import stopping_library
from wizard.fleet.host import Host
from wizard.planning.plan import HostPlan
from wizard.ssh.transport import OnLine, ScriptResult
from wizard.transaction import compose, verbs
from wizard.transaction.answers import Answer, Verb

HOLDER = "tests on the fleet"
UNITS = "systemctl list-units --all --plain --no-legend 'pilotage-real1*'"
MIRRORS = "docker info -f '{{json .RegistryConfig.Mirrors}}' | sed 's/null/[]/'"
_SNAPSHOT = (
    "set -- /etc/docker /etc/containerd /etc/systemd/system; "
    "{ find $@ -exec stat -c '%n %f %u %g %N' {} +; find $@ -xtype f -exec sha256sum {} +; } | sort"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A host of the fleet over its real sshd, as the transport would reach it."""

    fleet: Fleet
    name: str

    @property
    def host(self) -> Host:
        """Return what the seam wants to know."""
        return Host(name=self.name, address=self.fleet.hosts[self.name].address)

    async def run_script(
        self,
        script: bytes,
        *,
        nonce: str,
        timeout: float,  # noqa: ASYNC109  # the seam's signature
        on_line: OnLine | None = None,
    ) -> ScriptResult:
        """Run `script` by the OpenSSH client."""
        process = await started(
            asyncio.create_subprocess_exec(
                *("ssh", "-F", str(self.fleet.ssh_config), self.name, "exec /bin/sh -s"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        )
        try:
            async with asyncio.timeout(timeout):
                output, errors = await process.communicate(script)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return ScriptResult(
            exit_status=process.returncode, lines=tuple(output.split(b"\n")), stderr_tail=errors
        )

    async def close(self) -> None:
        """There is nothing to close."""

    async def words(self, command: str) -> str:
        """Return what a command prints, also while the link is cut."""
        done = await asyncio.to_thread(self.fleet.exec, self.name, command)
        return done.stdout.decode(errors="replace").strip()

    @asynccontextmanager
    async def meanwhile(self, begin: str, end: str) -> AsyncIterator[None]:
        """Do something to the host for a while; a command that fails fails the test."""
        await self._must(begin)
        try:
            yield
        finally:
            await self._must(end)

    async def _must(self, command: str) -> None:
        done = await asyncio.to_thread(self.fleet.exec, self.name, command)
        assert done.returncode == 0, f"{self.name}: {command}: {done.stderr.decode()}"

    async def files(self) -> str:
        """Return bytes, modes, owners and links of everything that a plan may touch."""
        return await self.words(_SNAPSHOT)

    async def running(self) -> str:
        """Return the daemon's mirrors, process and images, and its containers with their starts."""
        process = await self.words("systemctl show -p MainPID docker")
        return f"{process}\n{await asyncio.to_thread(self._docker)}"

    def _docker(self) -> str:
        """Tell what the daemon has, by its socket."""
        ask = partial(self.fleet.ask_docker, self.name)
        mirrors = ask("/info")["RegistryConfig"]["Mirrors"]
        containers = docker_socket.running_containers(ask)
        started = [(one["Id"], one["State"]["StartedAt"]) for one in containers]
        images = sorted(one["Id"] for one in ask("/images/json"))
        return f"{mirrors or []} {started} {images}"

    async def tasks(self) -> str:
        """Return the running containers of containerd with their processes."""
        return await self.words("ctr -n k8s.io tasks ls | sort")

    async def settled(self, run: str) -> str:
        """Return the state of a ledger as soon as it is final; the host is only looked at."""
        ledger = f"/var/lib/pilotage/{run}"
        return await self.words(
            f"cd {ledger}; for i in $(seq 300); do for state in reverted conflict; do "
            "test ! -e $state || { echo $state; exit; }; done; sleep 0.2; done; ls"
        )

    async def apply(self, plan: HostPlan, run: str, *, lease: float = 300) -> Answer:
        """Apply `plan`."""
        return await verbs.apply(self, plan, run=run, holder=HOLDER, lease=lease, timeout=120)

    async def killed_apply(self, plan: HostPlan, run: str, point: str, *, lease: float) -> None:
        """Apply `plan`, but be killed by signal 9 at a point."""
        script = compose.apply_script(
            plan, run=run, holder=HOLDER, lease=lease, nonce="N", library=self._stopping(run, point)
        )
        await self._killed(script, run, point)

    async def killed_verb(self, verb: Verb, run: str, point: str) -> None:
        """Ask anything but apply, and let it be killed by signal 9 at a point."""
        script = compose.verb_script(
            verb, run=run, holder=HOLDER, nonce="N", library=self._stopping(run, point)
        )
        await self._killed(script, run, point)

    @staticmethod
    def _stopping(run: str, point: str) -> compose.Library:
        return stopping_library(point, folder=f"/var/lib/pilotage/{run}")

    async def _killed(self, script: bytes, run: str, point: str) -> None:
        result = await self.run_script(script, nonce="N", timeout=60)
        assert b'"kind":"answer"' not in b"".join(result.lines)
        assert await self.words(f"cat /var/lib/pilotage/{run}/stopped") == point


Reach = Callable[[str], Remote]


@pytest_asyncio.fixture
async def reach(fleet: Fleet) -> AsyncIterator[Reach]:
    """Return a way to hosts by name; afterwards no ledger is left on them."""
    used: dict[str, Remote] = {}

    def to(name: str) -> Remote:
        return used.setdefault(name, Remote(fleet=fleet, name=name))

    yield to
    for host in used.values():
        await host.words("rm -rf /var/lib/pilotage")
