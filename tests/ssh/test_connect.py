"""Connections: who is let in, what is refused, and what is said of it."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import asyncssh
import pytest

from tests.ssh.lab import Behaviour, Lab, free_port
from wizard.fleet.host import Host
from wizard.ssh.client import SSHTransport
from wizard.ssh.failures import FailureKind, SSHFailure
from wizard.ssh.known_hosts import approve, fingerprint, public_line


async def failure_of(transport: SSHTransport, host: Host) -> SSHFailure:
    """Connect to a host that must not be reached and return why it was not."""
    with pytest.raises(SSHFailure) as caught:
        await transport.connect(host)
    return caught.value


async def say(transport: SSHTransport, host: Host, words: str) -> tuple[bytes, ...]:
    """Let the host say words and return the lines that came back."""
    connection = await transport.connect(host)
    try:
        result = await connection.run_script(f"echo {words}\n".encode(), nonce="n0nce", timeout=60)
    finally:
        await connection.close()
    return result.lines


async def test_key_login_runs_a_script(lab: Lab) -> None:
    """A host with a known key lets us in by key and runs what stands on stdin."""
    lab.know("127.0.1.1")
    async with lab.virtual_hosts(["127.0.1.1"]) as seen, lab.transport() as transport:
        lines = await say(transport, lab.host(), "hello")

    assert lines == (b"hello",)
    assert seen.commands == ["exec /bin/sh -c 'echo RDYn0nce; exec /bin/sh -s'"]


async def test_unknown_key_is_refused_until_approved(lab: Lab) -> None:
    """No host is trusted silently: approval names the key, and only then it connects."""
    async with lab.virtual_hosts(["127.0.1.1"]):
        async with lab.transport() as transport:
            failure = await failure_of(transport, lab.host())
        assert failure.kind is FailureKind.KEY_UNKNOWN
        assert failure.offered is not None
        assert failure.offered.fingerprint == fingerprint(lab.host_key)

        approve(lab.folder / "approved_keys", failure.offered)
        async with lab.transport() as transport:
            assert await say(transport, lab.host(), "trusted") == (b"trusted",)


async def test_changed_key_is_refused(lab: Lab) -> None:
    """A host whose key is not the known one is refused, with both fingerprints."""
    other = asyncssh.generate_private_key("ssh-ed25519")
    lab.know("127.0.1.1", key=other)
    async with lab.virtual_hosts(["127.0.1.1"]) as seen, lab.transport() as transport:
        failure = await failure_of(transport, lab.host())

    assert failure.kind is FailureKind.KEY_CHANGED
    assert failure.offered is not None
    assert failure.offered.known_fingerprint == fingerprint(other)
    assert failure.offered.fingerprint == fingerprint(lab.host_key)
    assert seen.logins == []


async def test_host_that_lost_its_key_type_is_a_changed_key(lab: Lab) -> None:
    """A known RSA key and an offered Ed25519 key are a changed key, not a missing algorithm."""
    lab.know("127.0.1.1", key=asyncssh.generate_private_key("ecdsa-sha2-nistp256"))
    async with lab.virtual_hosts(["127.0.1.1"]), lab.transport() as transport:
        failure = await failure_of(transport, lab.host())

    assert failure.kind is FailureKind.KEY_CHANGED
    assert failure.offered is not None
    assert failure.offered.fingerprint == fingerprint(lab.host_key)


async def test_revoked_key_is_refused_even_if_known(lab: Lab) -> None:
    """A key marked @revoked never passes."""
    line = public_line(lab.host_key)
    lab.known_hosts.write_text(f"@revoked [127.0.1.1]:{lab.port} {line}\n")
    async with lab.virtual_hosts(["127.0.1.1"]), lab.transport() as transport:
        failure = await failure_of(transport, lab.host())

    assert failure.kind is FailureKind.KEY_REVOKED


async def test_refused_port(lab: Lab) -> None:
    """A port on which nothing listens is told as such."""
    async with lab.transport() as transport:
        failure = await failure_of(transport, lab.host(port=free_port("127.0.1.1")))

    assert failure.kind is FailureKind.REFUSED


async def test_unresolvable_name(lab: Lab) -> None:
    """A name that nobody knows is told as such."""
    async with lab.transport() as transport:
        failure = await failure_of(transport, lab.host("no-such-host.invalid"))

    assert failure.kind is FailureKind.UNRESOLVABLE


async def test_silent_port_times_out(lab: Lab) -> None:
    """A server that accepts and says nothing costs the connect bound and no more."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with lab.raw_server(say_nothing), lab.transport(connect=0.3) as transport:
        failure = await failure_of(transport, lab.host())

    assert failure.kind is FailureKind.TIMED_OUT


