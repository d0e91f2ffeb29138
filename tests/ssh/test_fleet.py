"""The transport against real hosts: their sshd, their sudo, their jump host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fleet import Fleet
from wizard.clock import SystemClock
from wizard.fleet.host import Fleet as FleetOfHosts
from wizard.fleet.host import Host
from wizard.fleet.ssh_lookup import ssh_lookup
from wizard.run.hops import hop_resolver
from wizard.secret import Secret
from wizard.ssh.client import Environment, SSHTransport
from wizard.ssh.failures import FailureKind, SSHFailure
from wizard.ssh.transport import ScriptResult

pytestmark = pytest.mark.fleet

SUDO_HOST = "trixie-sudo"
WHO = b"id -un\nsleep 0.1\necho done\n"


def known_as(fleet: Fleet, alias: str) -> Host:
    """Return the host that an alias of the fleet's ssh_config stands for."""
    found = ssh_lookup(Path("/nonexistent"))(alias, str(fleet.ssh_config))
    return found.options.host(name=alias, address=found.address, alias=alias, ssh_warnings=())


@asynccontextmanager
async def transport_to(
    fleet: Fleet, home: Path, secrets: dict[str, str]
) -> AsyncIterator[SSHTransport]:
    """Yield a transport of an operator who has nothing but the fleet's ssh_config."""
    transport = SSHTransport(
        environment=Environment(home=home, agent_path=None, approved_keys=home / "approved"),
        secrets={name: Secret(value) for name, value in secrets.items()},
        resolve_hop=hop_resolver(
            FleetOfHosts(hosts=()), lookup=ssh_lookup(home), ssh_config=str(fleet.ssh_config)
        ),
        clock=SystemClock(),
    )
    try:
        yield transport
    finally:
        await transport.aclose()


async def run(transport: SSHTransport, host: Host, script: bytes = WHO) -> ScriptResult:
    """Run a script on a fresh connection."""
    connection = await transport.connect(host)
    try:
        return await connection.run_script(script, nonce="n0nce", timeout=30)
    finally:
        await connection.close()


def sudo_complaints(fleet: Fleet) -> int:
    """Return how often the host's journal tells of wrong sudo passwords."""
    told = fleet.exec(SUDO_HOST, "journalctl -q -t sudo | grep -c 'incorrect password' || true")
    return int(told.stdout)


@pytest.mark.parametrize("way", ["", "-via-bastion"])
async def test_every_host_runs_scripts_as_root(fleet: Fleet, tmp_path: Path, way: str) -> None:
    """Directly and through the jump host, as root or by sudo with a password."""
    passwords = {"sudo:default": fleet.hosts[SUDO_HOST].sudo_password}
    async with transport_to(fleet, tmp_path, passwords) as transport:
        for name, host in fleet.hosts.items():
            if host.user == "root" or host.sudo_password:
                result = await run(transport, known_as(fleet, name + way))
                assert (result.exit_status, result.lines) == (0, (b"root", b"done")), name


async def test_a_large_script_arrives_whole_through_sudo(fleet: Fleet, tmp_path: Path) -> None:
    """Bytes that sudo has not read for its password all reach the shell."""
    body = b"\n".join(b": " + b"x" * 100 for _line in range(20_000))
    passwords = {"sudo:default": fleet.hosts[SUDO_HOST].sudo_password}
    async with transport_to(fleet, tmp_path, passwords) as transport:
        result = await run(transport, known_as(fleet, SUDO_HOST), body + b"\nid -u\n")

    assert (result.exit_status, result.lines) == (0, (b"0",))


async def test_a_wrong_sudo_password_is_tried_once(fleet: Fleet, tmp_path: Path) -> None:
    """The real sudo sees one wrong password, whatever number of hosts share it."""
    before = sudo_complaints(fleet)
    async with transport_to(fleet, tmp_path, {"sudo:default": "wrong"}) as transport:
        for number in range(3):
            host = replace(known_as(fleet, SUDO_HOST), name=f"host{number}")
            with pytest.raises(SSHFailure) as caught:
                await run(transport, host)
            assert caught.value.kind is FailureKind.SUDO_WRONG_PASSWORD
            assert not caught.value.script_sent

    assert sudo_complaints(fleet) == before + 1


async def test_a_missing_sudo_password_is_asked_for(fleet: Fleet, tmp_path: Path) -> None:
    """Without a password the failure names the one that is needed."""
    async with transport_to(fleet, tmp_path, {}) as transport:
        with pytest.raises(SSHFailure) as caught:
            await run(transport, known_as(fleet, SUDO_HOST))

    assert (caught.value.kind, caught.value.secret) == (
        FailureKind.SECRET_MISSING,
        "sudo:default",
    )


async def test_an_unknown_key_of_a_real_host_is_shown(fleet: Fleet, tmp_path: Path) -> None:
    """Its fingerprint is the one that the host's own ssh-keygen prints."""
    host = replace(known_as(fleet, SUDO_HOST), known_hosts_files=(str(tmp_path / "empty"),))
    async with transport_to(fleet, tmp_path, {}) as transport:
        with pytest.raises(SSHFailure) as caught:
            await transport.connect(host)

    assert caught.value.kind is FailureKind.KEY_UNKNOWN
    assert caught.value.offered is not None
    printed = fleet.exec(
        SUDO_HOST, "for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done"
    )
    assert caught.value.offered.fingerprint in printed.stdout.decode()
