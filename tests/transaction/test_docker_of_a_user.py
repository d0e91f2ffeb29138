"""A rootless Docker: the process itself gets the signal, and its user writes its files."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from tests.planning.cases import a_target, host_facts
from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.plans import AFTER, BEFORE, MIRROR, docker_plan
from tests.transaction.practice_host import PracticeHost
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import HostPlan, Step, StepName
from wizard.runtimes import RUNTIMES
from wizard.transaction.answers import Outcome

UID: Final = os.getuid() or 1000
FOLDER: Final = "/home/op/.config/docker"
FILE: Final = f"{FOLDER}/daemon.json"
CA: Final = f"{FOLDER}/certs.d/registry.corp:5000/ca.crt"
CANARY_DIGEST: Final = "sha256:" + "c0" * 32
DAEMON: Final = """\
take_up() {
  mirrors=$(sed -n 's/.*"registry-mirrors": *\\(\\[[^]]*\\]\\).*/\\1/p' "$1")
  [ -z "$mirrors" ] || echo "$mirrors" >"$2/mirrors"
  echo hangup >>"$2/calls"
}
trap 'take_up "$@"' HUP
echo ready
while :; do read -r word; done
"""
"""A daemon that takes up a present key at a signal, as dockerd does."""


@pytest_asyncio.fixture
async def user(host: PracticeHost) -> AsyncIterator[PracticeHost]:
    """Return a host on which a user's Docker runs, and that of the host does not."""
    host.write(FILE, BEFORE)
    daemon = await asyncio.create_subprocess_exec(
        *("bash", "-c", DAEMON, "dockerd", str(host.root / FILE[1:]), str(host.root / "practice")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert daemon.stdout is not None
    await daemon.stdout.readline()
    host.start_process(daemon.pid, "dockerd", started=888)
    _owned(host, daemon.pid, UID)
    (host.root / "run/docker.pid").unlink()
    run = host.root / f"run/user/{UID}"
    run.mkdir(parents=True)
    (run / "docker.pid").write_text(f"{daemon.pid}\n")
    yield host
    daemon.kill()
    await daemon.wait()


def _owned(host: PracticeHost, process: int, uid: int) -> None:
    ids = "\n".join(f"{name}:\t{uid}\t{uid}\t{uid}\t{uid}" for name in ("Uid", "Gid"))
    status = f"Name:\tdockerd\n{ids}\n"
    (host.root / f"proc/{process}/status").write_text(status)


def _asked(host: PracticeHost) -> set[str]:
    return set((host.root / "practice/asked").read_text().splitlines())


def _plan(host: PracticeHost, *, writer: str = f"{UID}:{UID}") -> HostPlan:
    plan = docker_plan(host.write(FILE, BEFORE))
    reload = (Step(name=StepName.DOCKER_RELOAD, args=("",)),)
    return dataclasses.replace(
        plan,
        changes=tuple(
            dataclasses.replace(change, path=path, real_path=path, writer=writer)
            for change, path in zip(plan.changes, (CA, FILE), strict=True)
        ),
        validate=(),
        activate=reload,
        deactivate=reload,
        docker_uid=UID,
    )


@EVERY_SHELL
async def test_it_is_changed_proven_and_taken_back(user: PracticeHost) -> None:
    """Two signals and one pull at its socket; every file is written as its user."""
    plan, before = _plan(user), _tree(user)
    docker = (user.root / "bin/docker").read_text().partition("\n")[2]
    user.program(
        "docker", f'echo "$DOCKER_HOST $DOCKER_CONFIG" >>"$PILOTAGE_ROOT/practice/asked"\n{docker}'
    )

    applied = await asking.apply(user, plan)

    assert applied.outcome is Outcome.APPLIED, applied
    assert (user.read(FILE), user.mirrors()) == (AFTER.encode(), [MIRROR])
    assert (await asking.check(user)).outcome is Outcome.HOLDS
    assert (await asking.confirm(user)).outcome is Outcome.CONFIRMED
    undone = await asking.undo(user)
    assert (undone.outcome, _tree(user) == before) == (Outcome.REVERTED, True), undone
    assert user.mirrors() == []
    calls = user.calls()
    assert calls.count("hangup") == 2
    assert not [call for call in calls if call.startswith("systemctl re")]
    written = [call for call in calls if call.startswith("setpriv")]
    # Files are staged by `sh`, and so the signal is sent: neither with a group of root's.
    assert set(written) == {
        f"setpriv --reuid={UID} --regid={UID}: {does}" for does in ("sh", "mv", "rm")
    }
    assert _asked(user) == {
        f"unix://{user.root}/run/user/{UID}/docker.sock {user.root}/var/lib/pilotage/.no-login"
    }


@EVERY_SHELL
async def test_the_ledger_takes_it_back_by_itself(user: PracticeHost) -> None:
    """`revert.sh` knows whose Docker it was, and whose the files are."""
    plan, before = _plan(user), _tree(user)
    applied = await asking.apply(user, plan)
    assert applied.outcome is Outcome.APPLIED, applied
    told = len(user.calls())
    status, _output, errors = await user.execute(b"", str(user.ledger() / "revert.sh"))
    assert (status, _tree(user) == before) == (0, True), errors
    assert f"setpriv --reuid={UID} --regid={UID}: mv" in user.calls()[told:]
    assert user.mirrors() == []


async def test_what_is_planned_from_its_facts_goes_through(user: PracticeHost) -> None:
    """Facts, plan, transaction and proof fit each other, there and back."""
    owned = {"uid": UID, "gid": UID, "user": "op", "rootless": True, "version": "26.1.5"}
    folder = {"settings": FOLDER, "config_file": FILE, "unit": f"user@{UID}.service"}
    facts = host_facts(
        {"docker": {**owned, **folder, "labels": ["é='$x`\\"]}, "files": {FILE: BEFORE.decode()}}
    )
    plan, before = plan_host(facts, a_target(), RolloutPolicy(), RUNTIMES), _tree(user)
    user.practice("digest", f"{CANARY_DIGEST}\n")

    applied = await asking.apply(user, plan)

    assert applied.outcome is Outcome.APPLIED, applied
    assert user.mirrors() == ["https://registry.example"]
    assert json.loads(user.read(FILE))["registry-mirrors"] == ["https://registry.example"]
    undone = await asking.revert(user)
    assert (undone.outcome, _tree(user) == before) == (Outcome.REVERTED, True), undone


async def test_a_process_of_another_gets_no_signal(user: PracticeHost) -> None:
    """The number in the user's file may be anybody's."""
    process = int((user.root / f"run/user/{UID}/docker.pid").read_text())
    _owned(user, process, UID + 1)
    plan, before = _plan(user), _tree(user)
    answer = await asking.apply(user, plan)
    assert "dockerd does not run" in answer.detail
    assert (_tree(user) == before, "hangup" in user.calls()) == (True, False)


async def test_at_a_boot_it_is_taken_back_before_users_come(user: PracticeHost) -> None:
    """Daemons of users start with them, and homes may come over the network."""
    await asking.apply(user, _plan(user))
    unit = (user.root / "etc/systemd/system/pilotage-revert-r1.service").read_text().split("\n")
    assert {"Before=systemd-user-sessions.service", "After=remote-fs.target"} <= set(unit)


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
@pytest.mark.parametrize("trap", ["temporary", "directory"])
async def test_a_link_of_the_user_leads_root_nowhere(open_host: PracticeHost, trap: str) -> None:
    """By the real setpriv: what root alone may write stays as it is, whatever is put in the way."""
    host, folder = open_host, open_host.root / FOLDER[1:]
    host.write("/etc/docker/daemon.json", BEFORE)
    before = host.tree()
    plan = dataclasses.replace(_plan(host, writer="1000:1000"), activate=(), check=(), probe=())
    _give(host)
    # While files are staged, somebody puts a link in their place.
    root_owned = host.root / "etc/docker"
    traps = {
        "directory": f"*certs.d*) mv {folder} {folder}.aside && ln -s {root_owned} {folder}",
        "temporary": f"*/docker) ln -sf {root_owned}/daemon.json {folder}/.daemon.json.pilotage-r1",
    }
    mkdir = shutil.which("mkdir") or "mkdir"
    host.program("mkdir", f'case $* in {traps[trap]} ;; esac\nexec {mkdir} "$@"')

    answer = await asking.apply(host, plan)

    assert answer.outcome is not Outcome.APPLIED, answer
    left = {path: entry for path, entry in host.tree().items() if "systemd" not in path}
    assert left == {path: entry for path, entry in before.items() if "systemd" not in path}


@pytest_asyncio.fixture
async def open_host() -> AsyncIterator[PracticeHost]:
    """Return a host that every user of this machine can enter, with the real setpriv."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        await asyncio.to_thread(top.chmod, 0o755)
        host = PracticeHost(root=top / "host", shell="dash", shared=top / "tools")  # noqa: S604  # no call of a shell
        host.build()
        host.write(FILE, BEFORE)
        (host.root / "bin/setpriv").unlink()
        (host.root / "bin/setpriv").symlink_to(shutil.which("setpriv") or "setpriv")
        yield host
        await host.kill_watchdogs()
        host.leashes.drop()


def _give(host: PracticeHost) -> None:
    for path in (host.root / "home/op", *(host.root / "home/op").rglob("*")):
        os.chown(path, 1000, 1000)


def _tree(host: PracticeHost) -> dict[str, tuple[int, int, int, bytes]]:
    """Return owner, mode and content of everything below the homes of users."""
    return {
        str(path): (
            path.stat().st_uid,
            path.stat().st_gid,
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted((host.root / "home").rglob("*"))
    }
