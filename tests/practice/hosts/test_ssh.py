"""SSH to practice hosts is real: keys, users, exit statuses, and what a dropped line leaves."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import asyncssh
import pytest

from tests.practice.hosts.world import PASSWORD, World
from tests.transaction.await_until import until
from wizard.errors import InputError
from wizard.practice.host.marked_processes import processes_below
from wizard.practice.machine.calls import Reply


async def test_a_command_has_the_host_s_own_surroundings(world: World) -> None:
    """Root's home, the host's programs, and no variable of the fleet's process."""
    host = await world.host()
    world.replies["info"] = Reply(output="here\n", errors="there\n")

    async with world.connect(host) as connection:
        done = await connection.run("env | sort; pwd; docker info; cat; exit 3", input="given\n")

    assert done.exit_status == 3
    assert done.stderr == "there\n"
    home = f"{host.root}/root"
    lines = [line for line in str(done.stdout).splitlines() if not line.startswith("PATH=")]
    assert lines == [
        f"HOME={home}",
        "LOGNAME=root",
        f"PILOTAGE_ROOT={host.root}",
        f"PWD={home}",
        "SHELL=/bin/sh",
        "USER=root",
        home,
        "here",
        "given",
    ]


async def test_a_shell_without_a_terminal_reads_commands(world: World) -> None:
    """As `ssh host <script` does."""
    host = await world.host()

    async with world.connect(host) as connection:
        done = await connection.run(None, input="echo $((6 * 7))\nexit 5\n")

    assert (done.exit_status, done.stdout) == (5, "42\n")


async def test_a_signal_is_told_as_one(world: World) -> None:
    """A command that was killed has no exit status."""
    host = await world.host()

    async with world.connect(host) as connection:
        done = await connection.run("kill -s KILL $$")

    assert done.exit_signal is not None
    assert done.exit_signal[0] == "KILL"


async def test_a_megabyte_goes_both_ways(world: World) -> None:
    """More than any pipe or window holds."""
    host = await world.host()
    content = bytes(range(256)) * 4096

    async with world.connect(host) as connection:
        done = await connection.run("cat", input=content, encoding=None)

    assert done.stdout == content


async def test_a_dropped_connection_leaves_the_command_running(
    world: World, tmp_path: Path
) -> None:
    """As with a real sshd, nothing on the host ends with the connection."""
    host = await world.host()
    mark = tmp_path / "mark"

    async with world.connect(host) as connection:
        command = f"exec </dev/null >/dev/null 2>&1; echo >{mark}.1; sleep 0.5; echo >{mark}.2"
        await connection.create_process(command)
        await until(Path(f"{mark}.1").exists, "the command did not start")
        host.ssh.drop()

    await until(Path(f"{mark}.2").exists, "the command ended with its connection")


async def test_who_may_log_in(world: World) -> None:
    """Root by key, the operator by key or password, nobody else."""
    host = await world.host()
    stranger = asyncssh.generate_private_key("ssh-ed25519")

    by_password: dict[str, object] = {"client_keys": None, "password": PASSWORD}
    welcome: tuple[tuple[str, dict[str, object]], ...] = (
        ("root", {}),
        ("op", {}),
        ("op", by_password),
    )
    refused: tuple[tuple[str, dict[str, object]], ...] = (
        ("root", {"client_keys": [stranger]}),
        ("root", by_password),
        ("op", {"client_keys": None, "password": "wrong"}),
        ("nobody", {}),
    )

    for user, options in welcome:
        async with world.connect(host, user, **options) as connection:
            assert (await connection.run("echo $USER")).stdout == f"{user}\n"

    for user, options in refused:
        with pytest.raises(asyncssh.PermissionDenied):
            await world.connect(host, user, **options)


async def test_a_jump_host_leads_to_hosts_of_the_fleet_only(world: World) -> None:
    """Other hosts lead nowhere, and no way leads out."""
    host = await world.host()
    jump = await world.host("jump", may_forward=lambda _address, port: port == host.port)

    async with world.connect(jump) as tunnel:
        async with world.connect(host, tunnel=tunnel) as connection:
            assert (await connection.run("echo there")).stdout == "there\n"
        with pytest.raises(asyncssh.ChannelOpenError):
            await tunnel.open_connection("127.0.0.1", jump.port)
    async with world.connect(host) as connection:
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", jump.port)


