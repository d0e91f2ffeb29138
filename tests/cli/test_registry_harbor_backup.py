"""`pilotage registry harbor-backup`: files for Harbor's host, and the commands that place them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Pilotage


def test_the_files_are_there_with_their_modes_and_the_commands_are_told(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """Settings may name a password file, so they are root's alone."""
    folder = tmp_path / "backup"

    outcome = pilotage("registry", "harbor-backup", "-o", str(folder), "--keep", "3")

    modes = {file.name: f"{file.stat().st_mode & 0o777:o}" for file in folder.iterdir()}
    assert outcome.code == 0
    assert modes == {
        "pilotage-harbor-backup": "755",
        "harbor-backup.conf": "600",
        "pilotage-harbor-backup.service": "644",
        "pilotage-harbor-backup.timer": "644",
    }
    assert "KEEP=3\n" in (folder / "harbor-backup.conf").read_text(encoding="utf-8")
    assert "systemctl enable --now pilotage-harbor-backup.timer" in outcome.out
    assert outcome.out.rstrip().endswith("drill")


def test_systemd_takes_the_units(pilotage: Pilotage, tmp_path: Path) -> None:
    """The real program that reads them has nothing to say."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd-analyze here")
    folder = tmp_path / "backup"
    pilotage("registry", "harbor-backup", "-o", str(folder), "--at", "23:05")

    timer = (folder / "pilotage-harbor-backup.timer").read_text(encoding="utf-8")
    [calendar] = [line for line in timer.splitlines() if line.startswith("OnCalendar=")]
    done = subprocess.run(
        [analyze, "calendar", calendar.removeprefix("OnCalendar=")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (done.returncode, "23:05:00" in done.stdout) == (0, True)


def test_settings_are_read_by_a_shell_as_they_were_given(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """A name that a shell would run is a name all the same."""
    folder = tmp_path / "backup"
    name = "db; touch pwned $(id)"
    pilotage("registry", "harbor-backup", "-o", str(folder), "--db-host", name)

    done = subprocess.run(
        ["sh", "-c", f'. "{folder}/harbor-backup.conf"; printf %s "$PGHOST"'],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert done.stdout == name
    assert not (tmp_path / "pwned").exists()


def test_a_directory_that_is_there_stays_as_it_is(pilotage: Pilotage, tmp_path: Path) -> None:
    """Its files may be in use."""
    outcome = pilotage("registry", "harbor-backup", "-o", str(tmp_path))

    assert outcome.code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["migration.yaml"]


def test_those_of_nexus_are_there_too(pilotage: Pilotage, tmp_path: Path) -> None:
    """With the dumps' directory as Nexus is told it."""
    folder = tmp_path / "backup"

    outcome = pilotage("registry", "nexus-backup", "-o", str(folder), "--dumps", "dumps/night")

    assert outcome.code == 0
    assert sorted(file.name for file in folder.iterdir()) == [
        "nexus-backup.conf",
        "pilotage-nexus-backup",
        "pilotage-nexus-backup.service",
        "pilotage-nexus-backup.timer",
    ]
    assert "DUMPS=dumps/night\n" in (folder / "nexus-backup.conf").read_text(encoding="utf-8")
    assert "systemctl enable --now pilotage-nexus-backup.timer" in outcome.out
