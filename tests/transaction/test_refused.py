"""What stops an apply before anything is changed; each refusal has its name."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.plans import AFTER, BEFORE, CA, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import PracticeHost
from wizard.transaction.answers import Answer, FileConflict, Outcome

sees_path = pytest.mark.parametrize("shell", ["bash", "dash"])
"""busybox prefers its own applets to PATH, so no program can be taken away from it."""
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounts and attributes need root")


@contextmanager
def immutable(file: Path) -> Iterator[None]:
    """Set the immutable attribute for the time of a test."""
    if subprocess.run(["chattr", "+i", str(file)], capture_output=True, check=False).returncode:
        pytest.skip("the file system of the temporary directory has no attributes")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", str(file)], check=True)


def make_read_only(mount: Path) -> None:
    """Make a bind mount read-only."""
    subprocess.run(["mount", "-o", "remount,ro,bind", str(mount)], check=True)


@contextmanager
def mounted(*arguments: str | Path, at: Path) -> Iterator[None]:
    """Mount for the time of a test."""
    subprocess.run(["mount", *map(str, arguments), str(at)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(at)], check=True)


async def _refusal(host: PracticeHost) -> Answer:
    """Return the answer to an apply that must leave the host as it is."""
    version = host.write(DAEMON_JSON, BEFORE)
    return await _apply_unchanged(host, docker_plan(version))


async def _apply_unchanged(host: PracticeHost, plan: object) -> Answer:
    before = host.tree()
    answer = await asking.apply(host, plan)  # type: ignore[arg-type]
    assert host.tree() == before
    assert host.state() == "none"
    assert not [call for call in host.calls() if "reload" in call]
    return answer


@EVERY_SHELL
async def test_drift_shows_all_three_texts(host: PracticeHost) -> None:
    """A file that is not what the operator approved is left alone, and shown."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    edited = host.write(DAEMON_JSON, b'{"edited": "\xc3\xa9"}')
    answer = await _apply_unchanged(host, plan)
    assert plan.changes[1].before is not None
    assert (answer.outcome, answer.conflicts) == (
        Outcome.DRIFT,
        (
            FileConflict(
                path=DAEMON_JSON,
                expected_sha256=plan.changes[1].before.sha256,
                found_sha256=edited.sha256,
                before=BEFORE.decode(),
                ours=AFTER,
                now='{"edited": "é"}',
            ),
        ),
    )


async def test_drift_of_an_absent_file(host: PracticeHost) -> None:
    """A file that appeared, and one that vanished, are drift too."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    (host.root / DAEMON_JSON[1:]).unlink()
    host.write(CA, b"somebody's CA\n")
    answer = await _apply_unchanged(host, plan)
    assert (answer.outcome, [(part.path, part.now) for part in answer.conflicts]) == (
        Outcome.DRIFT,
        [(CA, "somebody's CA\n"), (DAEMON_JSON, None)],
    )


async def test_a_file_that_is_not_text_is_drift_without_garbage(host: PracticeHost) -> None:
    """Bytes that are no UTF-8 arrive with replacement characters, not as an error."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    (host.root / DAEMON_JSON[1:]).write_bytes(b'\xff\x00\x1b"\\\n')
    answer = await _apply_unchanged(host, plan)
    assert answer.conflicts[0].now == '\ufffd\x00\x1b"\\\n'


async def test_a_directory_in_place_of_the_file(host: PracticeHost) -> None:
    """A directory is never moved into."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    (host.root / DAEMON_JSON[1:]).unlink()
    (host.root / DAEMON_JSON[1:]).mkdir()
    answer = await _apply_unchanged(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.DRIFT, "not_a_file")


async def test_a_dangling_link(host: PracticeHost) -> None:
    """A link to nothing is refused, not filled."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    (host.root / DAEMON_JSON[1:]).unlink()
    (host.root / DAEMON_JSON[1:]).symlink_to("nowhere.json")
    answer = await _apply_unchanged(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.DRIFT, "dangling_link")


