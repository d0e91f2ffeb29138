"""The transaction on real hosts: systemd, sshd, Docker, containerd, a reboot, a cut link."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.fleet import Fleet
from tests.transaction.fleet_plans import containerd_plan, docker_plan
from tests.transaction.stopping import stopping_library
from wizard.fleet.host import Host
from wizard.planning.plan import HostPlan
from wizard.ssh.transport import OnLine, ScriptResult
from wizard.transaction import compose, verbs
from wizard.transaction.answers import Answer, LedgerState, Outcome

pytestmark = pytest.mark.fleet

DOCKER_HOSTS = ("book-docker", "trixie-docker", "forky-docker")
CONTAINERD_HOST = "book-cri"
HOLDER = "tests on the fleet"
_UNITS = "systemctl list-units --all --plain --no-legend 'pilotage-real1*'"
_MIRRORS = "docker info -f '{{json .RegistryConfig.Mirrors}}' | sed 's/null/[]/'"
_SNAPSHOT = (
    "for f in $(find /etc/docker /etc/containerd /etc/systemd/system | sort); do "
    "stat -c '%n %f %u %g %N' $f; test ! -f $f || sha256sum $f; done"
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
        process = await asyncio.create_subprocess_exec(
            *("ssh", "-F", str(self.fleet.ssh_config), self.name, "exec /bin/sh -s"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
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

    async def files(self) -> str:
        """Return bytes, modes, owners and links of everything that a plan may touch."""
        return await self.words(_SNAPSHOT)

    async def running(self) -> str:
        """Return the daemon's mirrors, its process, and its containers with their start times."""
        return await self.words(
            f"{_MIRRORS}; systemctl show -p MainPID docker; docker ps -q --no-trunc | "
            "xargs -r docker inspect -f '{{.Id}} {{.State.StartedAt}}'; docker images -q | sort"
        )

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


async def test_apply_confirm_and_undo(reach: Reach) -> None:
    """By reload: same daemon, same containers; afterwards the same bytes and mirrors."""

    async def scenario(host: Remote) -> None:
        files, running = await host.files(), await host.running()
        answer = await host.apply(docker_plan(host.fleet, host.name), "real1")
        assert (answer.outcome, answer.failed_step) == (Outcome.APPLIED, ""), answer.detail
        assert answer.proven
        assert "pilotage-real1" in await host.words(_UNITS)
        confirmed = await verbs.confirm(host, run="real1", holder=HOLDER)
        assert confirmed.outcome is Outcome.CONFIRMED
        # Other tests of the session have left the ledgers of their own runs.
        (ledger,) = [found for found in await verbs.ledgers(host) if found.run == "real1"]
        assert ledger.state is LedgerState.CONFIRMED
        undone = await verbs.undo(host, run="real1", holder=HOLDER)
        assert undone.outcome is Outcome.REVERTED, undone
        assert (await host.files(), await host.running()) == (files, running)
        left = await host.words(
            f"for i in $(seq 50); do {_UNITS} | grep -q . || exit; sleep 0.2; done; {_UNITS}"
        )
        assert left == ""

    hosts = [reach(name) for name in DOCKER_HOSTS]
    upstream = hosts[0].fleet.upstream
    mark = upstream.mark()
    await asyncio.gather(*map(scenario, hosts))
    assert [
        request.path for request in upstream.requests(mark) if "manifests" in request.path
    ] == []


async def test_containerd_gets_a_config_path(reach: Reach) -> None:
    """By one restart: the plugin serves, the running container runs on, and all comes back."""
    host = reach(CONTAINERD_HOST)
    files, tasks = await host.files(), await host.words("ctr -n k8s.io tasks ls")
    answer = await host.apply(containerd_plan(host.fleet, CONTAINERD_HOST), "real2")
    assert answer.outcome is Outcome.APPLIED, answer
    reverted = await verbs.revert(host, run="real2", holder=HOLDER)
    assert reverted.outcome is Outcome.REVERTED, reverted
    assert (await host.files(), await host.words("ctr -n k8s.io tasks ls")) == (files, tasks)


