"""Backups of Nexus: a fresh dump first, blobs after it, never half, and proven restorable."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.transaction.practice_host import SHELLS
from wizard.errors import InputError
from wizard.registries.installing.nexus_backup import NexusBackup, nexus_backup_files
from wizard.run.installation_answers import backup_script

_HEADER = b"H:2,block:2,blockSize:1000,chunk:7\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallNexus:
    """Data of a Nexus below `root`: what its file blob stores and its dumps look like."""

    root: Path

    @property
    def data(self) -> Path:
        """Return the directory of its data."""
        return self.root / "data"

    @property
    def content(self) -> Path:
        """Return where its blobs are."""
        return self.data / "blobs/docker images/content"

    @property
    def taken(self) -> list[Path]:
        """Return the backups, the oldest first."""
        return sorted((self.root / "backups").glob("[0-9]*T[0-9]*Z"))

    def dump(self, name: str, database: bytes = _HEADER, *, minutes: int = 30) -> Path:
        """Dump the database as its task does."""
        file = self.data / "dumps" / f"nexus-{name}.zip"
        file.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("nexus.mv.db", database)
        then = time.time() - minutes * 60
        os.utime(file, (then, then))
        return file

    def push(self, name: str, content: bytes, *, deleted: bool = False) -> Path:
        """Add a blob, and what is told of it."""
        file = self.content / f"vol-01/chap-01/{name}.bytes"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        told = [
            "@BlobStore.created-by=system",
            f"size={len(content)}",
            f"sha1={hashlib.sha1(content, usedforsecurity=False).hexdigest()}",
            *(["deleted=true"] if deleted else []),
        ]
        file.with_suffix(".properties").write_text("\n".join(told), encoding="ascii")
        return file

    def run(
        self, *words: str, shell: str = "dash", reserve_gib: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run the script as the timer does."""
        settings = NexusBackup(
            data=str(self.data),
            dumps="dumps",
            to=str(self.root / "backups"),
            keep=2,
            reserve_gib=reserve_gib,
        )
        files = nexus_backup_files(backup_script("nexus"), settings)
        for path, (_mode, text) in files.items():
            (self.root / Path(path).name).write_text(text, encoding="utf-8")
        return subprocess.run(
            [*SHELLS[shell], str(self.root / "pilotage-nexus-backup"), *words],
            env={**os.environ, "PILOTAGE_SETTINGS": str(self.root / "nexus-backup.conf")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def _names(nexus: SmallNexus) -> list[str]:
    """Return what is beside the file that keeps the turn."""
    return sorted(one.name for one in (nexus.root / "backups").iterdir() if one.name != ".turn")


@pytest.fixture
def nexus(tmp_path: Path) -> SmallNexus:
    """Return a Nexus with two blobs, one of them deleted, and a dump of this night."""
    if not (shutil.which("unzip") or shutil.which("bsdtar")):
        pytest.skip("there is neither unzip nor bsdtar here")
    nexus = SmallNexus(root=tmp_path)
    nexus.push("one", b"one" * 1000)
    nexus.push("two", b"two" * 1000, deleted=True)
    (nexus.content / "tmp").mkdir()
    (nexus.content / "tmp/half.bytes").write_bytes(b"half")
    (nexus.data / "keystores/node").mkdir(parents=True)
    (nexus.data / "keystores/node/private.ks").write_text("key", encoding="ascii")
    (nexus.data / "etc").mkdir()
    (nexus.data / "etc/nexus.properties").write_text("x=y", encoding="ascii")
    nexus.dump("2026-11-28-01-00-00", minutes=24 * 60)
    nexus.dump("2026-11-29-01-00-00")
    return nexus


@pytest.mark.parametrize("shell", SHELLS)
def test_a_backup_is_a_set_of_the_newest_dump_and_all_that_goes_with_it(
    nexus: SmallNexus, shell: str
) -> None:
    """And it restores into a scratch directory that is gone afterwards."""
    taken = nexus.run("backup", shell=shell)
    proven = nexus.run("drill", shell=shell)

    assert (taken.returncode, taken.stderr) == (0, "")
    assert (proven.returncode, proven.stderr) == (0, "")
    assert f"a database of {len(_HEADER)} bytes, 1 blobs are there, 1 of them" in proven.stdout
    [backup] = nexus.taken
    names = sorted(str(one.relative_to(backup)) for one in backup.rglob("*") if one.is_file())
    place = "blobs/docker images/content/vol-01/chap-01"
    assert names == [
        "about",
        *(f"{place}/{name}" for name in ("one.bytes", "one.properties")),
        *(f"{place}/{name}" for name in ("two.bytes", "two.properties")),
        "database.zip",
        "etc/nexus.properties",
        "keystores/node/private.ks",
    ]
    assert _names(nexus) == [backup.name]


def test_blobs_are_linked_and_what_is_told_of_them_is_copied_anew(nexus: SmallNexus) -> None:
    """The older set stays as it was; blobs that were compacted away do not come along."""
    nexus.run("backup")
    nexus.taken[0].rename(nexus.root / "backups/20260101T000000Z")
    told = nexus.content / "vol-01/chap-01/one.properties"
    before = told.read_text(encoding="ascii")
    told.write_text(f"{before}\ndeleted=true\n", encoding="ascii")
    for suffix in (".bytes", ".properties"):
        (nexus.content / f"vol-01/chap-01/two{suffix}").unlink()
    nexus.push("three", b"three")

    taken = nexus.run("backup")

    old, new = nexus.taken
    place = "blobs/docker images/content/vol-01/chap-01"
    assert (taken.returncode, taken.stderr) == (0, "")
    assert sorted(one.name for one in (new / place).iterdir()) == [
        *("one.bytes", "one.properties", "three.bytes", "three.properties")
    ]
    assert (old / place / "one.properties").read_text(encoding="ascii") == before
    linked = {(one / place / "one.bytes").stat().st_ino for one in (old, new)}
    assert (len(linked), (old / place / "two.bytes").exists()) == (1, True)


def test_the_newest_sets_and_dumps_are_kept(nexus: SmallNexus) -> None:
    """Nexus itself deletes none, and they lie beside its database; others' files stay."""
    (nexus.data / "dumps/mine.zip").write_bytes(b"")
    for number, name in enumerate(("20260101T000000Z", "20260102T000000Z", "")):
        nexus.dump(f"2026-12-0{number + 1}-01-00-00")
        nexus.run("backup")
        if name:
            nexus.taken[-1].rename(nexus.root / "backups" / name)

    assert [one.name[:8] for one in nexus.taken][:1] == ["20260102"]
    assert len(nexus.taken) == 2
    assert sorted(one.name for one in (nexus.data / "dumps").iterdir()) == [
        "mine.zip",
        "nexus-2026-12-02-01-00-00.zip",
        "nexus-2026-12-03-01-00-00.zip",
    ]


def _old_dump(nexus: SmallNexus) -> None:
    nexus.dump("2026-11-29-01-00-00", minutes=200)


def _no_dump(nexus: SmallNexus) -> None:
    shutil.rmtree(nexus.data / "dumps")


def _half_dump(nexus: SmallNexus) -> None:
    file = nexus.dump("2026-11-30-01-00-00")
    file.write_bytes(file.read_bytes()[:60])


def _other_dump(nexus: SmallNexus) -> None:
    nexus.dump("2026-11-30-01-00-00", b"SQLite format 3")


def _no_data(nexus: SmallNexus) -> None:
    shutil.rmtree(nexus.data / "blobs")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_old_dump, "older than 150 minutes"),
        (_no_dump, "has Nexus its task"),
        (_half_dump, "is not whole"),
        (_other_dump, "no database of H2"),
        (_no_data, "the data of the Nexus that runs?"),
    ],
)
def test_what_would_be_no_backup_is_none(
    nexus: SmallNexus, spoil: Callable[[SmallNexus], None], words: str
) -> None:
    """Each with its reason, and nothing is left of it."""
    spoil(nexus)

    refused = nexus.run("backup")

    assert (refused.returncode, words in refused.stderr) == (1, True)
    assert _names(nexus) == []


