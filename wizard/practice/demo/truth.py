"""What is really on the hosts: their files, read past every product, and what differs.

A change that was taken back leaves a ledger that says so, and nothing else: no file below /etc is
other than it was, and no ledger is `armed` or being taken back (assets/host/ledger.sh).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

_WATCHED: Final = "etc"
_LEDGERS: Final = "var/lib/pilotage"
_UNDECIDED: Final = frozenset({"prepared", "armed", "reverting", "conflict"})
"""States of a ledger that somebody or something has still to act upon."""


class Kind(Enum):
    """What a path is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One path of a host.

    Attributes:
        mode: permission bits.
        owner: user and group number.
        content: SHA-256 of a file's bytes in hex, where a link leads, else empty.
    """

    kind: Kind
    mode: int
    owner: tuple[int, int]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPhotograph:
    """One host.

    Attributes:
        entries: everything below /etc, by path on the host.
        undecided: ledgers that are not at rest, as `RUN/STATE`.
    """

    entries: Mapping[str, Entry]
    undecided: tuple[str, ...]


Photograph = Mapping[str, HostPhotograph]
"""A fleet at one moment, by name of the host."""


def photograph(roots: Mapping[str, Path]) -> Photograph:
    """Read what is on hosts; `roots` are their root directories by name."""
    return {name: _photographed(root) for name, root in roots.items()}


def differences(before: Photograph, after: Photograph) -> dict[str, tuple[str, ...]]:
    """Return the paths that are not the same, of each host that has some, hosts sorted.

    A ledger that is not at rest in `after` counts as one, by its own path.
    """
    found = {name: _different(before.get(name), after.get(name)) for name in {*before, *after}}
    return {name: paths for name, paths in sorted(found.items()) if paths}


def _different(before: HostPhotograph | None, after: HostPhotograph | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ("/",)
    paths = {*before.entries, *after.entries}
    changed = [path for path in paths if before.entries.get(path) != after.entries.get(path)]
    left = [f"/{_LEDGERS}/{ledger}" for ledger in after.undecided]
    return tuple(sorted((*changed, *left)))


def _photographed(root: Path) -> HostPhotograph:
    entries = {f"/{os.path.relpath(path, root)}": _entry(path) for path in _walk(root / _WATCHED)}
    return HostPhotograph(entries=entries, undecided=tuple(_ledgers_at_work(root / _LEDGERS)))


def _walk(folder: Path) -> Iterator[str]:
    """Yield a directory and everything below it; links are not followed."""
    if not folder.is_dir():
        return
    yield str(folder)
    for place, folders, files in os.walk(folder):
        yield from (os.path.join(place, name) for name in (*folders, *files))  # noqa: PTH118  # thousands


def _entry(path: str) -> Entry:
    status = os.lstat(path)
    kind, content = Kind.OTHER, ""
    if stat.S_ISDIR(status.st_mode):
        kind = Kind.FOLDER
    elif stat.S_ISLNK(status.st_mode):
        kind, content = Kind.LINK, os.readlink(path)  # noqa: PTH115  # as it is written there
    elif stat.S_ISREG(status.st_mode):
        kind, content = Kind.FILE, hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return Entry(
        kind=kind,
        mode=stat.S_IMODE(status.st_mode),
        owner=(status.st_uid, status.st_gid),
        content=content,
    )


def _ledgers_at_work(folder: Path) -> Iterator[str]:
    for ledger in sorted(folder.iterdir()) if folder.is_dir() else ():
        for state in sorted(_UNDECIDED):
            if (ledger / state).exists():
                yield f"{ledger.name}/{state}"
