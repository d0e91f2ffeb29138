"""TOML as `config dump` writes it: 1.x sorted and with `"`, 2.x in its own order with `'`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a generation of containerd writes TOML."""

    quote: str
    sorts: bool


OLD: Final = Style(quote='"', sorts=True)
NEW: Final = Style(quote="'", sorts=False)


def write_toml(tree: Mapping[str, Any], style: Style) -> str:
    """Return a configuration as text; tables are indented by their depth."""
    written: list[str] = []
    _write_table(tree, (), style, written)
    return "\n".join(written) + "\n"


def _write_table(
    table: Mapping[str, Any], path: tuple[str, ...], style: Style, written: list[str]
) -> None:
    keys = sorted(table) if style.sorts else list(table)
    indent = "  " * len(path)
    for key in keys:
        if not _is_table(table[key]):
            name = _key(key, style, quoted=not _BARE.fullmatch(key))
            written.append(f"{indent}{name} = {_value(table[key], style)}")
    for key in keys:
        for inner, brackets in _tables(table[key]):
            place = (*path, key)
            header = ".".join(_key(part, style, quoted=not _BARE.fullmatch(part)) for part in place)
            # 2.x leaves no line between a header and the header that follows at once.
            if written and (style.sorts or not written[-1].lstrip().startswith("[")):
                written.append("")
            written.append(f"{indent}{brackets[0]}{header}{brackets[1]}")
            _write_table(inner, place, style, written)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)
    )


def _tables(value: Any) -> Iterator[tuple[Mapping[str, Any], tuple[str, str]]]:
    if isinstance(value, Mapping):
        yield value, ("[", "]")
    elif _is_table(value):
        for one in value:
            yield one, ("[[", "]]")


def _key(name: str, style: Style, *, quoted: bool) -> str:
    return f"{style.quote}{name}{style.quote}" if quoted else name


def _value(value: Any, style: Style) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_value(one, style) for one in value)}]"
    if isinstance(value, str):
        if style.quote == "'" and "'" not in value and "\n" not in value:
            return f"'{value}'"
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return str(value)
