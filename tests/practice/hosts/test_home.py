"""The directory of a fleet: private, held while the fleet runs, cleaned after a crash."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from wizard.errors import InputError
from wizard.practice.home import Home, clean_stale, default_base
from wizard.practice.host.marked_processes import processes_below

HOLD_AND_START = """
import os, subprocess, sys, time
from pathlib import Path
from wizard.practice.home import Home
home = Home.open(Path(sys.argv[1]))
root = home.path / "hosts/web1/root"
root.mkdir(parents=True)
left = subprocess.Popen(
    ["sh", "-c", "setsid sleep 300 & sleep 300 & wait"], env={"PILOTAGE_ROOT": str(root)}
)
print(home.path, flush=True)
time.sleep(300)
"""


def start_owner(base: Path) -> tuple[subprocess.Popen[str], Path]:
    """Start a process that holds a home with processes on its host."""
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLD_AND_START, str(base)], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    home = Path(owner.stdout.readline().strip())
    deadline = time.monotonic() + 10
    while len(processes_below(home)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(processes_below(home)) == 3
    return owner, home


def test_a_home_is_private_and_goes_away(tmp_path: Path) -> None:
    """Nobody else may look into it, and nothing of it stays."""
    with Home.open(tmp_path) as home:
        mode = stat.S_IMODE(home.path.stat().st_mode)
        assert (mode, home.path.parent) == (0o700, tmp_path)
        assert (home.path / "lock").read_text() == f"{os.getpid()}\n"

    assert list(tmp_path.iterdir()) == []


def test_a_home_that_is_held_is_left_alone(tmp_path: Path) -> None:
    """Its owner lives; the lock says so, whatever the number in it."""
    with Home.open(tmp_path) as home:
        (home.path / "lock").write_text("1\n")

        assert clean_stale(tmp_path) == ()
        assert home.path.is_dir()


def test_what_a_killed_owner_left_is_cleaned(tmp_path: Path) -> None:
    """Its directory, its processes and those of sessions of their own; the next start does it."""
    owner, home = start_owner(tmp_path)
    with owner:
        assert clean_stale(tmp_path) == ()

        owner.kill()

    assert clean_stale(tmp_path) == (home,)
    assert processes_below(home) == []
    assert list(tmp_path.iterdir()) == []


def test_only_processes_of_the_home_are_ended(tmp_path: Path) -> None:
    """Not those of another fleet whose directory has a longer name, nor any other."""
    with Home.open(tmp_path) as home:
        marked = [
            subprocess.Popen(["sleep", "300"], env={"PILOTAGE_ROOT": f"{home.path}{suffix}"})
            for suffix in ("/hosts/web1/root", "-other/hosts/web1/root")
        ]
        plain = subprocess.Popen(["sleep", "300"], env={"OTHER": f"{home.path}/hosts/web1/root"})
        mine, foreign = marked

    try:
        assert mine.wait(timeout=30) < 0
        assert [foreign.poll(), plain.poll()] == [None, None]
    finally:
        for process in (foreign, plain):
            process.kill()
            process.wait()


def test_a_directory_that_is_just_being_made_is_left_alone(tmp_path: Path) -> None:
    """It has no lock yet; one that never got one is removed after a while."""
    young, old = tmp_path / "pilotage-practice-young", tmp_path / "pilotage-practice-old"
    young.mkdir()
    old.mkdir()
    os.utime(old, (time.time() - 3600,) * 2)

    assert clean_stale(tmp_path) == (old,)
    assert [folder.name for folder in tmp_path.iterdir()] == [young.name]


def test_what_only_has_the_name_of_a_home_is_left_alone(tmp_path: Path) -> None:
    """A file, and a link that leads elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").touch()
    (tmp_path / "pilotage-practice-link").symlink_to(elsewhere)
    (tmp_path / "pilotage-practice-file").touch()

    assert clean_stale(tmp_path) == ()
    assert (elsewhere / "lock").exists()


def test_a_base_that_is_no_directory(tmp_path: Path) -> None:
    """The message names it, and how to name another."""
    base = tmp_path / "missing"

    with pytest.raises(InputError, match="cannot make its directory: No such file") as refused:
        Home.open(base)

    assert refused.value.file == str(base)
    assert refused.value.todo == "Name a directory that you may write to in TMPDIR."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_base_that_nobody_may_write_to(tmp_path: Path) -> None:
    """The same, in the system's words."""
    tmp_path.chmod(0o500)

    with pytest.raises(InputError, match="Permission denied"):
        Home.open(tmp_path)


def test_homes_are_in_memory_where_there_is_room(tmp_path: Path) -> None:
    """The user's own runtime files first; never where there is no room, nor a directory."""
    own = {"XDG_RUNTIME_DIR": str(tmp_path)}

    assert default_base(own, hosts=24) == tmp_path
    assert default_base(own, hosts=10**9) == Path(tempfile.gettempdir())
    elsewhere = default_base({"XDG_RUNTIME_DIR": str(tmp_path / "missing")}, hosts=24)
    assert elsewhere == default_base({}, hosts=24)
