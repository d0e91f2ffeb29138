"""Bytes, modes, owners and links survive, whatever they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.plans import AFTER, BEFORE, DAEMON_JSON, docker_plan, file_plan
from tests.transaction.practice_host import PracticeHost
from wizard.errors import PlanError
from wizard.planning.plan import FileChange, FilePurpose, FileVersion
from wizard.transaction import compose
from wizard.transaction.answers import Outcome

CONTENTS = {
    "/etc/crlf.toml": "a = 1\r\nb = 2\r\n",
    "/etc/no final newline": "x",
    "/etc/many-newlines": "\n\n\n",
    "/etc/empty": "",
    "/etc/bom.json": "\ufeff{}\n",
    "/etc/quotes": "'\\''\"$(id)`id`${HOME}\\\n%s%n\\c''",
    "/etc/control": "".join(chr(number) for number in range(1, 128)),
    "/etc/chinese": "私有镜像仓库 \u0081\u0088 \U0001f6a2\n" * 50,
    "/etc/looks-like-script": "}\npilotage_main\nexit 1\nEOF\n",
    "/etc/dash": "-n -e \\0101\n",
}


def _change(path: str, after: str, before: FileVersion | None, real_path: str = "") -> FileChange:
    return FileChange(
        path=path,
        real_path=real_path or path,
        purpose=FilePurpose.CONFIG,
        before=before,
        after=after,
    )


@EVERY_SHELL
async def test_every_byte_arrives_and_goes_back(host: PracticeHost) -> None:
    """Line endings, BOM, quotes, controls, other scripts: new files and replaced ones."""
    plan = file_plan(
        *(_change(path, text, None) for path, text in CONTENTS.items()),
        *(
            _change(f"{path}.old", text, host.write(f"{path}.old", f"old {text}".encode()))
            for path, text in CONTENTS.items()
        ),
    )
    before = host.tree()
    answer = await asking.apply(host, plan)
    assert answer.outcome is Outcome.APPLIED, answer
    found = {change.path: host.read(change.path).decode() for change in plan.changes}
    assert found == {change.path: change.after for change in plan.changes}
    assert (await asking.revert(host)).outcome is Outcome.REVERTED
    assert host.tree() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="owners can be given away only by root")
@EVERY_SHELL
async def test_mode_owner_and_time_survive(host: PracticeHost) -> None:
    """Odd modes and owners stay through the change and the way back; the time comes back."""
    modes = (0o600, 0o644, 0o4755, 0o1777, 0o000, 0o200)
    changes = [
        _change(f"/etc/{mode:o}", "new", host.write(f"/etc/{mode:o}", b"", mode=mode, owner=(7, 8)))
        for mode in modes
    ]
    files = [host.root / change.path[1:] for change in changes]
    for file in files:
        os.utime(file, (1_000_000_000, 1_000_000_000))
    before = host.tree()
    answer = await asking.apply(host, file_plan(*changes))
    assert answer.outcome is Outcome.APPLIED, answer
    entries = [host.tree()[change.path[1:]] for change in changes]
    assert [(entry.content, entry.mode, entry.uid, entry.gid) for entry in entries] == [
        (b"new", mode, 7, 8) for mode in modes
    ]
    await asking.revert(host)
    assert host.tree() == before
    assert {int(file.stat().st_mtime) for file in files} == {1_000_000_000}


@EVERY_SHELL
async def test_a_link_is_followed_and_kept(host: PracticeHost) -> None:
    """The real file is written; the link, relative or through a linked directory, stays."""
    version = host.write("/etc/real/docker.json", BEFORE)
    (host.root / "etc/link-to-real").symlink_to("real")
    (host.root / DAEMON_JSON[1:]).symlink_to("../link-to-real/docker.json")
    plan = docker_plan(version, path="/etc/real/docker.json")
    before = host.tree()
    answer = await asking.apply(host, plan)
    assert answer.outcome is Outcome.APPLIED, answer
    assert host.read("/etc/real/docker.json") == AFTER.encode()
    assert (host.root / DAEMON_JSON[1:]).readlink() == Path("../link-to-real/docker.json")
    assert "link 2 ../link-to-real/docker.json" in (host.ledger() / "manifest").read_text()
    assert (await asking.revert(host)).outcome is Outcome.REVERTED
    assert host.tree() == before


async def test_a_new_file_below_a_linked_directory(host: PracticeHost) -> None:
    """Directories are made where the link leads, and removed there."""
    (host.root / "etc/real").mkdir()
    (host.root / "etc/certs.d").symlink_to("real")
    change = _change("/etc/certs.d/a/b/hosts.toml", "x\n", None, "/etc/real/a/b/hosts.toml")
    before = host.tree()
    answer = await asking.apply(host, file_plan(change))
    assert answer.outcome is Outcome.APPLIED, answer
    assert host.read("/etc/real/a/b/hosts.toml") == b"x\n"
    await asking.revert(host)
    assert host.tree() == before


@EVERY_SHELL
async def test_a_user_attribute_survives(host: PracticeHost) -> None:
    """Extended attributes stay where `cp -a` keeps them; busybox's does not, and planning warns."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    file = host.root / DAEMON_JSON[1:]
    try:
        os.setxattr(file, "user.owner", b"platform team")
    except OSError:
        pytest.skip("the file system of the temporary directory has no user attributes")
    await asking.apply(host, plan)
    expected = [] if host.shell == "busybox" else ["user.owner"]
    assert os.listxattr(file) == expected


async def test_a_content_with_a_nul_byte_is_refused_here() -> None:
    """No shell can carry it, so it never leaves this machine."""
    with pytest.raises(PlanError, match="NUL"):
        compose.apply_script(
            file_plan(_change("/etc/x", "a\0b", None)), run="r", holder="h", lease=1, nonce="n"
        )


@pytest.mark.parametrize(
    "path",
    ["etc/x", "/etc/../x", "/etc//x", "/etc/x/", "/etc/x\n", "/etc/it's", "/etc/x ", "/", "/a\\b"],
)
async def test_a_path_that_no_script_can_carry_is_refused_here(path: str) -> None:
    """Relative, unresolved or unquotable paths never leave this machine."""
    with pytest.raises(PlanError, match="path"):
        compose.apply_script(
            file_plan(_change(path, "x", None)), run="r", holder="h", lease=1, nonce="n"
        )


@pytest.mark.parametrize("run", ["", "../x", "a b", "-x", "x" * 65, "a;b"])
async def test_a_run_that_cannot_name_a_ledger_is_refused_here(run: str) -> None:
    """Run names become directories and unit names on hosts."""
    with pytest.raises(PlanError, match="run"):
        compose.apply_script(file_plan(), run=run, holder="h", lease=1, nonce="n")
