"""registries.conf and its drop-ins: which tables are in effect, and what ours says.

Files are read in order, and a table with the prefix of an earlier one replaces it as a whole
(facts/runtimes.md §3.1). Nobody's file is edited: ours is one more, read last.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.discovery.facts import FileFacts
from wizard.planning.blocks import Blocked
from wizard.planning.files import text_of
from wizard.planning.plan import BlockReason
from wizard.planning.toml_text import quoted

_MARK: Final = "# Written by Pilotage"
_V1: Final = "registries"
_V2: Final = frozenset(
    {"registry", "unqualified-search-registries", "short-name-mode", "credential-helpers"}
)
_PULLS: Final = "pull-from-mirror"


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


def read_registries(file: FileFacts, *, drop_in: bool) -> tuple[Registry, ...]:
    """Return the tables of one file in order; none where it is absent.

    Raises Blocked for what makes every pull fail, now or with a later Podman.
    """
    text = text_of(file)
    if text is None:
        return ()
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Blocked(BlockReason.CONFIG_NOT_TOML, f"{file.path}: {error}") from error
    if _V1 in tree:
        if drop_in or _V2 & tree.keys():
            raise Blocked(BlockReason.REGISTRIES_MIXED, file.path)
        return tuple(_of_first_version(file.path, tree[_V1]))
    tables = tree.get("registry", [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{file.path}: registry")
    return tuple(_registry(file.path, table) for table in tables)


def _registry(path: str, table: Mapping[str, Any]) -> Registry:
    location = _location(path, table.get("location", ""))
    prefix = table.get("prefix") or location
    mirrors = table.get("mirror", [])
    if not isinstance(prefix, str) or not isinstance(mirrors, list):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: registry")
    return Registry(
        path=path,
        prefix=prefix,
        location=location or prefix,
        mirrors=tuple(_mirror(path, mirror) for mirror in mirrors),
        plain=not any(table[key] for key in table.keys() - {"prefix", "location", "mirror"}),
    )


def _mirror(path: str, mirror: object) -> Mirror:
    if not isinstance(mirror, dict):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: registry.mirror")
    return Mirror(
        location=_location(path, mirror.get("location", "")),
        insecure=mirror.get("insecure") is True,
        pulls=str(mirror.get(_PULLS, "")),
    )


def _location(path: str, value: object) -> str:
    """Return a location; raises Blocked for the forms that fail every pull (§3.1)."""
    if not isinstance(value, str):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: location")
    if "://" in value or value.endswith("/"):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: location = {value}")
    return value


def _of_first_version(path: str, groups: object) -> Iterable[Registry]:
    """Yield the registries that the first version of the format blocks or trusts blindly."""
    if not isinstance(groups, dict):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{path}: registries")
    for name in ("insecure", "block"):
        group = groups.get(name)
        names = group.get("registries") if isinstance(group, dict) else None
        for prefix in names if isinstance(names, list) else ():
            yield Registry(
                path=path, prefix=str(prefix), location=str(prefix), mirrors=(), plain=False
            )


def in_effect(registries: Iterable[Registry]) -> dict[str, Registry]:
    """Return by prefix the tables that count: the last of each."""
    return {registry.prefix: registry for registry in registries}


def is_ours(text: str) -> bool:
    """Tell whether Pilotage has written a drop-in."""
    return text.startswith(_MARK)


def drop_in_text(mirrors: Mapping[str, Sequence[Mirror]]) -> str:
    """Return our drop-in: for each upstream its mirrors in order; the same bytes for the same."""
    blocks = [_says(mirrors)]
    for upstream, its_mirrors in mirrors.items():
        table = f"[[registry]]\nprefix = {quoted(upstream)}\nlocation = {quoted(upstream)}"
        blocks += [table, *("\n".join(_mirror_lines(mirror)) for mirror in its_mirrors)]
    return "\n\n".join(blocks).replace("\n\n", "\n", 1) + "\n"


def _says(upstreams: Collection[str]) -> str:
    own = next(iter(upstreams)) if len(upstreams) == 1 else "the registry"
    return f"{_MARK}; mirrors are asked in this order, then {own} itself."


def _mirror_lines(mirror: Mirror) -> Iterable[str]:
    yield "[[registry.mirror]]"
    yield f"location = {quoted(mirror.location)}"
    if mirror.insecure:
        yield "insecure = true"
    if mirror.pulls:
        yield f"{_PULLS} = {quoted(mirror.pulls)}"
