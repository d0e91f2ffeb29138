"""A simulated program hears what a shell says, and its reply is played back."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from tests.practice.hosts.world import World
from tests.transaction.await_until import until
from wizard.practice.host.host import Outcome, PracticeHost
from wizard.practice.machine.calls import Reply

ODD = ("two words", "", "a\nline", "it's \\n $HOME", "é", "--", "*", "-n")


def files_of_calls(host: PracticeHost) -> list[str]:
    """Return the files that calls have made; a pipe stays for the next one."""
    return sorted(file.name for file in (host.folder / "replies").iterdir())


async def test_a_call_arrives_word_for_word(world: World) -> None:
    """Empty words, line feeds, quotes and dashes are words like any other."""
    host = await world.host()
    words = " ".join("'" + word.replace("'", "'\\''") + "'" for word in ODD)

    done = await host.run(f"DOCKER_HOST=unix:///run/docker.sock docker {words}")

    assert done == Outcome(status=0, output=b"", errors=b"")
    [call] = world.calls
    assert call.program == "docker"
    assert call.arguments == ODD
    assert call.environment == {
        "USER": "root",
        "HOME": str(host.root / "root"),
        "DOCKER_HOST": "unix:///run/docker.sock",
    }


@pytest.mark.parametrize("size", [0, 1, 2048, 2049, 300_000])
async def test_a_reply_is_played_back_byte_for_byte(world: World, size: int) -> None:
    """Short or long, with quotes, backslashes and trailing line feeds; and its exit status."""
    host = await world.host()
    text = ("it's \\n 100 %s\té\r\n\n" * (size // 20 + 1))[:size]
    world.replies["info"] = Reply(status=7, output=text, errors=text[::-1])

    done = await host.run("docker info")

    assert done == Outcome(status=7, output=text.encode(), errors=text[::-1].encode())
    await until(lambda: files_of_calls(host) == ["1"], "more than the pipe is left")


async def test_calls_do_not_wait_for_each_other(world: World) -> None:
    """One that hangs keeps no other one from its reply."""
    host = await world.host()
    hanging = host.start("docker hang")
    await until(lambda: bool(world.calls), "the call did not come")
    world.replies["info"] = Reply(output="here\n")

    done = await host.run("docker info")

    assert done.output == b"here\n"
    assert not hanging.has_ended


@pytest.mark.parametrize("bound", ["timeout 0.2", "timeout -s KILL 0.2", "timeout -k 1 0.2"])
async def test_a_call_that_is_killed_is_over_on_both_sides(world: World, bound: str) -> None:
    """`timeout` ends the program, and the fleet stops to work for it."""
    host = await world.host()

    begun = time.monotonic()
    done = await host.run(f"{bound} docker hang")

    assert done.status in {124, 137, -signal.SIGKILL}
    assert time.monotonic() - begun < 30
    await until(lambda: not host.programs.under_way, "the call goes on")
    assert files_of_calls(host) == ["1"]


async def test_a_program_gets_the_file_that_comes_with_a_call(world: World) -> None:
    """As curl does by `/proc/self/fd/4`, and docker by its standard input."""
    host = await world.host()

    await host.run("docker --cacert /proc/self/fd/4 4<<CA\nthe CA\nCA\n")
    await host.run("docker login --password-stdin", b"a password\n")
    await host.run("docker load", b"\0\1\2")

    assert [call.given for call in world.calls] == [b"the CA\n", b"a password\n", b"\0\1\2"]


async def test_a_mistake_of_a_simulated_program_is_told(world: World) -> None:
    """The caller sees a status of its own, and whoever closes the host learns of it."""
    host = await world.host()

    done = await host.run("docker break")

    assert done.status == 125
    assert [str(failure) for failure in host.programs.failures] == [
        "a mistake of the simulated program"
    ]


async def test_calls_under_way_end_when_the_fleet_does(world: World) -> None:
    """They end by themselves and with an error, not by a signal."""
    host = await world.host()
    running = host.start("docker hang")
    await until(lambda: bool(world.calls), "the call did not come")

    await host.programs.close()

    async with asyncio.timeout(30):
        assert await running.wait() == 125


async def test_a_call_of_a_dead_fleet_fails_at_once(world: World) -> None:
    """Whoever finds a host without its fleet is told so, and not left waiting."""
    host = await world.host()
    gone = host.start("true")
    await gone.wait()
    (world.home / "lock").write_text(f"{gone.pid}\n")

    done = await host.run("docker info")

    assert done.status == 125
    assert done.errors == b"docker: the practice fleet that this host belongs to is gone\n"


async def test_programs_that_were_never_called_cost_nothing(world: World) -> None:
    """The pipe is made when the first shell starts."""
    host = await world.host()

    assert not host.programs.is_open
    assert not (host.folder / "ask").exists()

    await host.run("true")

    assert host.programs.is_open


async def test_busybox_hosts_call_programs_too(world: World) -> None:
    """The shell and the tools are busybox's, `/bin/sh` included."""
    host = await world.host(busybox=True)
    world.replies["info"] = Reply(output="here\n")

    done = await host.run("/bin/sh -c 'docker info; readlink /proc/$$/exe'")

    assert done.output.split(b"\n")[0] == b"here"
    assert done.output.split(b"\n")[1].endswith(b"busybox")