@EVERY_SHELL
async def test_a_link_that_leads_elsewhere_now(host: PracticeHost) -> None:
    """The plan named the real file; another one is not written, even with equal bytes."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    (host.root / DAEMON_JSON[1:]).rename(host.root / "etc/docker/other.json")
    (host.root / DAEMON_JSON[1:]).symlink_to("other.json")
    answer = await _apply_unchanged(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.DRIFT, "link_changed")


@root_only
@EVERY_SHELL
async def test_an_immutable_file(host: PracticeHost) -> None:
    """`chattr +i` shows as a refusal that names the file and its attributes."""
    if not (host.tools / "lsattr").exists():  # busybox seldom has its own
        (host.root / "bin/lsattr").symlink_to(shutil.which("lsattr") or "lsattr")
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    file = host.root / DAEMON_JSON[1:]
    with immutable(file):
        answer = await _apply_unchanged(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.REFUSED, "immutable")
    assert str(file) in answer.detail


@root_only
@EVERY_SHELL
async def test_an_immutable_file_without_lsattr_reverts(new_host: NewHost) -> None:
    """Where nothing tells beforehand, the failing write takes everything back."""
    host = new_host(without=frozenset({"lsattr"}))
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    before = host.tree()
    file = host.root / DAEMON_JSON[1:]
    with immutable(file):
        answer = await asking.apply(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, "write")
    assert "not permitted" in answer.detail
    assert host.tree() == before


@root_only
@EVERY_SHELL
async def test_a_read_only_mount(host: PracticeHost) -> None:
    """A read-only file system is named before anything is tried."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    folder = host.root / "etc/docker"
    with mounted("--bind", folder, at=folder):
        make_read_only(folder)
        answer = await _apply_unchanged(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.REFUSED, "read_only")


@root_only
@EVERY_SHELL
async def test_a_bind_mounted_file(host: PracticeHost) -> None:
    """A file that is a mount point cannot be replaced by a rename, and is not tried."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    host.write("/etc/mounted.json", BEFORE)
    with mounted("--bind", host.root / "etc/mounted.json", at=host.root / DAEMON_JSON[1:]):
        answer = await _apply_unchanged(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.REFUSED, "bind_mounted")


@root_only
@EVERY_SHELL
async def test_a_full_disk(host: PracticeHost) -> None:
    """Too little space, and too few inodes, are told with the figures."""
    folder = host.root / "etc/docker"
    with mounted("-t", "tmpfs", "-o", "size=64k", "tmpfs", at=folder):
        space = await _refusal(host)
    with mounted("-t", "tmpfs", "-o", "nr_inodes=8", "tmpfs", at=folder):
        inodes = await _refusal(host)
    assert [(answer.outcome, answer.failed_step) for answer in (space, inodes)] == [
        (Outcome.REFUSED, "no_space"),
        (Outcome.REFUSED, "no_inodes"),
    ]
    assert str(folder) in space.detail


@root_only
@sees_path
async def test_a_disk_that_fills_up_while_writing_reverts(new_host: NewHost) -> None:
    """Where `df` says nothing, the failing write takes everything back."""
    host = new_host()
    host.program("df", "exit 1")
    folder = host.root / "etc/docker"
    with mounted("-t", "tmpfs", "-o", "size=12k,nr_inodes=64", "tmpfs", at=folder):
        plan = docker_plan(host.write(DAEMON_JSON, BEFORE + b" " * 6000))
        before = host.tree()
        answer = await asking.apply(host, plan)
        assert host.tree() == before
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, "write")
    assert "No space left" in answer.detail


@root_only
async def test_a_state_directory_that_cannot_be_written(host: PracticeHost) -> None:
    """Without a ledger there is no way back, so there is no change."""
    folder = host.root / "var/lib"
    folder.mkdir(parents=True, exist_ok=True)
    with mounted("-t", "tmpfs", "-o", "ro", "tmpfs", at=folder):
        answer = await _refusal(host)
    assert (answer.outcome, answer.failed_step) == (Outcome.REFUSED, "no_state_directory")


@sees_path
async def test_missing_tools_are_named(new_host: NewHost) -> None:
    """A host without the few programs that are needed is told so."""
    host = new_host(without=frozenset({"sync", "readlink"}))
    answer = await _refusal(host)
    assert (answer.outcome, answer.failed_step, answer.detail) == (
        Outcome.REFUSED,
        "missing_tools",
        "not on this host: readlink sync",
    )


@sees_path
async def test_no_watchdog_no_change(new_host: NewHost) -> None:
    """When no watchdog comes to life, nothing is changed and nothing stays behind."""
    host = new_host(without=frozenset({"setsid", "systemd-run"}))
    host.environment["ENV"] = "/dev/null"
    (host.root / "bin/sh").unlink()
    (host.root / "bin/sh").write_text("#!/bin/false\n")
    answer = await _refusal(host)
    assert (answer.outcome, answer.failed_step) == (Outcome.REFUSED, "arm")


async def test_a_runtime_that_does_not_answer_is_not_changed(host: PracticeHost) -> None:
    """What cannot be observed before cannot be compared after."""
    host.practice("fails/docker-ps", "Cannot connect to the Docker daemon\n")
    answer = await _refusal(host)
    assert (answer.outcome, answer.failed_step) == (Outcome.REFUSED, "observe")
    assert "Cannot connect to the Docker daemon" in answer.detail
