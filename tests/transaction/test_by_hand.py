"""A person with a root shell and nothing else can take a run back."""

from __future__ import annotations

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.plans import BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import PracticeHost
from wizard.planning.plan import HostPlan
from wizard.transaction.answers import LedgerState


async def _by_hand(host: PracticeHost, *arguments: str) -> tuple[int, str]:
    script = str(host.ledger() / "revert.sh")
    status, output, errors = await host.execute(b"", script, *arguments)
    assert errors == b""
    return status, output.decode()


def _plan(host: PracticeHost) -> HostPlan:
    return docker_plan(host.write(DAEMON_JSON, BEFORE, mode=0o640, owner=(11, 12)))


@EVERY_SHELL
async def test_revert_sh_takes_an_armed_and_a_confirmed_run_back(host: PracticeHost) -> None:
    """`sh revert.sh` restores files and the running daemon, and says so; twice is fine."""
    plan = _plan(host)
    before = host.tree()
    for confirmed in (False, True):
        await asking.apply(host, plan)
        if confirmed:
            await asking.confirm(host)
        status, output = await _by_hand(host)
        assert (status, host.tree() == before, host.mirrors()) == (0, True, []), output
        assert "done: files, owners and modes are as before" in output
    status, output = await _by_hand(host)
    assert (status, output) == (0, "nothing to do: this run was taken back already\n")


async def test_revert_sh_leaves_foreign_edits_alone_unless_forced(host: PracticeHost) -> None:
    """It names the file, the way to force it, and touches nothing."""
    plan = _plan(host)
    before = host.tree()
    await asking.apply(host, plan)
    host.write(DAEMON_JSON, b"theirs", mode=0o640, owner=(11, 12))
    status, output = await _by_hand(host)
    assert (status, host.read(DAEMON_JSON)) == (1, b"theirs")
    assert f"path: {DAEMON_JSON}" in output
    assert f"sh {host.ledger()}/revert.sh --force PATH..." in output
    status, output = await _by_hand(host, "--force", DAEMON_JSON)
    assert (status, host.tree() == before) == (0, True), output


@EVERY_SHELL
async def test_the_ledger_remembers_who_took_the_run_back(host: PracticeHost) -> None:
    """A person on the host and another run are told apart from a deadline, which asks nobody."""
    plan = _plan(host)
    for taking_back in ("by hand", "by a verb", "by the deadline"):
        await asking.apply(host, plan)
        if taking_back == "by hand":
            await _by_hand(host)
        elif taking_back == "by a verb":
            await asking.undo(host)
        else:
            host.pass_time(5000)
        told = await asking.status(host)
        assert (taking_back, told.state, told.taken_back_by) == (
            taking_back,
            LedgerState.REVERTED,
            {"by hand": "a person on the host", "by a verb": asking.HOLDER}.get(taking_back, ""),
        )


async def test_revert_sh_says_how_it_is_used(host: PracticeHost) -> None:
    """An option that it does not know changes nothing."""
    await asking.apply(host, _plan(host))
    status, _, errors = await host.execute(b"", str(host.ledger() / "revert.sh"), "--help")
    assert (status, errors, host.state()) == (
        2,
        b"usage: sh revert.sh [--force PATH...]\n",
        "armed",
    )


async def test_the_manifest_is_for_people_too(host: PracticeHost) -> None:
    """It says what to do, who did it, and what each file was."""
    await asking.apply(host, _plan(host))
    lines = (host.ledger() / "manifest").read_text().splitlines()
    assert lines[0] == f"Pilotage changed this host. To take it back: sh {host.ledger()}/revert.sh"
    assert f"holder {asking.HOLDER}" in lines
    assert f"path 2 {DAEMON_JSON}" in lines
    assert "mode 2 640" in lines
    assert "owner 2 11:12" in lines
    assert "directory - /etc/docker/certs.d" in lines
    assert (host.ledger().stat().st_mode & 0o777, (host.ledger() / "2.before").read_bytes()) == (
        0o700,
        BEFORE,
    )
