"""containerd's registry settings: what is in effect, and where in the file it is set.

In effect is what `containerd config dump` says, with its two lies known (facts/runtimes.md §2.3);
which table of the file is read depends on the file's version and the binary's.
"""

from __future__ import annotations

import fnmatch
import functools
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wizard.discovery.facts import ContainerdFacts, FileKind, HostFacts
from wizard.planning.blocks import Blocked, naming_file
from wizard.planning.files import file_at, text_of
from wizard.planning.paths import CONTAINERD_CERTS, DOCKER_CERTS
from wizard.planning.plan import BlockReason
from wizard.planning.toml_edit import KeyPath, read_toml
from wizard.planning.versions import Version
from wizard.runtimes.hosts_toml import Trust

SHORT_ID: Final = "cri"
GRPC_ID: Final = "io.containerd.grpc.v1.cri"
IMAGES_ID: Final = "io.containerd.cri.v1.images"

VERSION_2: Final = (2, 0, 0)
TRANSFER_SERVICE: Final = (2, 1, 0)
"""Since then a colon list in `config_path` is not read (facts/runtimes.md §2.2)."""
DEFAULT_LIST_SINCE: Final = (2, 2, 0)
DEFAULT_LIST: Final = f"{CONTAINERD_CERTS}:{DOCKER_CERTS}"
_OLD_TABLES_MIGRATE: Final = (2, 3, 0)
_USUAL_DOWNLOADS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The registry settings of CRI.

    Attributes:
        directories: of `config_path`, in order.
        path_is_default: nobody set `config_path`.
        mirrors: endpoints by namespace, as the old tables have them.
        trusts: by registry host, from `configs.<host>.tls`.
        local_pull: pulls do not go through the transfer service.
    """

    config_path: str
    directories: tuple[str, ...]
    path_is_default: bool
    mirrors: Mapping[str, tuple[str, ...]]
    trusts: Mapping[str, Trust]
    local_pull: bool

    @property
    def is_single(self) -> bool:
        """Return whether `config_path` is one directory: a colon at its end makes a list of it."""
        return len(self.directories) == 1 and ":" not in self.config_path


def effective_registry(containerd: ContainerdFacts, version: Version) -> Registry:
    """Return what `containerd config dump` says; raises Blocked when it says nothing usable."""
    if containerd.dump_error or not containerd.dump:
        raise Blocked(BlockReason.CONFIG_NOT_TOML, containerd.dump_error or "config dump")
    with naming_file("containerd config dump"):
        plugins = _table(_read_dump(containerd.dump), "plugins")
    images = _table(plugins, IMAGES_ID) or _table(plugins, GRPC_ID)
    registry = _table(images, "registry")
    mirrors = mirrors_of(registry)
    config_path = str(registry.get("config_path") or "")
    default = version >= DEFAULT_LIST_SINCE and not mirrors and config_path in {"", DEFAULT_LIST}
    paths = DEFAULT_LIST if default else config_path
    return Registry(
        config_path=config_path,
        directories=tuple(path.rstrip("/") or "/" for path in paths.split(":") if path),
        path_is_default=default,
        mirrors=mirrors,
        trusts=trusts_of(registry),
        local_pull=version < TRANSFER_SERVICE or _pulls_locally(images, registry),
    )


@functools.lru_cache(maxsize=64)
def _read_dump(dump: str) -> Mapping[str, Any]:
    """Read a dump; thousands of hosts have few different ones, and each takes milliseconds."""
    return read_toml(dump)


def trusts_of(registry: Mapping[str, Any]) -> dict[str, Trust]:
    """Return the `tls` settings by registry host, those left out that set nothing."""
    found = {}
    for host, config in _table(registry, "configs").items():
        tls = _table(config, "tls") if isinstance(config, dict) else {}
        certificate, key = tls.get("cert_file") or "", tls.get("key_file") or ""
        trust = Trust(
            ca=(str(tls["ca_file"]),) if tls.get("ca_file") else (),
            skip_verify=tls.get("insecure_skip_verify") is True,
            client=(str(certificate), str(key)) if certificate and key else None,
        )
        if trust != Trust():
            found[host] = trust
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """containerd's own file and the table of it that holds its registry settings.

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
    ignored: tuple[KeyPath, ...]
    read_later: tuple[KeyPath, ...]


