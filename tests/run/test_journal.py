"""A journal keeps what it was told, in order, for everybody, or says why it cannot."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.clock import SystemClock
from wizard.errors import InputError, JournalError
from wizard.journal.events import EventKind
from wizard.journal.folder import RunFolder
from wizard.journal.store import Draft, Journal

_WRITER = """
import sys
from pathlib import Path
from wizard.clock import SystemClock
from wizard.journal.events import EventKind
from wizard.journal.store import Draft, Journal
journal = Journal.open(Path(sys.argv[1]), clock=SystemClock())
for number in range(100):
    journal.append(Draft(kind=EventKind.PROCESS_ENDED, data={"by": sys.argv[2], "n": number}))
"""


def draft(number: int = 0) -> Draft:
    """Return an event to append."""
    return Draft(kind=EventKind.PROCESS_ENDED, data={"n": number})


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Return a folder with one run."""
    folder = RunFolder(tmp_path / "runs", SystemClock())
    folder.create("r1", documents={"spec": "{}"}, first=[draft()])
    return folder


def test_what_was_appended_is_read_back_in_order(folder: RunFolder) -> None:
    """Numbers count from one without gaps; documents stay."""
    journal = folder.open("r1")
    journal.append(draft(1), draft(2))
    journal.append(draft(3))
    events = journal.tail()
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert [event.data["n"] for event in journal.tail(2)] == [2, 3]
    assert journal.document("spec") == "{}"
    assert journal.document("other") is None
    journal.close()


def test_light_tail_leaves_out_facts(folder: RunFolder) -> None:
    """Readers that only want states do not read every host's files, but what runs there."""
    data = {"facts": {"host": "a"}, "summary": "docker 29.7"}
    journal = folder.open("r1")
    journal.append(Draft(kind=EventKind.HOST_READ, host="a", data=data))
    assert journal.tail(1)[0].data == data
    assert journal.tail(1, light=True)[0].data == {"summary": "docker 29.7"}
    journal.close()


def test_several_processes_append_without_gaps_or_doubles(
    folder: RunFolder, tmp_path: Path
) -> None:
    """Four writers at once: every event is there once, each writer's in its own order."""
    path = tmp_path / "runs" / "r1.journal"
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(path), name]) for name in "abcd"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    journal = folder.open("r1")
    events = journal.tail(1)
    journal.close()
    assert [event.seq for event in events] == list(range(2, 402))
    for name in "abcd":
        numbers = [event.data["n"] for event in events if event.data["by"] == name]
        assert numbers == list(range(100))


def test_reader_notices_that_somebody_else_wrote(folder: RunFolder) -> None:
    """Asking costs no read of the events."""
    reader, writer = folder.open("r1"), folder.open("r1")
    assert reader.has_grown()
    assert not reader.has_grown()
    writer.append(draft())
    assert reader.has_grown()
    reader.close()
    writer.close()


def test_files_are_for_their_owner_only(folder: RunFolder, tmp_path: Path) -> None:
    """The directory and everything in it is closed to others, SQLite's own files included."""
    journal = folder.open("r1")
    journal.append(draft())
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "runs").iterdir()}
    journal.close()
    assert (tmp_path / "runs").stat().st_mode & 0o777 == 0o700
    assert set(modes.values()) == {0o600}
    assert "r1.journal-wal" in modes


def test_newer_schema_is_refused(folder: RunFolder, tmp_path: Path) -> None:
    """A journal of a later Pilotage is left alone with a clear word."""
    connection = sqlite3.connect(tmp_path / "runs" / "r1.journal")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(JournalError, match="newer Pilotage"):
        folder.open("r1")


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be looked at" * 50])
def test_other_files_are_refused(folder: RunFolder, tmp_path: Path, content: bytes) -> None:
    """Neither an empty nor a foreign file is taken for a journal."""
    (tmp_path / "runs" / "r2.journal").write_bytes(content)
    with pytest.raises(JournalError):
        folder.open("r2")


def test_damaged_journal_is_told_with_its_file(folder: RunFolder, tmp_path: Path) -> None:
    """Bytes overwritten in the middle do not pass as events."""
    journal = folder.open("r1")
    journal.append(*(draft(number) for number in range(2000)))
    journal.close()
    path = tmp_path / "runs" / "r1.journal"
    content = bytearray(path.read_bytes())
    content[4096:40960] = b"\xff" * 36864
    path.write_bytes(content)
    with pytest.raises(JournalError) as told:
        Journal.open(path, clock=SystemClock()).tail()
    assert told.value.file == str(path)
    assert told.value.todo


def test_full_disk_is_told_and_loses_nothing_written_before(folder: RunFolder) -> None:
    """SQLite's own limit stands for the disk: the append fails, what was there stays."""
    journal = folder.open("r1")
    journal.append(draft(1))
    journal._connection.execute("PRAGMA max_page_count=5")
    with pytest.raises(JournalError, match="full") as told:
        journal.append(*(draft(number) for number in range(5000)))
    assert "pilotage resume" in told.value.todo
    assert [event.seq for event in journal.tail()] == [1, 2]
    journal.close()


@pytest.mark.parametrize("name", ["../etc/passwd", "", "a/b", ".hidden", "x" * 65])
def test_names_that_are_no_runs_are_refused(folder: RunFolder, name: str) -> None:
    """A name from the command line cannot leave the directory."""
    with pytest.raises(InputError):
        folder.open(name)


def test_unknown_run_is_told(folder: RunFolder) -> None:
    """Opening never creates."""
    with pytest.raises(JournalError, match="no such run"):
        folder.open("r9")
    assert folder.runs() == ("r1",)
