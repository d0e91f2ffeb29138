"""One journal: an SQLite file that nothing is ever taken out of.

WAL with `synchronous=FULL`: what `append` returned survives a power cut. Several processes read
and append at the same time (the run itself, and operators who leave orders); sequence numbers
are given under `BEGIN IMMEDIATE`, so they have no gaps and no doubles.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from wizard.clock import Clock
from wizard.errors import JournalError
from wizard.journal.events import Event, EventKind
from wizard.wording import _

SCHEMA: Final = 1
_APPLICATION: Final = 0x50494C4F
"""`PILO` in the file's header, so that no other SQLite file is taken for a journal."""
_BUSY_SECONDS: Final = 10.0
_TABLES: Final = (
    """CREATE TABLE event (
        seq INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL,
        host TEXT, wave INTEGER, data TEXT NOT NULL)""",
    "CREATE TABLE document (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX event_by_kind ON event (kind, seq)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event before the journal gave it its number and its time."""

    kind: EventKind
    host: str | None = None
    wave: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


class Journal:
    """An open journal; one object belongs to one thread at a time.

    Every method raises JournalError when the file cannot be read or written.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock) -> None:
        self.path = path
        self._connection = connection
        self._clock = clock
        self._version = -1

    @classmethod
    def create(
        cls, path: Path, *, clock: Clock, documents: Mapping[str, str], first: Sequence[Draft]
    ) -> Journal:
        """Create the file (mode 0600) with its documents and first events, all or nothing."""
        with _told(path):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            journal = cls(path, _connect(path), clock)
            connection = journal._connection
            connection.execute("PRAGMA journal_mode=WAL")
            with _transaction(connection):
                for table in _TABLES:
                    connection.execute(table)
                connection.executemany("INSERT INTO document VALUES (?, ?)", documents.items())
                journal._insert(first)
                connection.execute(f"PRAGMA application_id={_APPLICATION}")
                connection.execute(f"PRAGMA user_version={SCHEMA}")
        return journal

    @classmethod
    def open(cls, path: Path, *, clock: Clock) -> Journal:
        """Open an existing journal; refuses files of a newer Pilotage and other files."""
        with _told(path):
            if not path.is_file():
                raise JournalError(
                    _("There is no such run."),
                    file=str(path),
                    todo=_("List the known runs with `pilotage runs`."),
                )
            connection = _connect(path)
            try:
                _check_schema(path, connection)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection, clock)

    def append(self, *drafts: Draft) -> tuple[Event, ...]:
        """Write the events, all or none; they are on disk when this returns."""
        with _told(self.path), _transaction(self._connection):
            return self._insert(drafts)

    def tail(self, after: int = 0, *, light: bool = False) -> tuple[Event, ...]:
        """Return the events after that sequence number, in order.

        `light` leaves out the facts of HOST_READ, which are most of a journal's bytes.
        """
        without_facts = "json_remove(data, '$.facts')"
        data = f"CASE kind WHEN '{EventKind.HOST_READ.value}' THEN {without_facts} ELSE data END"
        column = data if light else "data"
        query = f"SELECT seq, at, kind, host, wave, {column} FROM event WHERE seq > ? ORDER BY seq"  # noqa: S608  # `column` is one of two constants above
        with _told(self.path):
            return tuple(
                _event(self.path, row) for row in self._connection.execute(query, (after,))
            )

    def of_kind(self, *kinds: EventKind) -> tuple[Event, ...]:
        """Return the events of those kinds, in order."""
        marks = ",".join("?" * len(kinds))
        query = f"SELECT * FROM event WHERE kind IN ({marks}) ORDER BY seq"  # noqa: S608  # question marks only
        with _told(self.path):
            rows = self._connection.execute(query, [kind.value for kind in kinds])
            return tuple(_event(self.path, row) for row in rows)

    def document(self, name: str) -> str | None:
        """Return a document that was stored at creation, or None."""
        with _told(self.path):
            row = self._connection.execute(
                "SELECT body FROM document WHERE name = ?", (name,)
            ).fetchone()
        return None if row is None else str(row[0])

    def has_grown(self) -> bool:
        """Tell whether another connection wrote since this was last asked; costs no disk read."""
        with _told(self.path):
            version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        grown = version != self._version
        self._version = version
        return grown

    def close(self) -> None:
        """Close the file."""
        with _told(self.path):
            self._connection.close()

    def _insert(self, drafts: Sequence[Draft]) -> tuple[Event, ...]:
        (last,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        at = self._clock.now()
        events = tuple(
            Event(
                seq=last + number,
                at=at,
                kind=draft.kind,
                host=draft.host,
                wave=draft.wave,
                data=draft.data,
            )
            for number, draft in enumerate(drafts, 1)
        )
        self._connection.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", [_row(event) for event in events]
        )
        return events


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _check_schema(path: Path, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise JournalError(
            _("is not a journal of Pilotage, or its creation was interrupted"),
            file=str(path),
            state=_("No host was changed by it."),
            todo=_("Remove the file and start a new run."),
        )
    if schema > SCHEMA:
        raise JournalError(
            _("was written by a newer Pilotage (schema {schema}, this one knows {known})").format(
                schema=schema, known=SCHEMA
            ),
            file=str(path),
            state=_("Nothing was read or changed."),
            todo=_("Use the newer Pilotage for this run."),
        )


def _row(event: Event) -> tuple[int, float, str, str | None, int | None, str]:
    data = json.dumps(event.data, separators=(",", ":"))
    return event.seq, event.at, event.kind.value, event.host, event.wave, data


def _event(path: Path, row: tuple[int, float, str, str | None, int | None, str]) -> Event:
    seq, at, kind, host, wave, data = row
    try:
        return Event(
            seq=seq, at=at, kind=EventKind(kind), host=host, wave=wave, data=json.loads(data)
        )
    except ValueError as error:
        raise JournalError(
            _("event {seq} makes no sense: {error}").format(seq=seq, error=error),
            file=str(path),
            todo=_("Restore the file from a backup; the hosts' own ledgers are not touched."),
        ) from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk makes SQLite roll back by itself; a second ROLLBACK would hide the reason.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise JournalError(
            _("the journal cannot be read or written: {error}").format(error=error),
            file=str(path),
            state=_(
                "Nothing more is changed without a journal; hosts that are not confirmed revert "
                "by themselves."
            ),
            todo=_("Make room or repair the disk, then run `pilotage resume`."),
        ) from error