def config_file(facts: HostFacts, containerd: ContainerdFacts, version: Version) -> ConfigFile:
    """Read containerd's file as that version would; raises Blocked when it cannot be edited.

    Settings that come from an import are refused: on 1.x an import replaces the whole section
    of CRI, later it wins over the main file (facts/runtimes.md §2.1, §2.3).
    """
    text = text_of(file_at(facts, containerd.config_file))
    if text is None:
        text = "version = 2\n" if version < VERSION_2 else "version = 3\n"
    with naming_file(containerd.config_file):
        values = read_toml(text)
    _refuse_imports(facts, containerd.config_file, values, version)
    readable, ignored = _plugin_ids(values, version)
    plugins = _table(values, "plugins")
    holders = [name for name in readable if _table(_table(plugins, name), "registry")]
    name = holders[0] if holders else readable[0]
    later, _never = _plugin_ids(values, _OLD_TABLES_MIGRATE)
    unread = [
        other for other in ignored if _sets_registry(_table(_table(plugins, other), "registry"))
    ]
    return ConfigFile(
        path=containerd.config_file,
        text=text,
        table=_registry_table(name),
        values=_table(_table(plugins, name), "registry"),
        ignored=tuple(_registry_table(other) for other in unread),
        read_later=tuple(_registry_table(other) for other in unread if other in later),
    )


def _registry_table(plugin: str) -> KeyPath:
    return ("plugins", plugin, "registry")


def _plugin_ids(values: Mapping[str, Any], version: Version) -> tuple[list[str], list[str]]:
    """Return the plugin ids whose registry table is read, best first, and those that are not.

    Run with `config dump` of 1.6.20, 1.7.24 and 2.1.9; facts/runtimes.md §2.3 for the others.
    """
    written = values.get("version", 0)
    file_version = written if isinstance(written, int) else 0
    newer = version >= _OLD_TABLES_MIGRATE
    if version < VERSION_2:
        readable = [SHORT_ID] if file_version < 2 else [GRPC_ID]  # noqa: PLR2004  # as written
    elif file_version < 2:  # noqa: PLR2004  # as written
        readable = [SHORT_ID, GRPC_ID, IMAGES_ID] if newer else [IMAGES_ID]
    elif file_version == 2:  # noqa: PLR2004  # as written
        readable = [GRPC_ID, IMAGES_ID]
    else:
        readable = [IMAGES_ID, GRPC_ID] if newer else [IMAGES_ID]
    return readable, [name for name in (SHORT_ID, GRPC_ID, IMAGES_ID) if name not in readable]


def _refuse_imports(
    facts: HostFacts, main: str, values: Mapping[str, Any], version: Version
) -> None:
    patterns = values.get("imports", [])
    if not isinstance(patterns, list):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, "imports")
    for path in imported_files(facts, main, (str(pattern) for pattern in patterns)):
        text = text_of(file_at(facts, path))
        with naming_file(path):
            plugins = _table(read_toml(text or ""), "plugins")
        for name in (SHORT_ID, GRPC_ID, IMAGES_ID):
            replaces = version < VERSION_2 and name in plugins
            if replaces or _sets_registry(_table(_table(plugins, name), "registry")):
                raise Blocked(BlockReason.CONFIG_IN_IMPORT, path)


def imported_files(facts: HostFacts, main: str, patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the files among the facts that `imports` of the main file names, in order."""
    directory = posixpath.dirname(main)
    found: dict[str, None] = {}
    for pattern in patterns:
        whole = posixpath.normpath(posixpath.join(directory, pattern))
        for file in sorted(facts.files, key=lambda file: file.path):
            regular = file.kind is FileKind.REGULAR
            if regular and file.path != main and fnmatch.fnmatchcase(file.path, whole):
                found[file.path] = None
    return tuple(found)


def _sets_registry(registry: Mapping[str, Any]) -> bool:
    return bool(registry.get("config_path") or registry.get("mirrors") or trusts_of(registry))


def mirrors_of(registry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the endpoints of the old mirror tables by namespace."""
    found = {}
    for namespace, mirror in _table(registry, "mirrors").items():
        endpoints = mirror.get("endpoint") if isinstance(mirror, dict) else None
        listed = endpoints if isinstance(endpoints, list) else []
        found[namespace] = tuple(str(endpoint) for endpoint in listed)
    return found


def _pulls_locally(images: Mapping[str, Any], registry: Mapping[str, Any]) -> bool:
    """Return whether settings keep CRI from the transfer service (facts/runtimes.md §2.1)."""
    return bool(
        images.get("use_local_image_pull")
        or images.get("disable_snapshot_annotations", True) is False
        or images.get("discard_unpacked_layers")
        or images.get("image_pull_with_sync_fs")
        or images.get("max_concurrent_downloads", _USUAL_DOWNLOADS) != _USUAL_DOWNLOADS
        or any(registry.get(name) for name in ("mirrors", "configs", "auths"))
    )


def _table(values: Any, key: str) -> dict[str, Any]:
    """Return a table of a table, empty when it is missing or something else."""
    found = values.get(key) if isinstance(values, dict) else None
    return found if isinstance(found, dict) else {}
