"""Becoming root through a sudo that behaves in all the ways sudo does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.ssh.lab import Behaviour, Lab
from wizard.fleet.host import Host, Sudo
from wizard.ssh.client import SSHTransport
from wizard.ssh.failures import FailureKind, SSHFailure
from wizard.ssh.sudo import shell_command
from wizard.ssh.transport import ScriptResult

PROGRAMS = Path(__file__).parent / "programs"
RIGHT = {"sudo:default": "open sesame"}
WRONG = {"sudo:default": "open barley"}


def sudo_host(lab: Lab, address: str = "127.0.1.1", sudo: Sudo = Sudo.AUTO) -> Host:
    """Return a host whose login user is not root."""
    lab.know(address)
    return lab.host(address, user="op", sudo=sudo)


def with_sudo(lab: Lab, mode: str) -> Behaviour:
    """Return the behaviour of hosts with a sudo in that mode."""
    return Behaviour(
        path=str(PROGRAMS),
        environment={"SUDO_MODE": mode, "SUDO_TRIED": str(lab.folder / "tried")},
    )


def tried(lab: Lab) -> list[str]:
    """Return the passwords that sudo was given, on any host."""
    file = lab.folder / "tried"
    return file.read_text().splitlines() if file.exists() else []


async def run(transport: SSHTransport, host: Host, script: bytes = b"echo in\n") -> ScriptResult:
    """Run a script on a fresh connection."""
    connection = await transport.connect(host)
    try:
        return await connection.run_script(script, nonce="n0nce", timeout=10)
    finally:
        await connection.close()


async def refusal(transport: SSHTransport, host: Host) -> SSHFailure:
    """Return why a script did not become root."""
    with pytest.raises(SSHFailure) as caught:
        await run(transport, host)
    assert not caught.value.script_sent
    return caught.value


@pytest.mark.parametrize("sudo", [Sudo.AUTO, Sudo.PASSWORD, Sudo.PASSWORDLESS])
async def test_no_password_wanted(lab: Lab, sudo: Sudo) -> None:
    """Where sudo wants no password none is sent, even if there is one."""
    async with (
        lab.virtual_hosts(["127.0.1.1"], with_sudo(lab, "nopasswd")),
        lab.transport(RIGHT) as transport,
    ):
        result = await run(transport, sudo_host(lab, sudo=sudo))

    assert result.lines == (b"in",)
    assert tried(lab) == []


@pytest.mark.parametrize("mode", ["password", "lecture"])
async def test_the_right_password_opens(lab: Lab, mode: str) -> None:
    """The password is sent after our own prompt, whatever else sudo says."""
    async with (
        lab.virtual_hosts(["127.0.1.1"], with_sudo(lab, mode)),
        lab.transport(RIGHT) as transport,
    ):
        result = await run(transport, sudo_host(lab))

    assert result.lines == (b"in",)
    assert tried(lab) == ["open sesame"]


async def test_a_root_login_never_asks_sudo(lab: Lab) -> None:
    """A login that is root already runs the shell itself."""
    lab.know("127.0.1.1")
    async with (
        lab.virtual_hosts(["127.0.1.1"], with_sudo(lab, "requiretty")) as seen,
        lab.transport() as transport,
    ):
        assert (await run(transport, lab.host())).lines == (b"in",)

    assert "sudo" not in seen.commands[0]


@pytest.mark.parametrize("mode", ["password", "once"])
async def test_a_wrong_password_reaches_one_host_of_its_group(lab: Lab, mode: str) -> None:
    """One wrong password on many hosts would lock the account: the others are not asked."""
    addresses = [f"127.0.1.{number}" for number in range(1, 9)]
    hosts = [sudo_host(lab, address) for address in addresses]
    async with (
        lab.virtual_hosts(addresses, with_sudo(lab, mode)),
        lab.transport(WRONG) as transport,
        asyncio.TaskGroup() as tasks,
    ):
        ends = [tasks.create_task(refusal(transport, host)) for host in hosts]
    failures = [end.result() for end in ends]

    assert tried(lab) == ["open barley"]
    assert {failure.kind for failure in failures} == {FailureKind.SUDO_WRONG_PASSWORD}
    assert {failure.secret for failure in failures} == {"sudo:default"}
    assert [failure.detail for failure in failures].count("") == 1
    assert not any("barley" in f"{failure}{failure.__cause__!r}" for failure in failures)


async def test_a_right_password_is_used_on_all_hosts_of_its_group(lab: Lab) -> None:
    """Once it was right the other hosts need not wait, and one that differs stops nobody."""
    addresses = [f"127.0.1.{number}" for number in range(1, 5)]
    async with (
        lab.virtual_hosts(addresses[:3], with_sudo(lab, "password")),
        lab.virtual_hosts(addresses[3:], with_sudo(lab, "stranger")),
        lab.transport(RIGHT) as transport,
    ):
        first, second, third, stranger = (sudo_host(lab, address) for address in addresses)
        assert (await run(transport, first)).lines == (b"in",)
        failure = await refusal(transport, stranger)
        assert (failure.kind, failure.detail) == (
            FailureKind.SUDO_REFUSED,
            "op is not in the sudoers file.",
        )
        async with asyncio.TaskGroup() as tasks:
            ends = [tasks.create_task(run(transport, host)) for host in (second, third)]

    assert [end.result().lines for end in ends] == [(b"in",), (b"in",)]


async def test_a_host_that_stays_silent_after_the_password_lets_the_others_go_on(lab: Lab) -> None:
    """A cancelled or lost attempt tells nothing of the password: the next host tries it."""
    async with (
        lab.virtual_hosts(["127.0.1.1"], with_sudo(lab, "password")),
        lab.virtual_hosts(["127.0.1.2"], with_sudo(lab, "mute")),
        lab.transport(RIGHT) as transport,
    ):
        other_host = sudo_host(lab)
        mute = asyncio.create_task(run(transport, sudo_host(lab, "127.0.1.2")))
        async with asyncio.timeout(10):
            while not tried(lab):  # noqa: ASYNC110  # a file, not an event
                await asyncio.sleep(0.01)
        other = asyncio.create_task(run(transport, other_host))
        mute.cancel()
        result = await other
        await asyncio.wait([mute])

    assert mute.cancelled()
    assert result.lines == (b"in",)


async def test_a_missing_password_is_named(lab: Lab) -> None:
    """Without a password the failure says which one is wanted, and sudo is told nothing."""
    async with (
        lab.virtual_hosts(["127.0.1.1"], with_sudo(lab, "password")),
        lab.transport() as transport,
    ):
        failure = await refusal(transport, sudo_host(lab))

    assert (failure.kind, failure.secret) == (FailureKind.SECRET_MISSING, "sudo:default")
    assert tried(lab) == []


@pytest.mark.parametrize(
    ("mode", "sudo", "words"),
    [
        ("requiretty", Sudo.AUTO, "sudo: sorry, you must have a tty to run sudo"),
        ("missing", Sudo.AUTO, "sh: 1: exec: sudo: not found"),
        ("password", Sudo.PASSWORDLESS, "sudo: a password is required"),
    ],
)
async def test_sudo_that_refuses_is_quoted(lab: Lab, mode: str, sudo: Sudo, words: str) -> None:
    """What sudo says stands in the failure, and no password was sent."""
    async with (
        lab.virtual_hosts(["127.0.1.1"], with_sudo(lab, mode)),
        lab.transport(RIGHT) as transport,
    ):
        failure = await refusal(transport, sudo_host(lab, sudo=sudo))

    assert (failure.kind, failure.detail) == (FailureKind.SUDO_REFUSED, words)
    assert tried(lab) == []


def test_only_a_nonce_gets_into_a_command() -> None:
    """What is put into a shell command is letters and digits."""
    with pytest.raises(ValueError, match="not a nonce"):
        shell_command(Host(name="h", address="h"), "$(reboot)")