async def test_something_else_at_the_port_is_garbage(lab: Lab) -> None:
    """A web server at the port is told from a busy sshd."""

    async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    async with lab.raw_server(speak_http), lab.transport() as transport:
        failure = await failure_of(transport, lab.host())

    assert failure.kind is FailureKind.GARBAGE
    assert "HTTP/1.1 400" in failure.detail


async def test_busy_sshd_is_tried_again(lab: Lab) -> None:
    """A connection closed before the banner means MaxStartups: another try gets through."""
    lab.know("127.0.1.1")
    refused = 0

    async with lab.virtual_hosts(["127.0.1.2"]):

        async def refuse_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal refused
            if refused < 2:
                refused += 1
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.1.2", lab.port)
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(pump(reader, far_writer))
                pumps.create_task(pump(far_reader, writer))

        async with lab.raw_server(refuse_twice), lab.transport() as transport:
            assert await say(transport, lab.host(), "at last") == (b"at last",)

    assert refused == 2


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until they end."""
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def test_wrong_key_is_an_authentication_failure(lab: Lab) -> None:
    """A key that nobody authorized is refused, and nothing was changed."""
    lab.know("127.0.1.1")
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(lab.folder / "stranger")
    async with lab.virtual_hosts(["127.0.1.1"]), lab.transport() as transport:
        failure = await failure_of(
            transport, lab.host(identity_files=(str(lab.folder / "stranger"),))
        )

    assert failure.kind is FailureKind.AUTHENTICATION
    assert not failure.script_sent


@pytest.mark.parametrize("keyboard", [False, True], ids=["password", "keyboard-interactive"])
async def test_password_login(lab: Lab, *, keyboard: bool) -> None:
    """A host that wants a password gets the group's one; without it, it is asked for by name."""
    lab.know("127.0.1.1")
    stranger = lab.folder / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(stranger)
    host = lab.host(identity_files=(str(stranger),), credential="web")
    behaviour = Behaviour(password="correct horse", keyboard=keyboard)  # noqa: S106  # made up
    async with lab.virtual_hosts(["127.0.1.1"], behaviour):
        async with lab.transport() as transport:
            failure = await failure_of(transport, host)
        assert (failure.kind, failure.secret) == (FailureKind.SECRET_MISSING, "login:web")

        async with lab.transport({"login:web": "correct horse"}) as transport:
            assert await say(transport, host, "in") == (b"in",)

        async with lab.transport({"login:web": "battery staple"}) as transport:
            failure = await failure_of(transport, host)
        assert failure.kind is FailureKind.AUTHENTICATION
        assert "battery staple" not in str(failure)


async def test_encrypted_key_needs_its_passphrase(lab: Lab) -> None:
    """An encrypted key without a passphrase names the secret; with it, it is used."""
    lab.know("127.0.1.1")
    key = asyncssh.read_private_key(lab.key)
    file = lab.folder / "encrypted"
    opening = "open sesame"
    key.write_private_key(file, passphrase=opening, cipher_name="aes256-ctr", rounds=50)
    host = lab.host(identity_files=(str(file),))
    secret = f"passphrase:{file}"
    async with lab.virtual_hosts(["127.0.1.1"]):
        async with lab.transport() as transport:
            failure = await failure_of(transport, host)
        assert (failure.kind, failure.secret) == (FailureKind.SECRET_MISSING, secret)

        async with lab.transport({secret: "wrong"}) as transport:
            failure = await failure_of(transport, host)
        assert failure.kind is FailureKind.KEY_FILE

        async with lab.transport({secret: opening}) as transport:
            assert await say(transport, host, "open") == (b"open",)


