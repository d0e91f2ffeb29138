"""Hosts unlike most: with SELinux, a state directory without exec, an old sync, a wild clock."""

from __future__ import annotations

import shutil

import pytest

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.plans import BEFORE, CA, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import CONTAINERD_PID, DAEMON_PID, PracticeHost
from tests.transaction.test_refused import mounted, root_only, sees_path
from wizard.transaction.answers import Outcome

HOUR = 3600
CALLED = 'echo "$*" >>{root}/practice/{name}'


def _called(host: PracticeHost, name: str) -> list[str]:
    file = host.root / "practice" / name
    return file.read_text().replace(str(host.root), "").splitlines() if file.exists() else []


@EVERY_SHELL
async def test_labels_are_set_anew_where_selinux_is_on(host: PracticeHost) -> None:
    """Of every file that was written, on the way there and back; never of one that is gone."""
    (host.root / "sys/fs/selinux").mkdir(parents=True)
    (host.root / "sys/fs/selinux/enforce").write_text("1")
    host.program("restorecon", CALLED.format(root=host.root, name="labels"))
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    before = host.tree()
    assert (await asking.apply(host, plan)).outcome is Outcome.APPLIED
    there = _called(host, "labels")
    assert (await asking.revert(host)).outcome is Outcome.REVERTED
    assert there == [f"-F -- {CA} {DAEMON_JSON}"]
    back = _called(host, "labels")[1:]
    assert {call.removeprefix("-F -- ") for call in back} == {DAEMON_JSON}
    assert host.tree() == before


async def test_labels_are_left_alone_where_selinux_is_off(host: PracticeHost) -> None:
    """The program may be there all the same."""
    host.program("restorecon", CALLED.format(root=host.root, name="labels"))
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    assert (await asking.apply(host, plan)).outcome is Outcome.APPLIED
    assert (await asking.revert(host)).outcome is Outcome.REVERTED
    assert _called(host, "labels") == []


async def test_a_label_that_cannot_be_set_stops_nothing(host: PracticeHost) -> None:
    """A policy that has no rule for a path is no reason to take a change back."""
    (host.root / "sys/fs/selinux").mkdir(parents=True)
    (host.root / "sys/fs/selinux/enforce").write_text("0")
    host.program("restorecon", "echo 'no default label' >&2\nexit 255")
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    assert (await asking.apply(host, plan)).outcome is Outcome.APPLIED


@root_only
@EVERY_SHELL
async def test_a_state_directory_without_exec(host: PracticeHost) -> None:
    """Nothing of the ledger is executed as a program: watchdog and person name the shell."""
    folder = host.root / "var/lib"
    folder.mkdir(parents=True, exist_ok=True)
    with mounted("-t", "tmpfs", "-o", "noexec,nosuid,nodev", "tmpfs", at=folder):
        plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
        before = host.tree()
        assert (await asking.apply(host, plan, lease=30)).outcome is Outcome.APPLIED
        host.pass_time(31)
        await host.settle()
        assert (host.state(), host.tree() == before, host.mirrors()) == ("reverted", True, [])
        assert (await asking.apply(host, plan, run="r2")).outcome is Outcome.APPLIED
        await host.execute(b"", str(host.ledger("r2") / "revert.sh"))
        await host.settle()
        assert (host.state("r2"), host.tree() == before) == ("reverted", True)


@sees_path
@pytest.mark.parametrize(
    ("answer", "calls"),
    [
        ("", {"with arguments"}),
        (
            "[ $# -eq 0 ] || { echo 'sync: too many arguments' >&2; exit 1; }",
            {"with arguments", ""},
        ),
    ],
    ids=["ignores them", "refuses them"],
)
async def test_a_sync_that_takes_no_files(host: PracticeHost, answer: str, calls: set[str]) -> None:
    """Coreutils before 8.24 and small systems write everything out, or want no arguments."""
    host.program("sync", f"echo ${{1:+with arguments}} >>{host.root}/practice/syncs\n{answer}")
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    before = host.tree()
    assert (await asking.apply(host, plan)).outcome is Outcome.APPLIED
    assert (await asking.confirm(host)).outcome is Outcome.CONFIRMED
    assert (await asking.undo(host)).outcome is Outcome.REVERTED
    assert host.tree() == before
    assert set(_called(host, "syncs")) == calls


@sees_path
@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["ahead", "back"])
async def test_a_clock_that_jumps_moves_no_deadline(host: PracticeHost, jump: int) -> None:
    """Deadlines are of the uptime clock; who holds a host since when is never in the future."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    host.uptime(1000)
    assert (await asking.apply(host, plan, lease=120)).outcome is Outcome.APPLIED
    real = shutil.which("date") or "date"
    host.program("date", f'exec {real} -d "{jump:+d} seconds" "$@"')
    status = await asking.status(host)
    other = await asking.apply(host, plan, run="r2")
    host.uptime(1119)
    confirmed = await asking.confirm(host)
    assert (status.deadline, other.outcome, confirmed.outcome) == (
        120,
        Outcome.BUSY,
        Outcome.CONFIRMED,
    )
    assert other.holder_seconds == pytest.approx(max(jump, 0), abs=30)


async def test_a_systemctl_that_answers_for_one_of_several_is_asked_for_each(
    host: PracticeHost,
) -> None:
    """Whose process it told of cannot be known; which daemons ran is noted all the same."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    client = (host.root / "bin/systemctl").readlink()
    several = "case $* in 'show -p MainPID crio '*) echo MainPID=77; exit ;; esac"
    host.program("systemctl", f'{several}\nexec /bin/sh {client} "$@"')
    assert (await asking.apply(host, plan)).outcome is Outcome.APPLIED
    kept = (host.ledger() / "keepers").read_text().splitlines()
    assert kept[:2] == [f"docker {DAEMON_PID} 777", f"containerd {CONTAINERD_PID} 555"]
