"""What is really on the hosts: their files, read past every product, and what differs.

A change that was taken back leaves a ledger that says so, and nothing else: no file of the host is
other than it was, below /etc, /run, /tmp, /usr or in a home, and no ledger is `armed` or being
taken back (assets/host/ledger.sh). What runtimes keep for themselves is not looked at.
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

_LEDGERS: Final = "var/lib/pilotage"
_NOT_WATCHED: Final = frozenset(
    {"proc", "run/docker.pid", "var/lib/docker", "var/lib/containerd", _LEDGERS}
)
"""What the kernel and the runtimes change by themselves; ledgers are looked at in their own way."""
_OF_ALL: Final = frozenset({"lock", "holder"})
"""What stays beside the ledgers (assets/host/lock.sh)."""
_CONFIRMED: Final = "confirmed"
_AT_REST: Final = frozenset({_CONFIRMED, "reverted"})
_NO_STATE: Final = "none"
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
        entries: everything that is watched, by path on the host.
        undecided: what lies with the ledgers and is no ledger at rest, as `RUN/STATE`, or as its
            name.
        confirmed: ledgers of changes that are in force, as `RUN/confirmed`.
    """

    entries: Mapping[str, Entry]
    undecided: tuple[str, ...]
    confirmed: tuple[str, ...] = ()


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
    ledgers = root / _LEDGERS
    kept = tuple(_ledgers(ledgers))
    return HostPhotograph(
        entries={f"/{path}": _entry(f"{root}/{path}") for path in _walk(str(root))},
        undecided=tuple(name for name in kept if not name.endswith(f"/{_CONFIRMED}")),
        confirmed=tuple(name for name in kept if name.endswith(f"/{_CONFIRMED}")),
    )


def _walk(root: str) -> Iterator[str]:
    """Yield what is watched below a root, relative to it; links are not followed."""
    for place, folders, files in os.walk(root):
        below = place[len(root) + 1 :]
        before = f"{below}/" if below else ""
        folders[:] = [name for name in folders if before + name not in _NOT_WATCHED]
        yield from (before + name for name in folders)
        yield from (before + name for name in files if before + name not in _NOT_WATCHED)


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


def _ledgers(folder: Path) -> Iterator[str]:
    """Yield what lies with the ledgers, but for those that say that a change was taken back."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in _OF_ALL:
            continue
        if not path.is_dir():
            yield path.name
            continue
        states = [state for state in sorted(_UNDECIDED | _AT_REST) if (path / state).exists()]
        for state in states or [_NO_STATE]:
            if states != ["reverted"]:
                yield f"{path.name}/{state}"
