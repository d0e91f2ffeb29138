"""Backups of Harbor on a real PostgreSQL: the right order, never half, and proven restorable."""

from __future__ import annotations

import fcntl
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registries.installing.real_postgres import Postgres, programs, running
from tests.registries.installing.small_harbor import SmallHarbor
from tests.transaction.practice_host import SHELLS
from wizard.errors import InputError
from wizard.registries.installing.backup import BackupSettings, backup_files

_GC = "INSERT INTO execution (vendor_type, status) VALUES ('GARBAGE_COLLECTION', '{status}')"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """Yield a real server."""
    bin_ = programs()
    if bin_ is None:
        pytest.skip("there is no PostgreSQL here: apt install postgresql")
    with running(bin_) as server:
        yield server


@pytest.fixture
def harbor(tmp_path: Path, postgres: Postgres) -> SmallHarbor:
    """Return a Harbor with two images."""
    harbor = SmallHarbor.made(tmp_path, postgres)
    harbor.push(b"one" * 1000)
    harbor.push(b"two" * 1000)
    return harbor


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".turn")


def _next_second(harbor: SmallHarbor) -> None:
    """Make the newest backup older, so that the next one has a name of its own."""
    newest = harbor.taken[-1]
    stamps = [int(one.name[:8]) for one in harbor.taken]
    newest.rename(newest.with_name(f"{min(stamps) - 1}T000000Z"))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_backup_restores_into_a_scratch_database_that_is_gone_afterwards(
    harbor: SmallHarbor, postgres: Postgres, shell: str
) -> None:
    """What Harbor says it has, and the files of it, are told by number."""
    taken = harbor.run("backup", shell=SHELLS[shell])
    proven = harbor.run("drill", shell=SHELLS[shell])

    assert (taken.returncode, taken.stderr) == (0, "")
    assert (proven.returncode, proven.stderr) == (0, "")
    assert "1 projects, 2 artifacts, 2 blobs are there, 2 of them read whole" in proven.stdout
    assert "pilotage_drill" not in postgres.ask("SELECT datname FROM pg_database")
    assert _names(harbor.backups) == [harbor.taken[0].name]


def test_a_backup_has_what_a_restore_takes(harbor: SmallHarbor) -> None:
    """Database, blobs, keys, the file, and which installer with which flags."""
    harbor.run("backup")

    [backup] = harbor.taken
    assert _names(backup) == [
        "about",
        "harbor.yml",
        "registry",
        "registry.dump",
        "secret",
    ]
    about = (backup / "about").read_text(encoding="ascii")
    assert about.splitlines()[:3] == ["version v2.15.2", "flags --with-trivy", "blobs volume"]
    assert backup.stat().st_mode & 0o077 == 0


def test_a_database_in_its_container_is_asked_there(
    harbor: SmallHarbor, postgres: Postgres
) -> None:
    """The stand-in of docker runs the real clients, as `docker exec -i harbor-db` would."""
    folder = harbor.root / "bin"
    folder.mkdir()
    docker = folder / "docker"
    docker.write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "exec -i harbor-db" ] || exit 99\nshift 3\nexec "$@"\n',
        encoding="ascii",
    )
    docker.chmod(0o755)

    taken = harbor.run("backup", container=True, path=str(folder))
    proven = harbor.run("drill", container=True, path=str(folder))

    assert (taken.returncode, taken.stderr, proven.returncode, proven.stderr) == (0, "", 0, "")


@pytest.mark.parametrize("status", ["Pending", "Scheduled", "Running"])
def test_there_is_no_backup_while_garbage_is_collected(harbor: SmallHarbor, status: str) -> None:
    """It would miss what the dump still names."""
    harbor.sql(_GC.format(status=status))

    refused = harbor.run("backup")

    assert refused.returncode == 1
    assert "garbage collection is at work" in refused.stderr
    assert _names(harbor.backups) == []


