"""containerd's own file: the table in it that holds the registry settings.

Which table is read depends on the file's version and the binary's (facts/runtimes.md §2.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from wizard.discovery.facts import ContainerdFacts, HostFacts
from wizard.planning.blocks import naming_file
from wizard.planning.files import file_at, text_of
from wizard.planning.toml_edit import read_toml
from wizard.planning.toml_statements import KeyPath
from wizard.planning.versions import Version
from wizard.runtimes.containerd.effective import (
    GRPC_ID,
    IMAGES_ID,
    SHORT_ID,
    VERSION_2,
    mirrors_of,
    table_of,
    trusts_of,
)

EACH_BY_ITSELF: Final = (2, 3, 0)
"""Since then a file's old tables migrate by its own version, whatever other files say."""
_SECOND: Final = 2
_FOURTH: Final = 4
"""Version of files that have no old tables any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """A file of containerd that is edited, and the table of it that holds registry settings.

    Attributes:
        text: empty for a new file.
        table: path of the registry table, there or to be made.
        values: of that table.
        ignored: tables with registry settings that this containerd does not read.
        read_later: those of them that containerd reads since 2.3.
    """

    path: str
    text: str
    table: KeyPath
    values: Mapping[str, Any]
    ignored: tuple[KeyPath, ...] = ()
    read_later: tuple[KeyPath, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MainFile:
    """The file that containerd was started with.

    Attributes:
        text: what a new one begins with, where there is none.
        version: by which it is read: that it says itself, 0 where it says none.
        readable: ids of plugins whose registry table is read from this file, the winner first.
        usual: the id under which a file of that version has its registry table.
    """

    path: str
    text: str
    values: Mapping[str, Any]
    version: int
    readable: tuple[str, ...]
    usual: str


def main_file(facts: HostFacts, containerd: ContainerdFacts, version: Version) -> MainFile:
    """Read containerd's file; raises Blocked when it cannot be read as TOML."""
    text = text_of(file_at(facts, containerd.config_file))
    if text is None:
        text = "version = 2\n" if version < VERSION_2 else "version = 3\n"
    with naming_file(containerd.config_file):
        values = read_toml(text)
    written = values.get("version", 0)
    file_version = written if isinstance(written, int) else 0
    return MainFile(
        path=containerd.config_file,
        text=text,
        values=values,
        version=file_version,
        readable=_readable_ids(file_version, version),
        usual=_usual_id(file_version, version),
    )


def read_as(main: MainFile, file_version: int, version: Version) -> MainFile:
    """Return the main file as a file of another version than its own."""
    return replace(
        main,
        version=file_version,
        readable=_readable_ids(file_version, version),
        usual=_usual_id(file_version, version),
    )


def config_file(main: MainFile, version: Version) -> ConfigFile:
    """Return the main file with the registry table that this version reads from it."""
    plugins = table_of(main.values, "plugins")
    holders = [name for name in main.readable if registry_of(plugins, name)]
    name = holders[0] if holders else main.usual
    later = _readable_ids(main.version, max(version, EACH_BY_ITSELF))
    unread = [
        other
        for other in (SHORT_ID, GRPC_ID, IMAGES_ID)
        if other not in main.readable and sets_registry(registry_of(plugins, other))
    ]
    return ConfigFile(
        path=main.path,
        text=main.text,
        table=registry_table(name),
        values=registry_of(plugins, name),
        ignored=tuple(registry_table(other) for other in unread),
        read_later=tuple(registry_table(other) for other in unread if other in later),
    )


def registry_table(plugin: str) -> KeyPath:
    """Return the path of the registry table of a plugin."""
    return ("plugins", plugin, "registry")


def registry_of(plugins: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the registry table of a plugin, empty where there is none."""
    return table_of(table_of(plugins, name), "registry")


def sets_registry(registry: Mapping[str, Any]) -> bool:
    """Return whether a registry table says anything of where images come from."""
    return bool(registry.get("config_path") or registry.get("mirrors") or trusts_of(registry))


def settles_registry(registry: Mapping[str, Any]) -> bool:
    """Return whether a table of 2.x decides where images come from: an empty path does too."""
    return "config_path" in registry or bool(mirrors_of(registry))


def _readable_ids(file_version: int, version: Version) -> tuple[str, ...]:
    """Return the plugin ids whose registry table is read, the one that wins first.

    Run with `config dump` of 1.6.20, 1.7.24, 2.1.9, 2.2.9, 2.3.4 and 2.3.7.
    """
    if version < VERSION_2:
        return (SHORT_ID,) if file_version < _SECOND else (GRPC_ID,)
    if version < EACH_BY_ITSELF:
        return (GRPC_ID, IMAGES_ID) if file_version == _SECOND else (IMAGES_ID,)
    if file_version < _SECOND:
        return (GRPC_ID, SHORT_ID, IMAGES_ID)
    return (GRPC_ID, IMAGES_ID) if file_version < _FOURTH else (IMAGES_ID,)


def _usual_id(file_version: int, version: Version) -> str:
    """Return the plugin id under which a file that has none of them gets its registry table."""
    readable = _readable_ids(file_version, version)
    if file_version > _SECOND:
        return IMAGES_ID if IMAGES_ID in readable else GRPC_ID
    return SHORT_ID if SHORT_ID in readable else readable[0]