def _lost(backup: Path, place: Path) -> None:
    place.unlink()


def _cut(backup: Path, place: Path) -> None:
    place.write_bytes(b"one")


def _rotten(backup: Path, place: Path) -> None:
    place.write_bytes(b"eno" * 1000)


def _other_database(backup: Path, place: Path) -> None:
    shutil.copy(backup / "about", backup / "database.zip")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_lost, "1 blobs are missing or cut short"),
        (_cut, "1 blobs are missing or cut short"),
        (_rotten, "is not what is told of it"),
        (_other_database, "not the one that was taken"),
    ],
)
def test_a_drill_finds_what_would_spoil_a_restore(
    nexus: SmallNexus, spoil: Callable[[Path, Path], None], words: str
) -> None:
    """In the set alone: Nexus has its own files."""
    nexus.run("backup")
    [backup] = nexus.taken
    spoil(backup, backup / "blobs/docker images/content/vol-01/chap-01/one.bytes")

    found = nexus.run("drill")

    assert (found.returncode, words in found.stderr) == (1, True)
    assert _names(nexus) == [backup.name]


@pytest.mark.parametrize("verb", ["backup", "drill"])
def test_a_disk_that_is_nearly_full_is_left_alone(nexus: SmallNexus, verb: str) -> None:
    """A full one would end the database that shares it."""
    nexus.run("backup")
    before = [one.name for one in nexus.taken]

    refused = nexus.run(verb, reserve_gib=1 << 20)

    assert (refused.returncode, "are needed" in refused.stderr) == (1, True)
    assert _names(nexus) == before


@pytest.mark.parametrize(
    "wrong",
    [{"dumps": "/srv/dumps"}, {"dumps": "../up"}, {"at": "25:00"}, {"keep": 0}, {"data": "here"}],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    """Before anything is written."""
    with pytest.raises(InputError):
        nexus_backup_files("", NexusBackup(**wrong))  # type: ignore[arg-type]  # words and numbers


def test_the_time_is_that_of_nexus(nexus: SmallNexus) -> None:
    """Whatever the host's clock is set to: after the dump, and before anything is compacted."""
    files = nexus_backup_files("", NexusBackup())

    _mode, timer = files["/etc/systemd/system/pilotage-nexus-backup.timer"]
    assert "OnCalendar=*-*-* 01:30:00 UTC\n" in timer
