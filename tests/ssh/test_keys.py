"""Which keys are offered, in which order, and how the agent is shared."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from tests.ssh.lab import Lab
from wizard.ssh.agent import SharedAgent
from wizard.ssh.failures import FailureKind, SSHFailure
from wizard.ssh.key_files import read_key_file
from wizard.ssh.known_hosts import fingerprint

OPENING = "open sesame"


@contextlib.asynccontextmanager
async def agent_with(folder: Path, *keys: Path) -> AsyncIterator[str]:
    """Start an ssh-agent that holds keys and yield its socket."""
    socket = folder / "agent"
    agent = await asyncio.create_subprocess_exec(
        "ssh-agent", "-D", "-a", str(socket), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(30):
            while not socket.exists():  # noqa: ASYNC110  # a file, not an event
                await asyncio.sleep(0.01)
        if keys:
            await asyncio.to_thread(
                subprocess.run,
                ["ssh-add", "-q", *map(str, keys)],
                check=True,
                env={"SSH_AUTH_SOCK": str(socket), "PATH": "/usr/bin:/bin"},
            )
        yield str(socket)
    finally:
        agent.terminate()
        await agent.wait()


def new_key(file: Path) -> asyncssh.SSHKey:
    """Write a new private key and return it."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(file)
    file.chmod(0o600)
    return key


def lock(file: Path) -> None:
    """Encrypt a key file as ssh-keygen does, with as little key derivation as it allows."""
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-a", "1", "-N", OPENING, "-f", str(file)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


async def test_a_refused_login_names_the_keys(lab: Lab) -> None:
    """Who was not let in reads which keys were tried."""
    lab.know("127.0.1.1")
    keys = [new_key(lab.folder / name) for name in ("one", "two")]
    host = lab.host(identity_files=(str(lab.folder / "one"), str(lab.folder / "two")))
    async with lab.virtual_hosts(["127.0.1.1"]), lab.transport() as transport:
        with pytest.raises(SSHFailure) as caught:
            await transport.connect(host)

    assert caught.value.kind is FailureKind.AUTHENTICATION
    assert [fingerprint(key) in str(caught.value) for key in keys] == [True, True]


async def test_the_key_that_worked_comes_first_at_the_next_host(lab: Lab) -> None:
    """Wrong keys are offered to the first host only: sshd ends a login after six."""
    addresses = ["127.0.1.1", "127.0.1.2"]
    for number in range(3):
        new_key(lab.folder / f"wrong{number}")
    files = tuple(str(lab.folder / f"wrong{number}") for number in range(3))
    async with lab.virtual_hosts(addresses), lab.transport() as transport:
        offered = []
        for address in addresses:
            lab.know(address)
        for address in addresses:
            host = lab.host(address, identity_files=(*files, str(lab.key)))
            await (await transport.connect(host)).close()
            keys = await transport._keys.for_host(host)
            offered.append(keys.pairs[0].key_public_data)

    own = asyncssh.read_private_key(lab.key).public_data
    assert offered == [own, own]


async def test_an_encrypted_file_needs_no_passphrase_when_the_agent_has_its_key(lab: Lab) -> None:
    """IdentityFile then only says which of the agent's keys to offer."""
    lab.know("127.0.1.1")
    file = lab.folder / "locked"
    file.write_bytes(lab.key.read_bytes())
    file.chmod(0o600)
    lock(file)
    async with (
        agent_with(lab.folder, lab.key) as socket,
        lab.virtual_hosts(["127.0.1.1"]),
        lab.transport(agent_path=socket) as transport,
    ):
        connection = await transport.connect(lab.host(identity_files=(str(file),)))
        await connection.close()


async def test_a_public_file_names_a_key_of_the_agent(lab: Lab) -> None:
    """With IdentitiesOnly, only the key whose public half is named is offered."""
    lab.know("127.0.1.1")
    strangers = [lab.folder / f"stranger{number}" for number in range(7)]
    for file in strangers:
        new_key(file)
    public = lab.folder / "own.pub"
    asyncssh.read_private_key(lab.key).write_public_key(public)
    async with (
        agent_with(lab.folder, *strangers, lab.key) as socket,
        lab.virtual_hosts(["127.0.1.1"]),
        lab.transport(agent_path=socket) as transport,
    ):
        host = lab.host(identity_files=(str(public),))
        connection = await transport.connect(host)
        await connection.close()
        keys = await transport._keys.for_host(host)

    assert len(keys.pairs) == 1


