"""Change single settings in a TOML file and keep every other byte.

The text is never rebuilt from values: a scanner finds where headers and pairs begin and end,
and only these spans are replaced. What comes out is parsed again and must differ from what went
in by exactly the wanted settings, or nothing is written.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.planning.blocks import Blocked
from wizard.planning.plan import BlockReason
from wizard.planning.toml_statements import (
    KeyPath,
    Statement,
    has_comment,
    line_end,
    space_end,
    statements_of,
)
from wizard.planning.toml_text import quoted, quoted_key

_BLANK_BEFORE: Final = re.compile(r"(?:\A|\n[ \t]*\r?\n)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What one key shall be.

    Attributes:
        table: of the key; added at the end of the file where there is none.
        value: a string, or a list of them.
    """

    table: KeyPath
    key: str
    value: str | tuple[str, ...]

    @property
    def path(self) -> KeyPath:
        """Return the path of the key below the root."""
        return (*self.table, self.key)

    @property
    def plain(self) -> str | list[str]:
        """Return the value as a TOML parser gives it."""
        return self.value if isinstance(self.value, str) else list(self.value)

    @property
    def text(self) -> str:
        """Return the value as TOML writes it."""
        if isinstance(self.value, str):
            return quoted(self.value)
        return f"[{', '.join(map(quoted, self.value))}]"


def read_toml(text: str) -> dict[str, Any]:
    """Return the values of a TOML file; raises Blocked when it is not one."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Blocked(BlockReason.CONFIG_NOT_TOML, str(error)) from error


def edited(text: str, *, settings: Iterable[Setting], without: Iterable[KeyPath] = ()) -> str:
    """Return the text with some keys set and some tables gone; all else stays.

    Args:
        text: a valid TOML file.
        settings: keys with their new values; one that has its value already is left as written.
        without: paths of tables or values to remove.

    Raises Blocked when the text is not TOML, or has a form in which this cannot be done.
    """
    removed = tuple(without)
    values = read_toml(text)
    new_ones = [one for one in settings if _value_at(values, one.path) != one.plain]
    wanted = _wanted(values, new_ones, removed)
    newline = "\r\n" if "\r\n" in text else "\n"
    try:
        new = _without(text, removed)
        for setting in new_ones:
            new = _with_value(new, setting, newline)
        found = tomllib.loads(new)
    except (ValueError, RecursionError) as error:
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, str(error)) from error
    if _filled(found) != _filled(wanted):
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE)
    return new


def _value_at(values: Any, path: KeyPath) -> Any:
    for part in path:
        values = values.get(part) if isinstance(values, dict) else None
    return values


def _wanted(
    values: dict[str, Any], settings: Sequence[Setting], removed: Sequence[KeyPath]
) -> dict[str, Any]:
    wanted = copy.deepcopy(values)
    for gone in removed:
        holder = _holder(wanted, gone)
        holder.pop(gone[-1], None)
    for setting in settings:
        _holder(wanted, setting.path)[setting.key] = setting.plain
    return wanted


def _holder(values: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    """Return the table that holds the last key of the path, made where it is missing."""
    for part in path[:-1]:
        below = values.setdefault(part, {})
        if not isinstance(below, dict):
            raise Blocked(BlockReason.CONFIG_WRONG_TYPE, quoted_key(path[:-1]))
        values = below
    return values


def _filled(values: Any) -> Any:
    """Return the values without empty tables: removing a header may remove its implied ones."""
    if not isinstance(values, dict):
        return values
    below = {key: _filled(value) for key, value in values.items()}
    return {key: value for key, value in below.items() if value != {}}


def _with_value(text: str, setting: Setting, newline: str) -> str:
    statements = statements_of(text)
    for statement in statements:
        if statement.value is not None and statement.path == setting.path:
            start, end = statement.value
            return f"{text[:start]}{_new_value(text[start:end], setting)}{text[end:]}"
    line = f"{quoted_key((setting.key,))} = {setting.text}{newline}"
    for position, statement in enumerate(statements):
        if statement.is_header_of(setting.table):
            head, lead = _complete(text[: statement.end], newline), _lead(text, statement)
            following = statements[position + 1 : position + 2]
            if following and following[0].value is not None:
                lead = _lead(text, following[0])
            elif lead or "  [" in text:
                lead += "  "
            return f"{head}{lead}{line}{text[statement.end :]}"
    head = _complete(text, newline)
    gap = newline if head.strip() else ""
    return f"{head}{gap}[{quoted_key(setting.table)}]{newline}  {line}"


def _new_value(written: str, setting: Setting) -> str:
    """Return what takes the place of a value: a list that only grows in front keeps its form."""
    found = tomllib.loads(f"value = {written}")["value"]
    plain = setting.plain
    if not isinstance(found, list) or not isinstance(plain, list):
        return setting.text
    if found and plain[-len(found) :] == found:
        ahead = ", ".join(map(quoted, plain[: -len(found)]))
        gap = "" if written[1].isspace() else " "
        return f"[{ahead},{gap}{written[1:]}"
    if has_comment(written):
        raise ValueError("a comment would be lost")
    return setting.text


def _complete(text: str, newline: str) -> str:
    return text if not text or text.endswith(("\n", "\r")) else text + newline


def _lead(text: str, statement: Statement) -> str:
    """Return the space before the first character of a statement."""
    return text[statement.start : space_end(text, statement.start)]


def _without(text: str, removed: Sequence[KeyPath]) -> str:
    """Return the text without the statements of these paths; comments between them stay."""
    kept = ""
    position = 0
    for statement in statements_of(text):
        if not any(statement.path[: len(path)] == path for path in removed):
            continue
        kept += text[position : statement.start]
        position = statement.end
        if _BLANK_BEFORE.search(kept):
            position = _after_blank_lines(text, position)
    return kept + text[position:]


def _after_blank_lines(text: str, position: int) -> int:
    while position < len(text):
        end = line_end(text, position)
        if text[position:end].strip(" \t\r\n"):
            break
        position = end
    return position
