"""Which files somebody reads, in which order, and what they say together (§3.1)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wizard.discovery.facts import FileFacts, FileKind, HostFacts
from wizard.planning.blocks import Blocked
from wizard.planning.files import file_at, text_of
from wizard.planning.paths import (
    CONTAINERS_CONFIG,
    CONTAINERS_DROP_INS,
    CONTAINERS_OF_USER,
    CONTAINERS_OWN,
)
from wizard.planning.plan import BlockReason
from wizard.runtimes.registries_conf.drop_in import is_ours
from wizard.runtimes.registries_conf.tables import (
    RegistriesFile,
    Registry,
    in_effect,
    read_registries,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The files that somebody reads, in order.

    Attributes:
        path: of the main file, or of the drop-ins' directory where only those are theirs.
        replaces: a user's main file takes the place of the system's files, which are not read.
    """

    path: str
    files: tuple[RegistriesFile, ...]
    replaces: bool = False

    @property
    def registries(self) -> tuple[Registry, ...]:
        """Return the tables of all files, in order."""
        return tuple(registry for file in self.files for registry in file.registries)

    @property
    def in_effect(self) -> dict[str, Registry]:
        """Return by prefix the tables that count."""
        return in_effect(self.registries)

    @property
    def search(self) -> tuple[str, ...]:
        """Return the registries that short names are looked for at; the last file to say wins."""
        said = [file.search for file in self.files if file.search is not None]
        return said[-1] if said else ()

    @property
    def short_name_mode(self) -> str:
        """Return the mode that counts, empty where no file says one."""
        said = [file.short_name_mode for file in self.files if file.short_name_mode]
        return said[-1] if said else ""


def system_reading(facts: HostFacts) -> Reading:
    """Return what everybody reads who has no main file of their own; ours is among it.

    Raises Blocked, for a file under our name that is not ours too.
    """
    own = file_at(facts, CONTAINERS_OWN)
    text = text_of(own)
    if text is not None and not is_ours(text):
        raise Blocked(BlockReason.FOREIGN_REGISTRIES, own.path)
    files = {file.path: file for file in (*_drop_ins(facts, CONTAINERS_DROP_INS), own)}
    in_order = sorted(files.values(), key=lambda file: file.path)
    return Reading(
        path=CONTAINERS_CONFIG,
        files=(
            read_registries(file_at(facts, CONTAINERS_CONFIG), drop_in=False),
            *_read_drop_ins(in_order),
        ),
    )


def user_reading(facts: HostFacts, home: str, system: Reading) -> Reading:
    """Return what the user of that home directory reads; raises Blocked."""
    file = file_at(facts, f"{home}/{CONTAINERS_OF_USER}")
    main = read_registries(file, drop_in=False)
    added = _read_drop_ins(_drop_ins(facts, f"{file.path}.d"))
    if file.kind is FileKind.REGULAR:
        return Reading(path=file.path, files=(main, *added), replaces=True)
    return Reading(path=f"{file.path}.d", files=(*system.files, *added))


def _drop_ins(facts: HostFacts, directory: str) -> list[FileFacts]:
    """Return the drop-ins of a directory in the order in which they are read."""
    found = [file for file in facts.files if posixpath.dirname(file.path) == directory]
    named = [file for file in found if file.path.endswith(".conf")]
    return sorted(named, key=lambda file: file.path)


def _read_drop_ins(files: Iterable[FileFacts]) -> Sequence[RegistriesFile]:
    return tuple(read_registries(file, drop_in=True) for file in files)
