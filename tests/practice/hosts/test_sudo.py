"""The sudo of practice hosts asks, checks and refuses; the product's own dialogue gets through."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.practice.hosts.world import World
from wizard.fleet.host import Host, Sudo
from wizard.ssh.sudo import shell_command

NONCE = "0123456789abcdef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A way of becoming root: what sudo is set to, what is given to it, what it says."""

    mode: str
    sudo: Sudo = Sudo.PASSWORD
    given: str = ""
    errors: str = ""


GRANTED = (
    Attempt(mode="password s3cret", given="s3cret\n", errors=f"PW{NONCE}:"),
    Attempt(mode="nopasswd", sudo=Sudo.PASSWORDLESS),
    Attempt(mode="nopasswd"),
)
REFUSED = (
    Attempt(
        mode="password s3cret", sudo=Sudo.PASSWORDLESS, errors="sudo: a password is required\n"
    ),
    Attempt(mode="password s3cret", errors="sudo: a password is required\n"),
    Attempt(
        mode="password s3cret",
        given="a\nb\nc\n",
        errors="sudo: 3 incorrect password attempts\n",
    ),
    Attempt(mode="requiretty", errors="sudo: sorry, you must have a tty to run sudo\n"),
    Attempt(mode="refused", given="s3cret\n", errors="op is not in the sudoers file.\n"),
)


@pytest.mark.parametrize("attempt", [*GRANTED, *REFUSED])
async def test_the_product_s_own_command(world: World, attempt: Attempt) -> None:
    """Each way of becoming root, and each refusal, in sudo's words."""
    host = await world.host()
    host.allow_sudo(attempt.mode)
    command = shell_command(Host(name="h", address="h", user="op", sudo=attempt.sudo), NONCE)

    async with world.connect(host, "op") as connection:
        done = await connection.run(command, input=f"{attempt.given}echo $USER $HOME\n")

    is_granted = attempt in GRANTED
    said = f"RDY{NONCE}\nroot {host.root}/root\n" if is_granted else ""
    assert (done.exit_status, done.stdout) == (0 if is_granted else 1, said)
    assert str(done.stderr).endswith(attempt.errors)


async def test_root_needs_no_password(world: World) -> None:
    """Whatever sudo says to others."""
    host = await world.host()
    host.allow_sudo("refused")

    done = await host.run("sudo -n -- sh -c 'echo $USER'")

    assert (done.status, done.output) == (0, b"root\n")


async def test_without_minus_s_it_wants_a_terminal(world: World) -> None:
    """What is on standard input is left to the command."""
    host = await world.host()
    host.allow_sudo("password s3cret")

    async with world.connect(host, "op") as connection:
        done = await connection.run("sudo true || cat", input="mine\n")

    assert done.stdout == "mine\n"
    assert "a terminal is required" in str(done.stderr)
