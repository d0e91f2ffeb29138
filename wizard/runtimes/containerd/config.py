"""containerd's own file: the table in it that holds the registry settings.

Which table is read depends on the file's version and the binary's (facts/runtimes.md §2.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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

_OLD_TABLES_MIGRATE: Final = (2, 3, 0)


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
        version: that the file says it has, 0 where it says none.
        readable: ids of plugins whose registry table it reads from this file, best first.
    """

    path: str
    text: str
    values: Mapping[str, Any]
    version: int
    readable: tuple[str, ...]


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
    )


def config_file(main: MainFile, version: Version) -> ConfigFile:
    """Return the main file with the registry table that this version reads from it."""
    plugins = table_of(main.values, "plugins")
    holders = [name for name in main.readable if registry_of(plugins, name)]
    name = holders[0] if holders else main.readable[0]
    later = _readable_ids(main.version, max(version, _OLD_TABLES_MIGRATE))
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
    """Return the plugin ids whose registry table is read, best first.

    Run with `config dump` of 1.6.20, 1.7.24 and 2.1.9; facts/runtimes.md §2.3 for the others.
    """
    newer = version >= _OLD_TABLES_MIGRATE
    if version < VERSION_2:
        return (SHORT_ID,) if file_version < 2 else (GRPC_ID,)  # noqa: PLR2004  # as written
    if file_version < 2:  # noqa: PLR2004  # as written
        return (SHORT_ID, GRPC_ID, IMAGES_ID) if newer else (IMAGES_ID,)
    if file_version == 2:  # noqa: PLR2004  # as written
        return (GRPC_ID, IMAGES_ID)
    return (IMAGES_ID, GRPC_ID) if newer else (IMAGES_ID,)