async def test_a_signature_that_nobody_waits_for_is_not_taken_for_the_next(lab: Lab) -> None:
    """A login cut off between question and answer leaves the agent usable, each answer its own."""
    data = [f"data {number}".encode() for number in range(20)]
    async with agent_with(lab.folder, lab.key) as socket:
        agent = SharedAgent(socket)
        (pair,) = await agent.get_keys()
        tasks = [asyncio.create_task(agent.sign(pair.key_public_data, part)) for part in data]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await agent.aclose()

    key = asyncssh.read_private_key(lab.key).convert_to_public()
    for number, result in enumerate(results):
        if number % 2 == 0:
            assert isinstance(result, asyncio.CancelledError)
        else:
            assert isinstance(result, bytes)
            assert key.verify(data[number], result)


async def test_an_agent_that_is_gone_is_no_reason_to_fail(lab: Lab) -> None:
    """A socket without an agent behind it leaves the key files."""
    lab.know("127.0.1.1")
    async with (
        lab.virtual_hosts(["127.0.1.1"]),
        lab.transport(agent_path=str(lab.folder / "nobody")) as transport,
    ):
        await (await transport.connect(lab.host())).close()


async def test_fifty_hosts_at_once_share_one_agent(lab: Lab) -> None:
    """Logins under way together are each signed for by the one connection to the agent."""
    addresses = [f"127.0.1.{number}" for number in range(1, 51)]
    for address in addresses:
        lab.know(address)
    async with (
        agent_with(lab.folder, lab.key) as socket,
        lab.virtual_hosts(addresses),
        lab.transport(agent_path=socket) as transport,
    ):
        async with asyncio.TaskGroup() as tasks:
            opening = [
                tasks.create_task(
                    transport.connect(lab.host(address, identity_files=(), identities_only=False))
                )
                for address in addresses
            ]
        for task in opening:
            await task.result().close()


async def test_a_certificate_beside_the_key_is_offered(lab: Lab) -> None:
    """`key-cert.pub` opens hosts that trust its authority and do not know the key."""
    lab.know("127.0.1.1")
    authority = asyncssh.generate_private_key("ssh-ed25519")
    key = new_key(lab.folder / "signed")
    certificate = authority.generate_user_certificate(key, "operator", principals=["root"])
    certificate.write_certificate(lab.folder / "signed-cert.pub")
    line = authority.export_public_key().decode()
    (lab.folder / "authorized_keys").write_text(f"cert-authority {line}")
    async with lab.virtual_hosts(["127.0.1.1"]), lab.transport() as transport:
        host = lab.host(identity_files=(str(lab.folder / "signed"),))
        await (await transport.connect(host)).close()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_the_public_half_of_a_locked_file_is_known(tmp_path: Path, kind: str) -> None:
    """Its clear header tells which key it is, without a passphrase."""
    file = tmp_path / "locked"
    key = asyncssh.generate_private_key(kind)
    key.write_private_key(file)
    file.chmod(0o600)
    lock(file)

    found = read_key_file(str(file), None)

    assert (found.is_locked, found.trouble) == (True, "")
    assert found.public_data == key.public_data


@pytest.mark.parametrize("form", ["pkcs8-pem", "pkcs1-pem"])
def test_encrypted_files_of_older_forms_are_told_as_locked(tmp_path: Path, form: str) -> None:
    """What needs a passphrase is not called broken."""
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    key.write_private_key(tmp_path / "locked", form, passphrase=OPENING)

    found = read_key_file(str(tmp_path / "locked"), None)

    assert (found.is_locked, found.trouble) == (True, "")


@pytest.mark.parametrize(
    "content", [b"", b"\0\xff", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"]
)
def test_files_that_are_no_keys_are_named(tmp_path: Path, content: bytes) -> None:
    """Anything else is told with its path and breaks nothing."""
    file = tmp_path / "odd"
    file.write_bytes(content)

    found = read_key_file(str(file), None)

    assert not found.pairs
    assert str(file) in found.trouble