async def test_missing_key_file_is_named(lab: Lab) -> None:
    """A key file that is not there is named in the failure."""
    lab.know("127.0.1.1")
    async with lab.virtual_hosts(["127.0.1.1"]), lab.transport() as transport:
        failure = await failure_of(transport, lab.host(identity_files=("/nowhere/key",)))

    assert failure.kind is FailureKind.KEY_FILE
    assert "/nowhere/key" in str(failure)


async def test_agent_key_is_used(lab: Lab) -> None:
    """A key that only the agent has opens the door."""
    lab.know("127.0.1.1")
    socket = lab.folder / "agent"
    agent = await asyncio.create_subprocess_exec(
        "ssh-agent", "-D", "-a", str(socket), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(30):
            while not socket.exists():  # noqa: ASYNC110  # a file, not an event
                await asyncio.sleep(0.01)
        await asyncio.to_thread(
            subprocess.run,
            ["ssh-add", "-q", str(lab.key)],
            check=True,
            env={"SSH_AUTH_SOCK": str(socket), "PATH": "/usr/bin:/bin"},
        )
        async with (
            lab.virtual_hosts(["127.0.1.1"]),
            lab.transport(agent_path=str(socket)) as transport,
        ):
            host = lab.host(identity_files=(), identities_only=False)
            assert await say(transport, host, "agent") == (b"agent",)
    finally:
        agent.terminate()
        await agent.wait()


async def test_two_hops(lab: Lab) -> None:
    """A host behind two jump hosts is reached through both, each checked by its own key."""
    lab.know("127.0.1.1")
    async with (
        lab.virtual_hosts(["127.0.1.1"]) as seen,
        lab.sshd("127.0.0.1") as outer,
        lab.sshd("127.0.0.2") as inner,
        lab.transport(hops={"outer": outer, "inner": inner}) as transport,
    ):
        host = lab.host(proxy_jump=("outer", "inner"))
        assert await say(transport, host, "far") == (b"far",)

    assert seen.commands == ["exec /bin/sh -c 'echo RDYn0nce; exec /bin/sh -s'"]


async def test_jump_host_with_a_changed_key_stops_the_way(lab: Lab) -> None:
    """A jump host is checked as strictly as a host."""
    lab.know("127.0.1.1")
    async with lab.virtual_hosts(["127.0.1.1"]) as seen, lab.sshd() as bastion:
        lab.known_hosts.write_text("")
        lab.know("127.0.0.1", bastion.port, asyncssh.generate_private_key("ssh-ed25519"))
        async with lab.transport(hops={"bastion": bastion}) as transport:
            failure = await failure_of(transport, lab.host(proxy_jump=("bastion",)))

    assert (failure.kind, failure.host) == (FailureKind.KEY_CHANGED, "bastion")
    assert seen.logins == []


async def test_200_hosts_behind_one_bastion_with_default_limits(lab: Lab) -> None:
    """A default sshd as the only way in carries 200 hosts at once."""
    addresses = [f"127.0.1.{number}" for number in range(1, 201)]
    for address in addresses:
        lab.know(address)
    async with (
        lab.virtual_hosts(addresses) as seen,
        lab.sshd() as bastion,
        lab.transport(hops={"bastion": bastion}, connect=60.0) as transport,
        asyncio.TaskGroup() as tasks,
    ):
        answers = [
            tasks.create_task(say(transport, lab.host(address, proxy_jump=("bastion",)), address))
            for address in addresses
        ]

    assert [answer.result() for answer in answers] == [(address.encode(),) for address in addresses]
    assert len(seen.commands) == 200


def test_unreadable_known_hosts_is_an_error(tmp_path: Path) -> None:
    """A directory in place of known_hosts is told, not taken for an empty file."""
    from wizard.errors import InputError  # noqa: PLC0415  # only here
    from wizard.ssh.known_hosts import KnownHosts  # noqa: PLC0415  # only here

    with pytest.raises(InputError, match="known host keys"):
        KnownHosts.read([tmp_path])
