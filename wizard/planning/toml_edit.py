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
from wizard.planning.toml_text import quoted, quoted_key

KeyPath = tuple[str, ...]

_SPACE: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BLANK_BEFORE: Final = re.compile(r"(?:\A|\n[ \t]*\r?\n)\Z")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_PLAIN: Final = re.compile(r"[^\"'\[\]{}#\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """A table header or a pair: whole lines, from `start` to `end`.

    Attributes:
        path: of the table, or of the pair's key below the root.
        value: span of a pair's value; None for a header.
    """

    path: KeyPath
    start: int
    end: int
    value: tuple[int, int] | None = None
    is_array: bool = False


def read_toml(text: str) -> dict[str, Any]:
    """Return the values of a TOML file; raises Blocked when it is not one."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Blocked(BlockReason.CONFIG_NOT_TOML, str(error)) from error


def edited(text: str, *, table: KeyPath, key: str, value: str, without: Iterable[KeyPath]) -> str:
    """Return the text with one string set and some tables gone; all else stays.

    Args:
        text: a valid TOML file.
        table: the table of the key; added at the end of the file where there is none.
        key: its name.
        value: its new text.
        without: paths of tables or values to remove.

    Raises Blocked when the text is not TOML, or has a form in which this cannot be done.
    """
    removed = tuple(without)
    wanted = _wanted(read_toml(text), (*table, key), value, removed)
    try:
        new = _with_value(_without(text, removed), table, key, value)
        found = tomllib.loads(new)
    except (ValueError, RecursionError) as error:
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, str(error)) from error
    if _filled(found) != _filled(wanted):
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE)
    return new


def _wanted(
    values: dict[str, Any], path: KeyPath, value: str, removed: Sequence[KeyPath]
) -> dict[str, Any]:
    wanted = copy.deepcopy(values)
    for gone in removed:
        holder = _holder(wanted, gone)
        holder.pop(gone[-1], None)
    _holder(wanted, path)[path[-1]] = value
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


def _with_value(text: str, table: KeyPath, key: str, value: str) -> str:
    statements = _statements(text)
    path = (*table, key)
    for statement in statements:
        if statement.value is not None and statement.path == path:
            start, end = statement.value
            return f"{text[:start]}{quoted(value)}{text[end:]}"
    newline = "\r\n" if "\r\n" in text else "\n"
    line = f"{quoted_key((key,))} = {quoted(value)}{newline}"
    for position, statement in enumerate(statements):
        if statement.value is None and statement.path == table and not statement.is_array:
            head, lead = _complete(text[: statement.end], newline), _lead(text, statement)
            following = statements[position + 1 : position + 2]
            if following and following[0].value is not None:
                lead = _lead(text, following[0])
            elif lead or "  [" in text:
                lead += "  "
            return f"{head}{lead}{line}{text[statement.end :]}"
    head = _complete(text, newline)
    gap = newline if head.strip() else ""
    return f"{head}{gap}[{quoted_key(table)}]{newline}  {line}"


def _complete(text: str, newline: str) -> str:
    return text if not text or text.endswith(("\n", "\r")) else text + newline


def _lead(text: str, statement: _Statement) -> str:
    """Return the space before the first character of a statement."""
    found = _SPACE.match(text, statement.start)
    return found.group() if found else ""


def _without(text: str, removed: Sequence[KeyPath]) -> str:
    """Return the text without the statements of these paths; comments between them stay."""
    kept = ""
    position = 0
    for statement in _statements(text):
        if not any(statement.path[: len(path)] == path for path in removed):
            continue
        kept += text[position : statement.start]
        position = statement.end
        if _BLANK_BEFORE.search(kept):
            position = _after_blank_lines(text, position)
    return kept + text[position:]


def _after_blank_lines(text: str, position: int) -> int:
    while position < len(text):
        line = _LINE.match(text, position)
        if line is None or line.group().strip(" \t\r\n"):
            break
        position = line.end()
    return position


def _statements(text: str) -> list[_Statement]:
    """Return the headers and pairs of a valid TOML text in order.

    Raises ValueError where the scanner does not understand it.
    """
    statements: list[_Statement] = []
    table: KeyPath = ()
    position = 0
    while position < len(text):
        start = position
        position = _space(text, position)
        character = text[position : position + 1]
        if character in {"", "#", "\r", "\n"}:
            position = _line_end(text, position)
            continue
        if character == "[":
            is_array = text.startswith("[[", position)
            key, position = _key(text, position + 1 + is_array)
            table = key
            position = _line_end(text, position)
            statements.append(_Statement(path=table, start=start, end=position, is_array=is_array))
            continue
        key, position = _key(text, position)
        if not text.startswith("=", position):
            raise ValueError(f"no = at {position}")
        value_start = _space(text, position + 1)
        value_end = _value_end(text, value_start)
        position = _line_end(text, value_end)
        statements.append(
            _Statement(
                path=(*table, *key), start=start, end=position, value=(value_start, value_end)
            )
        )
    return statements


def _key(text: str, position: int) -> tuple[KeyPath, int]:
    """Return a dotted key and the position after it and the space that follows."""
    parts: list[str] = []
    while True:
        position = _space(text, position)
        found = _STRING.match(text, position) or _BARE.match(text, position)
        if found is None:
            raise ValueError(f"no key at {position}")
        written = found.group()
        quoted_part = written[0] in "\"'"
        parts.append(next(iter(tomllib.loads(f"{written} = 0"))) if quoted_part else written)
        position = _space(text, found.end())
        if not text.startswith(".", position):
            return tuple(parts), position
        position += 1


def _value_end(text: str, position: int) -> int:
    """Return the position after a value, which may span lines."""
    depth = 0
    end = position
    while position < len(text):
        character = text[position]
        if character in "\"'":
            found = _STRING.match(text, position)
            if found is None:
                raise ValueError(f"no string at {position}")
            position = end = found.end()
        elif character in "[{":
            depth, position = depth + 1, position + 1
            end = position
        elif character in "]}":
            depth, position = depth - 1, position + 1
            end = position
        elif character == "#":
            if not depth:
                break
            position = _line_end(text, position)
        elif character in "\r\n":
            if not depth:
                break
            position += 1
        else:
            plain = _PLAIN.match(text, position)
            run = plain.group() if plain else character
            end = position + len(run.rstrip(" \t")) if run.strip(" \t") else end
            position += len(run)
    return end


def _space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _line_end(text: str, position: int) -> int:
    found = _LINE.match(text, position)
    return found.end() if found else len(text)