async def test_a_host_that_refuses(world: World) -> None:
    """Nobody gets a connection until it is healed."""
    host = await world.host()
    host.ssh.faults.refuse = True

    with pytest.raises((ConnectionError, asyncssh.ConnectionLost)):
        await world.connect(host)

    host.ssh.faults.refuse = False
    async with world.connect(host) as connection:
        assert (await connection.run("true")).exit_status == 0


async def test_a_host_that_is_down(world: World) -> None:
    """Nobody gets a connection before it has booted again."""
    host = await world.host()
    await host.machine.power_off()

    with pytest.raises((ConnectionError, asyncssh.ConnectionLost)):
        await world.connect(host)

    await host.machine.boot()
    async with world.connect(host) as connection:
        assert (await connection.run("true")).exit_status == 0


async def test_a_host_with_another_key(world: World) -> None:
    """Whoever knew the host is warned."""
    host = await world.host()
    known = asyncssh.import_known_hosts(f"[{host.address}]:{host.port} {host.ssh.public_key}\n")
    async with world.connect(host, known_hosts=known):
        pass

    host.ssh.change_key()

    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        await world.connect(host, known_hosts=known)


async def test_a_slow_host(world: World) -> None:
    """Every command starts later; the connection itself does not."""
    host = await world.host()
    host.ssh.faults.slow = 0.3
    loop = asyncio.get_running_loop()

    async with world.connect(host) as connection:
        begun = loop.time()
        await connection.run("true")

    assert loop.time() - begun >= 0.3


async def test_a_host_that_drops_the_connection_at_a_word(world: World) -> None:
    """Once; the command goes on, and the next connection stays."""
    host = await world.host()
    host.ssh.faults.drop_after = b"now"

    async with world.connect(host) as connection:
        process = await connection.create_process("echo now; cat >/dev/null")
        async with asyncio.timeout(30):
            await connection.wait_closed()
        assert process.exit_status is None

    async with world.connect(host) as connection:
        assert (await connection.run("echo now")).stdout == "now\n"


async def test_a_host_with_few_sessions(world: World) -> None:
    """One more is refused, as by MaxSessions; an ended one makes room."""
    host = await world.host()
    host.ssh.faults.max_sessions = 1

    async with world.connect(host) as connection:
        async with connection.create_process("cat"):
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.run("true")
        assert (await connection.run("true")).exit_status == 0


async def test_a_reset_ends_what_runs_on_the_host(world: World) -> None:
    """Sessions of their own too; connections drop."""
    host = await world.host()
    async with world.connect(host) as connection:
        await connection.run("exec >/dev/null 2>&1; setsid sleep 60 & timeout 60 sleep 60 &")
        await connection.create_process("cat")
        assert processes_below(host.root)

        await host.machine.power_off()

        assert processes_below(host.root) == []
        async with asyncio.timeout(30):
            await connection.wait_closed()


async def test_a_port_that_is_taken(world: World) -> None:
    """The message names it, and says what else to do."""
    host = await world.host()

    with pytest.raises(InputError, match=f"Port {host.port} of 127.0.0.1 is taken") as refused:
        await world.host("web2", port=host.port)

    assert f"lsof -i :{host.port}" in refused.value.todo


async def test_an_address_that_this_machine_does_not_have(world: World) -> None:
    """As 127.0.0.2 on macOS; the message says how to add one."""
    host = await world.host()

    with pytest.raises(InputError, match=r"does not have the address 192\.0\.2\.1") as refused:
        host.ssh.listen("192.0.2.1", 0)

    assert "lo0 alias 192.0.2.1" in refused.value.todo
    assert isinstance(refused.value.__cause__, OSError)
    assert refused.value.__cause__.errno == errno.EADDRNOTAVAIL
