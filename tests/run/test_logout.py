"""What a logout does to a run is decided from what the machine tells, and told beforehand."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.run.world import World
from wizard.errors import RunError
from wizard.run.login import SCOPE, read_login
from wizard.run.logout import AtLogout, Login, at_logout, is_killed
from wizard.run.spawn import Spawner

SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
OLD_SESSION = "2:cpu:/\n1:name=systemd:/user.slice/user-1000.slice/session-3.scope\n"
DESKTOP = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope\n"
SERVICE = "0::/system.slice/ci.service\n"


@pytest.mark.parametrize(
    ("control_groups", "kills", "lingers", "has_manager", "expected"),
    [
        (SESSION, False, False, True, AtLogout.LIVES_ON),
        (SESSION, True, False, True, AtLogout.ENDS),
        (SESSION, True, True, True, AtLogout.LIVES_ON_IN_A_SCOPE),
        (SESSION, True, True, False, AtLogout.ENDS),
        (OLD_SESSION, True, False, True, AtLogout.ENDS),
        (DESKTOP, False, False, True, AtLogout.ENDS),
        (DESKTOP, True, True, True, AtLogout.LIVES_ON),
        (SERVICE, True, False, True, AtLogout.LIVES_ON),
        ("", True, False, False, AtLogout.LIVES_ON),
    ],
)
def test_fate_of_a_run_at_logout(
    *, control_groups: str, kills: bool, lingers: bool, has_manager: bool, expected: AtLogout
) -> None:
    """Login sessions, the user's manager, services, and machines without systemd."""
    login = Login(
        control_groups=control_groups, kills=kills, lingers=lingers, has_manager=has_manager
    )
    assert at_logout(login) is expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("KillUserProcesses=yes\nKillOnlyUsers=\nKillExcludeUsers=root\n", True),
        ("KillUserProcesses=no\nKillOnlyUsers=\nKillExcludeUsers=root\n", False),
        ("KillUserProcesses=yes\nKillExcludeUsers=root anna\n", False),
        ("KillUserProcesses=yes\nKillOnlyUsers=bob\n", False),
        ("KillUserProcesses=yes\nKillOnlyUsers=bob anna\n", True),
        ("", False),
        ("nonsense", False),
    ],
)
def test_settings_of_logind(settings: str, *, expected: bool) -> None:
    """Lists of users narrow the setting; what cannot be asked kills nobody."""
    assert is_killed("anna", settings) is expected


def test_login_is_read_from_the_machine(tmp_path: Path) -> None:
    """Control groups and lingering come from files; without a runtime folder, no manager."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(SESSION)
    (tmp_path / "var/lib/systemd/linger").mkdir(parents=True)
    before = read_login({}, root=tmp_path)
    for user in ("root", os.environ.get("USER", "root")):
        (tmp_path / "var/lib/systemd/linger" / user).touch()
    after = read_login({}, root=tmp_path)
    assert (before.control_groups, before.lingers, before.has_manager) == (SESSION, False, False)
    assert after.lingers is True


def test_run_is_started_in_a_scope_when_that_saves_it(tmp_path: Path) -> None:
    """The command that is executed begins with the one that makes the scope."""
    programs = tmp_path / "programs"
    programs.mkdir()
    script = f'#!/bin/sh\nprintf "%s\\n" "$*" >&2\ntest "$7" = {sys.executable} || exit 3\nexit 4\n'
    (programs / SCOPE[0]).write_text(script)
    (programs / SCOPE[0]).chmod(0o755)
    world = World.of(tmp_path, ("a",))
    environ = {"PATH": f"{programs}:{os.environ['PATH']}"}
    spawner = Spawner(world.folder, tmp_path, environ, in_scope=lambda: True)
    with pytest.raises(RunError, match=r"--user --scope --quiet --collect -- .*-m wizard.run "):
        asyncio.run(spawner.start(world.spec.run, secrets={}))