async def test_an_unknown_ca_reverts_in_the_same_exec(reach: Reach) -> None:
    """The probe meets a certificate that nobody trusts; the host is as before at once."""
    host = reach("trixie-docker")
    files, running = await host.files(), await host.running()
    host.fleet.break_target_certificate(host.name)
    try:
        answer = await host.apply(docker_plan(host.fleet, host.name), "real3")
    finally:
        host.fleet.mend_target_certificate(host.name)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, "docker_pull"), answer
    # Docker itself says what upstream said: that it knows no such manifest.
    assert "the daemon fell back to upstream" in answer.detail
    assert "Attempting next endpoint for pull after error: Get " in answer.detail
    assert "x509: " in answer.detail
    assert (await host.files(), await host.running()) == (files, running)


async def test_docker_says_which_containers_are_gone(reach: Reach) -> None:
    """In order, what there is; for the others words that name them: same_containers reads both."""
    gone = ["0" * 64, "1" * 64]
    for host in map(reach, DOCKER_HOSTS):
        there = (await host.words("docker ps -aq --no-trunc")).split()
        asked = [gone[0], *there, gone[1]]
        command = f"docker inspect -f '{{{{.Id}}}} {{{{.RestartCount}}}}' {' '.join(asked)}"
        answer = await host.words(f"{command} 2>/dev/null")
        complaint = await host.words(f"{command} 2>&1 >/dev/null")
        assert [line.split()[0] for line in answer.splitlines() if line] == there
        assert [re.search(f"[Nn]o such .*{name}", complaint) is None for name in gone] == [
            False
        ] * 2


async def test_a_cut_link_reverts_at_the_deadline(reach: Reach) -> None:
    """The operator is gone right after activation; the host comes back by itself."""
    host = reach("book-docker")
    files, running = await host.files(), await host.running()
    answer = await host.apply(docker_plan(host.fleet, host.name), "real4", lease=12)
    assert answer.outcome is Outcome.APPLIED, answer
    host.fleet.cut(host.name)
    try:
        assert await host.settled("real4") == "reverted"
        assert (await host.files(), await host.running()) == (files, running)
    finally:
        host.fleet.mend(host.name)


async def test_a_reboot_reverts_before_docker_starts(reach: Reach) -> None:
    """No contact is needed: the boot unit restores the files, then Docker starts with them."""

    async def scenario(host: Remote) -> None:
        files = await host.files()
        answer = await host.apply(docker_plan(host.fleet, host.name), "real5")
        assert answer.outcome is Outcome.APPLIED, answer
        await asyncio.to_thread(host.fleet.reboot, host.name)
        assert (await host.settled("real5"), await host.files()) == ("reverted", files)
        assert await host.words(_MIRRORS) == "[]"
        reverted = int(await host.words("stat -c %Z /var/lib/pilotage/real5/reverted"))
        docker = await host.words("stat -c %Y /proc/$(systemctl show -p MainPID --value docker)")
        assert reverted <= int(docker)
        late = await verbs.confirm(host, run="real5", holder=HOLDER)
        assert late.outcome is Outcome.TOO_LATE

    await asyncio.gather(*(scenario(reach(name)) for name in DOCKER_HOSTS))


async def test_a_killed_apply_is_taken_back(reach: Reach) -> None:
    """Killed by signal 9 in a real session, the systemd unit takes the change back."""

    async def scenario(host: Remote, point: str) -> None:
        files, running = await host.files(), await host.running()
        script = compose.apply_script(
            docker_plan(host.fleet, host.name),
            run="real6",
            holder=HOLDER,
            lease=10,
            nonce="N",
            library=stopping_library(point, folder="/var/lib/pilotage/real6"),
        )
        result = await host.run_script(script, nonce="N", timeout=60)
        assert b'"kind":"answer"' not in b"".join(result.lines)
        assert await host.settled("real6") == "reverted"
        assert (await host.files(), await host.running()) == (files, running)

    points = zip(DOCKER_HOSTS, ("after_1", "activating", "probing"), strict=True)
    await asyncio.gather(*(scenario(reach(name), point) for name, point in points))