def test_a_collection_that_begins_meanwhile_undoes_the_backup(
    harbor: SmallHarbor, postgres: Postgres
) -> None:
    """Even one that has ended by the time the last file is copied."""
    harbor.sql(_GC.format(status="Success"))
    folder = harbor.root / "bin"
    folder.mkdir()
    program = folder / "pg_dump"
    program.write_text(
        f'#!/bin/sh\n{postgres.bin}/pg_dump "$@" || exit\n'
        f'{postgres.bin}/psql -q -d registry -c "{_GC.format(status="Success")}"\n',
        encoding="ascii",
    )
    program.chmod(0o755)

    refused = harbor.run("backup", path=str(folder))

    assert refused.returncode == 1
    assert "began meanwhile" in refused.stderr
    assert _names(harbor.backups) == []


def test_the_dump_comes_before_the_blobs(harbor: SmallHarbor, postgres: Postgres) -> None:
    """An image that is pushed between them is in the blobs and not in the dump, never otherwise."""
    folder = harbor.root / "bin"
    folder.mkdir()
    late = harbor.store / "blobs/sha256/ff" / ("f" * 64) / "data"
    program = folder / "pg_dump"
    program.write_text(
        f'#!/bin/sh\n{postgres.bin}/pg_dump "$@" || exit\n'
        f"mkdir -p {late.parent}\necho late >{late}\n",
        encoding="ascii",
    )
    program.chmod(0o755)

    harbor.run("backup", path=str(folder))

    [backup] = harbor.taken
    assert (backup / late.relative_to(harbor.volume)).read_text(encoding="ascii") == "late\n"


def test_only_the_newest_are_kept(harbor: SmallHarbor) -> None:
    """An old one goes when a new one is whole; what others keep there is none of ours."""
    theirs = harbor.backups / "1-theirs-Z"
    theirs.mkdir(parents=True)
    for _count in range(3):
        assert harbor.run("backup", keep=3).returncode == 0
        _next_second(harbor)
    oldest = harbor.taken[0].name

    harbor.run("backup", keep=3)

    assert len(harbor.taken) == 3
    assert oldest not in [one.name for one in harbor.taken]
    assert theirs.exists()


def test_blobs_of_the_last_backup_are_linked_and_those_that_went_are_not_kept(
    harbor: SmallHarbor,
) -> None:
    """A second backup costs what is new; what garbage collection took is gone from it."""
    gone = harbor.push(b"gone" * 1000)
    harbor.run("backup")
    _next_second(harbor)
    harbor.forget(gone)
    new = harbor.push(b"new" * 1000)

    harbor.run("backup")

    first, second = harbor.taken
    blobs = {
        path.parent.name: path.stat().st_nlink for path in second.rglob("data") if path.is_file()
    }
    assert gone.parent.name not in blobs
    assert blobs.pop(new.parent.name) == 1
    assert set(blobs.values()) == {2}
    assert (first / gone.relative_to(harbor.volume)).exists()
    assert harbor.run("drill").returncode == 0


def test_tags_of_an_older_backup_do_not_change_with_newer_ones(harbor: SmallHarbor) -> None:
    """Their files are rewritten by Harbor, so they are never linked."""
    harbor.run("backup")
    _next_second(harbor)
    tag = "registry/docker/registry/v2/repositories/library/app/_manifests/tags/1/current/link"
    before = (harbor.taken[0] / tag).read_bytes()

    harbor.push(b"moved" * 1000)
    harbor.run("backup")

    first, second = harbor.taken
    assert (first / tag).read_bytes() == before
    assert (second / tag).read_bytes() != before


def _cut_short(backup: Path) -> None:
    next(backup.rglob("data")).write_bytes(b"short")


def _flip(backup: Path) -> None:
    file = next(backup.rglob("data"))
    file.write_bytes(b"x" * file.stat().st_size)


def _lose_blob(backup: Path) -> None:
    next(backup.rglob("data")).unlink()


def _lose_key(backup: Path) -> None:
    (backup / "secret/keys/secretkey").write_bytes(b"short")


