"""Running scripts: what comes back, what is noise, and what a loss or an end means."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.ssh.lab import Behaviour, Lab
from wizard.errors import ProtocolError
from wizard.ssh.failures import FailureKind, SSHFailure
from wizard.ssh.session import MAX_OUTPUT, ScriptSession
from wizard.ssh.sudo import ShellDialogue
from wizard.ssh.transport import OnLine, ScriptResult

ADDRESS = "127.0.1.1"


async def run(
    lab: Lab,
    script: bytes,
    behaviour: Behaviour | None = None,
    *,
    bound: float = 10,
    on_line: OnLine | None = None,
) -> ScriptResult:
    """Run a script on a virtual host of that behaviour."""
    lab.know(ADDRESS)
    async with (
        lab.virtual_hosts([ADDRESS], behaviour),
        lab.transport() as transport,
    ):
        connection = await transport.connect(lab.host())
        try:
            return await connection.run_script(
                script, nonce="n0nce", timeout=bound, on_line=on_line
            )
        finally:
            await connection.close()


async def failure_of(
    lab: Lab, script: bytes, behaviour: Behaviour | None = None, *, bound: float = 30
) -> SSHFailure:
    """Run a script that must fail, and return how."""
    with pytest.raises(SSHFailure) as caught:
        await run(lab, script, behaviour, bound=bound)
    return caught.value


def login_shell(lab: Lab, text: str) -> Behaviour:
    """Return the behaviour of hosts whose login shell is this script."""
    shell = lab.folder / "login-shell"
    shell.write_text(f"#!/bin/sh\n{text}\n")
    shell.chmod(0o755)
    return Behaviour(login_shell=str(shell))


@contextmanager
def no_task_of_ours_left() -> Iterator[None]:
    """Check that what runs inside leaves no task of the wizard behind."""

    def ours() -> set[asyncio.Task[object]]:
        return {task for task in asyncio.all_tasks() if "wizard" in repr(task.get_coro())}

    before = ours()
    yield
    assert ours() == before


async def test_output_errors_and_exit_status_come_back(lab: Lab) -> None:
    """Lines keep their order and their bytes; errors and the exit status come beside them."""
    result = await run(lab, b"printf 'one\\n\\ntwo \\377\\000\\nrest'; echo oh >&2; exit 3\n")

    assert result == ScriptResult(
        exit_status=3,
        lines=(b"one", b"", b"two \xff\x00", b"rest"),
        stderr_tail=b"oh\n",
    )


async def test_a_large_script_arrives_whole(lab: Lab) -> None:
    """Scripts far beyond the window of a channel arrive byte for byte."""
    payload = bytes(range(1, 256)).replace(b"'", b"").replace(b"\n", b"") * 4000
    script = b"x='" + payload + b'\'\nprintf %s "$x" | sha256sum\n'

    result = await run(lab, script)

    assert len(script) > 1_000_000
    assert result.lines == (hashlib.sha256(payload).hexdigest().encode() + b"  -",)


async def test_lines_are_told_as_they_come(lab: Lab) -> None:
    """Who follows a script hears every line, before the script is over."""
    heard: list[bytes] = []
    fifo = lab.folder / "go-on"
    script = f"mkfifo {fifo}\necho first\ncat {fifo}\necho last\n".encode()

    def hear(line: bytes) -> None:
        heard.append(line)
        if line == b"first":
            fifo.write_text("second\n")

    await run(lab, script, on_line=hear)

    assert heard == [b"first", b"second", b"last"]


async def test_what_a_listener_raises_reaches_the_caller(lab: Lab) -> None:
    """An answer that makes no sense is told as such, not as a lost connection."""

    def refuse(line: bytes) -> None:
        raise ProtocolError("no sense", host="h")

    with pytest.raises(ProtocolError, match="no sense"):
        await run(lab, b"echo x; sleep 30\n", on_line=refuse)


@pytest.mark.parametrize(
    "noise",
    [
        'echo "Welcome!"; echo "Last login: never"; exec /bin/sh "$@"',
        'printf "no line feed"; exec /bin/sh "$@"',
        'echo "tput: No value for TERM" >&2; exec /bin/sh "$@"',
    ],
    ids=["lines", "no line feed", "errors"],
)
async def test_noise_of_login_scripts_is_no_answer(lab: Lab, noise: str) -> None:
    """What login scripts print before the shell is ours never reaches the answer."""
    result = await run(lab, b"echo answer\n", login_shell(lab, noise))

    assert result.lines == (b"answer",)


async def test_a_banner_is_no_answer(lab: Lab) -> None:
    """What is printed before the login stays there."""
    result = await run(lab, b"echo answer\n", Behaviour(banner="Authorized use only!\n"))

    assert result.lines == (b"answer",)


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ('echo "This account is currently not available."; exit 1', "currently not available"),
        ('echo "PTY allocation request failed" >&2; exit 1', "PTY allocation"),
        ("cat >/dev/null; exit 0", ""),
    ],
    ids=["nologin", "forced command", "forced filter"],
)
async def test_a_login_that_runs_no_commands(lab: Lab, shell: str, words: str) -> None:
    """A shell that never becomes ours is told with its own words, and nothing was changed."""
    failure = await failure_of(lab, b"echo in\n" * 20_000, login_shell(lab, shell))

    assert (failure.kind, failure.script_sent) == (FailureKind.NO_SHELL, False)
    assert words in failure.detail


async def test_a_forced_command_that_is_a_shell_is_good_enough(lab: Lab) -> None:
    """Where the script ran anyway its answer counts."""
    result = await run(lab, b"echo n0nce hi\n", login_shell(lab, "echo hm; exec /bin/sh -s"))

    assert result.lines == (b"n0nce hi",)


async def test_a_frozen_host_costs_the_bound(lab: Lab) -> None:
    """A host that takes the script and never answers times out; it may have run."""
    failure = await failure_of(lab, b"echo in\n", Behaviour(frozen=True), bound=1)

    assert (failure.kind, failure.script_sent) == (FailureKind.TIMED_OUT, True)
    assert "not known yet" in failure.state


async def test_a_connection_lost_in_the_middle(lab: Lab) -> None:
    """Half a script was sent when the connection broke: the host has to be asked."""
    failure = await failure_of(lab, b"sleep 1\n" * 9000, Behaviour(drops_after=8))

    assert (failure.kind, failure.script_sent) == (FailureKind.LOST, True)
    assert "not known yet" in failure.state


async def test_a_host_that_goes_down_politely_is_lost_too(lab: Lab) -> None:
    """A channel that ends without an exit status is a loss, whatever came before."""
    failure = await failure_of(lab, b"echo in\n", Behaviour(hangs_up=True))

    assert (failure.kind, failure.script_sent) == (FailureKind.LOST, True)


async def test_a_shell_ended_by_a_signal(lab: Lab) -> None:
    """A signal is no exit status, and no loss either."""
    async with lab.sshd() as host, lab.transport() as transport:
        connection = await transport.connect(host)
        result = await connection.run_script(b"echo in\nkill -9 $$\n", nonce="n", timeout=10)
        await connection.close()

    assert (result.exit_status, result.lines) == (None, (b"in",))


def test_output_is_bounded() -> None:
    """A host that prints without end is stopped at the bound instead of filling the memory."""
    dialogue = ShellDialogue(nonce="n0nce")
    session = ScriptSession(dialogue, None)
    session.data_received(b"RDYn0nce\n", None)
    piece = b"y" * (MAX_OUTPUT // 8)
    for _piece in range(8):
        session.data_received(piece, None)

    assert session.too_much
    assert session.done.is_set()
    session.connection_lost(None)
    assert session.lines == []


async def test_noise_is_bounded_much_sooner(lab: Lab) -> None:
    """Before the shell is ours nothing but a few words is expected."""
    failure = await failure_of(lab, b"echo in\n", login_shell(lab, "yes noise"))

    assert (failure.kind, failure.script_sent) == (FailureKind.GARBAGE, True)


async def test_cancelling_a_script_leaves_nothing_behind(lab: Lab) -> None:
    """Neither a task nor an open channel stays, and the connection can still be used."""
    lab.know(ADDRESS)
    async with lab.virtual_hosts([ADDRESS]) as seen, lab.transport() as transport:
        connection = await transport.connect(lab.host())
        begun = asyncio.Event()
        with no_task_of_ours_left():
            script = asyncio.create_task(
                connection.run_script(
                    b"echo begun\nsleep 60\n",
                    nonce="n0nce",
                    timeout=60,
                    on_line=lambda _line: begun.set(),
                )
            )
            await begun.wait()
            script.cancel()
            with pytest.raises(asyncio.CancelledError):
                await script
        again = await connection.run_script(b"echo again\n", nonce="n0nce", timeout=10)
        await connection.close()

    assert again.lines == (b"again",)
    assert len(seen.connections) == 1


async def test_cancelling_a_connect_leaves_nothing_behind(lab: Lab) -> None:
    """A connect that is cut off while the host is silent closes its socket."""
    heard = asyncio.Event()
    ended = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        heard.set()
        await reader.read()
        ended.set()

    async with lab.raw_server(say_nothing), lab.transport() as transport:
        with no_task_of_ours_left():
            connecting = asyncio.create_task(transport.connect(lab.host()))
            await heard.wait()
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting
            await asyncio.wait_for(ended.wait(), 30)


async def test_closing_twice_and_late_is_fine(lab: Lab) -> None:
    """A connection may be closed by whoever gets to it, and be gone already."""
    lab.know(ADDRESS)
    async with lab.virtual_hosts([ADDRESS]) as seen, lab.transport() as transport:
        connection = await transport.connect(lab.host())
        await connection.close()
        await connection.close()
        with pytest.raises(SSHFailure) as caught:
            await connection.run_script(b"echo in\n", nonce="n0nce", timeout=5)
        lost = await transport.connect(lab.host())
        seen.connections[-1].abort()
        await lost.close()

    assert (caught.value.kind, caught.value.script_sent) == (FailureKind.LOST, False)


async def test_a_frozen_connection_is_closed_within_its_bound(lab: Lab) -> None:
    """Keepalives notice a host that is there and never answers again."""
    lab.know(ADDRESS)
    async with lab.virtual_hosts([ADDRESS]) as seen, lab.transport(keepalive=0.2) as transport:
        connection = await transport.connect(lab.host())
        server = seen.connections[-1]
        server._transport.pause_reading()  # type: ignore[union-attr]  # as a host that hangs
        with pytest.raises(SSHFailure) as caught:
            await connection.run_script(b"echo in\n", nonce="n0nce", timeout=20)
        await connection.close()

    assert caught.value.kind is FailureKind.LOST
