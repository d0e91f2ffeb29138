"""Files that containerd's own imports, and the drop-in beside them that has the last word.

On 1.x an import replaces the whole section of CRI, so nothing is added there. Since 2.0 sections
are merged and the later file wins (facts/runtimes.md §2.1, §2.3): a drop-in that is read last says
what `config_path` is, but can take no mirrors away. Run with `config dump` of 2.1.9: files of one
pattern are read in the order of their names, patterns in theirs, what they import last of all; in
files of version 2 the old plugin id wins over the new one whatever the order.
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.discovery.facts import FileKind, HostFacts
from wizard.planning.blocks import Blocked, naming_file
from wizard.planning.files import file_at, text_of
from wizard.planning.paths import CONTAINERD_DROP_IN
from wizard.planning.plan import BlockReason
from wizard.planning.toml_edit import read_toml
from wizard.planning.versions import Version
from wizard.runtimes.containerd.config import (
    EACH_BY_ITSELF,
    ConfigFile,
    MainFile,
    read_as,
    registry_of,
    registry_table,
    sets_registry,
    settles_registry,
)
from wizard.runtimes.containerd.effective import (
    GRPC_ID,
    IMAGES_ID,
    SHORT_ID,
    VERSION_2,
    mirrors_of,
    table_of,
)

_MARK: Final = "# Written by Pilotage; the other files here are read before this one.\n"
_IDS: Final = (SHORT_ID, GRPC_ID, IMAGES_ID)
_OWN_TABLES: Final = 3
"""Version of files since which a drop-in needs no version of its own (facts/runtimes.md §2.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    """An imported file; `ids` are the plugins whose registry it settles."""

    path: str
    values: Mapping[str, Any]
    ids: tuple[str, ...]


def drop_in(facts: HostFacts, main: MainFile, version: Version) -> ConfigFile | None:
    """Return the drop-in that must be written, None where the main file can be edited.

    Raises Blocked when imports settle the registry and no drop-in of ours can safely win.
    """
    imports = _imports(facts, main, version)
    setters = [one for one in imports if one.ids]
    if not setters:
        return None
    last = setters[-1]
    if version < VERSION_2:
        raise Blocked(BlockReason.CONFIG_IN_IMPORT, last.path)
    plugin = _only_plugin(main, setters)
    path = _last_place(facts, main, imports, setters)
    if plugin is None or path is None:
        raise Blocked(BlockReason.CONFIG_IN_IMPORT, last.path)
    return ConfigFile(
        path=path,
        text=f"{_MARK}version = {main.version}\n",
        table=registry_table(plugin),
        values=registry_of(table_of(last.values, "plugins"), plugin),
    )


def as_merged(facts: HostFacts, main: MainFile, version: Version) -> MainFile:
    """Return the main file as its imports have it read.

    Until 2.2 the version that the last file says is that of all (run with 2.1.9 and 2.2.9): the
    old tables of a file of version 2 are lost to a drop-in of version 3 that has nothing of them.
    """
    if not VERSION_2 <= version < EACH_BY_ITSELF:
        return main
    said = [one.values.get("version") for one in _imports(facts, main, version)]
    found = [one for one in said if isinstance(one, int) and one > 1]
    return read_as(main, found[-1], version) if found else main


def _imports(facts: HostFacts, main: MainFile, version: Version) -> list[_Import]:
    found = []
    for path in imported_files(facts, main.path, _patterns(main.values)):
        text = text_of(file_at(facts, path))
        with naming_file(path):
            values = read_toml(text or "")
        plugins = table_of(values, "plugins")
        ids = tuple(name for name in _IDS if _settles(plugins, name, version))
        found.append(_Import(path=path, values=values, ids=ids))
    return found


def _settles(plugins: Mapping[str, Any], name: str, version: Version) -> bool:
    if version < VERSION_2:
        return name in plugins or sets_registry(registry_of(plugins, name))
    return settles_registry(registry_of(plugins, name))


def _patterns(values: Mapping[str, Any]) -> tuple[str, ...]:
    patterns = values.get("imports", [])
    if not isinstance(patterns, list):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, "imports")
    return tuple(str(pattern) for pattern in patterns)


def _only_plugin(main: MainFile, setters: Sequence[_Import]) -> str | None:
    """Return the plugin id that all files use, None where a drop-in would not surely win."""
    plugins = table_of(main.values, "plugins")
    of_main = [name for name in _IDS if settles_registry(registry_of(plugins, name))]
    ids = {*of_main, *(name for one in setters for name in one.ids)}
    versions = {one.values.get("version", _unsaid(main)) for one in setters}
    mirrors = any(
        mirrors_of(registry_of(table_of(one.values, "plugins"), name))
        for one in setters
        for name in one.ids
    )
    if mirrors or len(ids) != 1 or versions != {main.version}:
        return None
    (plugin,) = ids
    return plugin if plugin in main.readable else None


def _unsaid(main: MainFile) -> int | None:
    return main.version if main.version >= _OWN_TABLES else None


def _last_place(
    facts: HostFacts, main: MainFile, imports: Sequence[_Import], setters: Sequence[_Import]
) -> str | None:
    """Return a path that is imported after all that settle the registry, None without one."""
    if any("imports" in one.values for one in imports):
        return None
    path = f"{posixpath.dirname(setters[-1].path)}/{CONTAINERD_DROP_IN}"
    order = imported_files(facts, main.path, _patterns(main.values), more=(path,))
    if path not in order or order.index(path) < max(order.index(one.path) for one in setters):
        return None
    found = text_of(file_at(facts, path))
    return path if not found or found.startswith(_MARK) else None


def imported_files(
    facts: HostFacts, main: str, patterns: Iterable[str], *, more: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the files that `imports` of the main file names, in order.

    Of those are taken that are among the facts, and `more`.
    """
    directory = posixpath.dirname(main)
    regular = {file.path for file in facts.files if file.kind is FileKind.REGULAR}
    known = sorted({*regular, *more} - {main})
    found: dict[str, None] = {}
    for pattern in patterns:
        whole = posixpath.normpath(posixpath.join(directory, pattern)).split("/")
        found |= dict.fromkeys(path for path in known if _matches(path.split("/"), whole))
    return tuple(found)


def _matches(path: Sequence[str], pattern: Sequence[str]) -> bool:
    """Return whether each part matches: a star stands for no slash."""
    return len(path) == len(pattern) and all(map(fnmatch.fnmatchcase, path, pattern))