def _lose_file(backup: Path) -> None:
    (backup / "secret/core/private_key.pem").unlink()


def _spoil_dump(backup: Path) -> None:
    file = backup / "registry.dump"
    file.write_bytes(file.read_bytes()[:-100])


def _spoil_dump_and_sum(backup: Path) -> None:
    _spoil_dump(backup)
    said = subprocess.run(
        ["sha256sum", str(backup / "registry.dump")], capture_output=True, text=True, check=True
    )
    about = backup / "about"
    text = about.read_text(encoding="ascii")
    about.write_text(
        re.sub(r"sha256 .*", f"sha256 {said.stdout.split()[0]}", text), encoding="ascii"
    )


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_cut_short, "missing or cut short"),
        (_flip, "not what its name says"),
        (_lose_blob, "missing or cut short"),
        (_lose_key, "secretkey"),
        (_lose_file, "private_key.pem"),
        (_spoil_dump, "not the one that was taken"),
        (_spoil_dump_and_sum, "cannot be restored"),
    ],
    ids=lambda value: getattr(value, "__name__", "").lstrip("_") or None,
)
def test_a_drill_finds_what_would_spoil_a_restore(
    harbor: SmallHarbor, postgres: Postgres, damage: object, words: str
) -> None:
    """And leaves neither database nor file behind."""
    harbor.run("backup")
    [backup] = harbor.taken
    assert callable(damage)
    damage(backup)

    proven = harbor.run("drill")

    assert proven.returncode == 1
    assert words in proven.stderr
    assert "pilotage_drill" not in postgres.ask("SELECT datname FROM pg_database")
    assert _names(harbor.backups) == [backup.name]


def test_layers_that_are_kept_elsewhere_are_not_missed(harbor: SmallHarbor) -> None:
    """Windows images name such."""
    harbor.push(
        b"foreign", content_type="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    ).unlink()
    harbor.run("backup")

    assert harbor.run("drill").returncode == 0


def test_blobs_in_a_bucket_are_said_not_to_be_looked_at(harbor: SmallHarbor) -> None:
    """Nothing is promised for them."""
    taken = harbor.run("backup", has_bucket=True)
    proven = harbor.run("drill", has_bucket=True)

    assert (taken.returncode, proven.returncode) == (0, 0)
    assert "in a bucket and were not looked at" in proven.stdout


def test_a_disk_that_would_be_filled_is_left_alone(harbor: SmallHarbor) -> None:
    """A full one ends the database that shares it."""
    refused = harbor.run("backup", reserve_gib=10**6)

    assert refused.returncode == 1
    assert "KiB left" in refused.stderr
    assert _names(harbor.backups) == []


def test_what_a_killed_backup_left_is_no_obstacle_and_no_backup(harbor: SmallHarbor) -> None:
    """Its turn ended with it, and its part is thrown away."""
    (harbor.backups / ".partial-20200101T000000Z").mkdir(parents=True)

    assert harbor.run("backup").returncode == 0
    assert len(_names(harbor.backups)) == 1


def test_two_at_once_are_one_and_a_refusal(harbor: SmallHarbor) -> None:
    """The one that is at it is not disturbed, and what a killed one left is no obstacle."""
    part = harbor.backups / ".partial-20200101T000000Z"
    part.mkdir(parents=True)
    with (harbor.backups / ".turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        refused = harbor.run("backup")
        was_left = part.exists()
    taken = harbor.run("backup")

    assert "another one is at it already" in refused.stderr
    assert (was_left, taken.returncode, part.exists()) == (True, 0, False)


@pytest.mark.parametrize(
    "wrong",
    [{"to": "backups"}, {"harbor_dir": "/opt/my harbor"}, {"at": "25:00"}, {"keep": 0}],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, str]) -> None:
    """Before a file of them is on any host."""
    with pytest.raises(InputError):
        backup_files("", BackupSettings(**wrong))  # type: ignore[arg-type]  # what is wrong varies
