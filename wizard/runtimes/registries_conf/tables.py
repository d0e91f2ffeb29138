"""One file of registries.conf: its tables, its settings of short names, what makes it unreadable.

Of two tables with one prefix the first of a file counts, and a later file's replaces an earlier
one's as a whole (facts/runtimes.md §3.1; containers/image pkg/sysregistriesv2).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wizard.discovery.facts import FileFacts
from wizard.planning.blocks import Blocked
from wizard.planning.files import text_of
from wizard.planning.plan import BlockReason

PULLS: Final = "pull-from-mirror"
SEARCH: Final = "unqualified-search-registries"
SHORT_NAMES: Final = "short-name-mode"
_PULL_KINDS: Final = frozenset({"", "all", "digest-only", "tag-only"})
_SHORT_NAME_MODES: Final = frozenset({"", "disabled", "enforcing", "permissive"})
_DIGESTS_ONLY: Final = "mirror-by-digest-only"
_FLAGS: Final = ("insecure", "blocked", _DIGESTS_ONLY)
_V1: Final = "registries"
_V2: Final = frozenset(
    {
        *("registry", SEARCH, SHORT_NAMES, "credential-helpers", "aliases"),
        "additional-layer-store-auth-helper",
    }
)
WILDCARD: Final = "*."


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """One `[[registry.mirror]]`; `pulls` is its `pull-from-mirror`, empty for all."""

    location: str
    insecure: bool = False
    pulls: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """One `[[registry]]` table of a file.

    Attributes:
        location: where the registry itself is; the prefix where the table names none.
        plain: has no keys but its mirrors, so that taking the mirrors over takes all over.
    """

    path: str
    prefix: str
    location: str
    mirrors: tuple[Mirror, ...]
    plain: bool

    def covers(self, upstream: str) -> bool:
        """Return whether its prefix is a wildcard that this host name matches."""
        host = upstream.partition(":")[0]
        return self.prefix.startswith(WILDCARD) and host.endswith(self.prefix[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistriesFile:
    """What one file says.

    Attributes:
        registries: its tables, of each prefix the one that counts.
        search: registries that short names are looked for at; None where it does not say.
        short_name_mode: empty where it does not say.
        aliases: short names that it gives a full one.
    """

    path: str
    registries: tuple[Registry, ...] = ()
    search: tuple[str, ...] | None = None
    short_name_mode: str = ""
    aliases: tuple[str, ...] = ()


def read_registries(file: FileFacts, *, drop_in: bool) -> RegistriesFile:
    """Return what one file says; nothing where it is absent.

    Raises Blocked for what makes every pull fail, now or with a later release.
    """
    text = text_of(file)
    if text is None:
        return RegistriesFile(path=file.path)
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Blocked(BlockReason.CONFIG_NOT_TOML, f"{file.path}: {error}") from error
    if _V1 in tree:
        if drop_in or _V2 & tree.keys():
            raise Blocked(BlockReason.REGISTRIES_MIXED, file.path)
        return _first_version(file.path, tree[_V1])
    tables = tree.get("registry", [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{file.path}: registry")
    _refuse_conflicts(file.path, tables)
    counting: dict[str, Registry] = {}
    for table in tables:
        registry = _registry(file.path, table)
        counting.setdefault(registry.prefix, registry)
    return RegistriesFile(
        path=file.path,
        registries=tuple(counting.values()),
        search=_search(file.path, tree.get(SEARCH)),
        short_name_mode=_short_name_mode(file.path, tree.get(SHORT_NAMES, "")),
        aliases=_aliases(file.path, tree.get("aliases", {})),
    )


def _registry(path: str, table: Mapping[str, Any]) -> Registry:
    location = _location(path, table.get("location", ""))
    prefix = _location(path, table.get("prefix", "")) or location
    mirrors = table.get("mirror", [])
    if not isinstance(mirrors, list):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: registry.mirror")
    _refuse_other_types(path, table, _FLAGS)
    if not location and not prefix.startswith(WILDCARD):
        raise _invalid(path, f"prefix = {prefix}, location" if prefix else "prefix, location")
    if table.get(PULLS, ""):
        raise _invalid(path, f"{prefix}: {PULLS}")
    found = tuple(_mirror(path, mirror) for mirror in mirrors)
    if table.get(_DIGESTS_ONLY) and any(mirror.pulls for mirror in found):
        raise _invalid(path, f"{prefix}: {_DIGESTS_ONLY}, {PULLS}")
    return Registry(
        path=path,
        prefix=prefix,
        location=location or prefix,
        mirrors=found,
        plain=not any(table[key] for key in table.keys() - {"prefix", "location", "mirror"}),
    )


def _mirror(path: str, mirror: object) -> Mirror:
    if not isinstance(mirror, dict):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: registry.mirror")
    _refuse_other_types(path, mirror, ("insecure",))
    location = _location(path, mirror.get("location", ""))
    pulls = mirror.get(PULLS, "")
    if not isinstance(pulls, str):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: {PULLS}")
    if not location or pulls not in _PULL_KINDS:
        raise _invalid(path, f"{PULLS} = {pulls}" if location else "registry.mirror, location")
    return Mirror(location=location, insecure=mirror.get("insecure") is True, pulls=pulls)


def _invalid(path: str, what: str) -> Blocked:
    return Blocked(BlockReason.REGISTRIES_INVALID, f"{path}: {what}")


def _refuse_other_types(path: str, table: Mapping[str, Any], flags: Iterable[str]) -> None:
    for flag in flags:
        if not isinstance(table.get(flag, False), bool):
            raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: {flag}")


def _refuse_conflicts(path: str, tables: Iterable[Mapping[str, Any]]) -> None:
    """Refuse one location that is insecure or blocked in one table and not in another."""
    said: dict[str, tuple[object, object]] = {}
    for table in tables:
        location = str(table.get("location") or table.get("prefix", ""))
        flags = (table.get("insecure", False), table.get("blocked", False))
        if said.setdefault(location, flags) != flags:
            raise _invalid(path, f"location = {location}: insecure, blocked")


def _location(path: str, value: object) -> str:
    """Return a location; raises Blocked for the forms that fail every pull (§3.1)."""
    if not isinstance(value, str):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: location")
    if "://" in value or value.endswith("/"):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: location = {value}")
    return value


def _search(path: str, value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: {SEARCH}")
    names = tuple(one.rstrip("/") for one in value)
    for name in names:
        if "/" in name or not name:
            raise _invalid(path, f"{SEARCH}: {name}")
    return names


def _short_name_mode(path: str, value: object) -> str:
    if not isinstance(value, str):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: {SHORT_NAMES}")
    if value not in _SHORT_NAME_MODES:
        raise _invalid(path, f"{SHORT_NAMES} = {value}")
    return value


def _aliases(path: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: aliases")
    return tuple(value)


def _first_version(path: str, groups: object) -> RegistriesFile:
    """Return what the first version of the format can say: search, block, trust blindly."""
    if not isinstance(groups, dict):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: registries")
    found = {name: _names(groups.get(name)) for name in ("search", "insecure", "block")}
    return RegistriesFile(
        path=path,
        registries=tuple(
            Registry(path=path, prefix=name, location=name, mirrors=(), plain=False)
            for name in dict.fromkeys((*found["insecure"], *found["block"]))
        ),
        search=found["search"],
    )


def _names(group: object) -> tuple[str, ...]:
    names = group.get("registries") if isinstance(group, dict) else None
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def in_effect(registries: Iterable[Registry]) -> dict[str, Registry]:
    """Return by prefix the tables that count, of files in the order in which they are read."""
    return {registry.prefix: registry for registry in registries}
