"""Where statements begin and end in the text of a TOML file that is known to be valid."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Final

KeyPath = tuple[str, ...]

_SPACE: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_PLAIN: Final = re.compile(r"[^\"'\[\]{}#\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
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

    def is_header_of(self, table: KeyPath) -> bool:
        """Return whether it begins exactly that table."""
        return self.value is None and self.path == table and not self.is_array


def statements_of(text: str) -> list[Statement]:
    """Return the headers and pairs of a valid TOML text in order.

    Raises ValueError where the scanner does not understand it.
    """
    statements: list[Statement] = []
    table: KeyPath = ()
    position = 0
    while position < len(text):
        start = position
        position = space_end(text, position)
        character = text[position : position + 1]
        if character in {"", "#", "\r", "\n"}:
            position = line_end(text, position)
            continue
        if character == "[":
            is_array = text.startswith("[[", position)
            key, position = _key(text, position + 1 + is_array)
            table = key
            position = line_end(text, position)
            statements.append(Statement(path=table, start=start, end=position, is_array=is_array))
            continue
        key, position = _key(text, position)
        if not text.startswith("=", position):
            raise ValueError(f"no = at {position}")
        value_start = space_end(text, position + 1)
        value_end = _value_end(text, value_start)
        position = line_end(text, value_end)
        statements.append(
            Statement(
                path=(*table, *key), start=start, end=position, value=(value_start, value_end)
            )
        )
    return statements


def has_comment(value: str) -> bool:
    """Return whether there is a comment within the text of a value."""
    return "#" in _STRING.sub("", value)


def _key(text: str, position: int) -> tuple[KeyPath, int]:
    """Return a dotted key and the position after it and the space that follows."""
    parts: list[str] = []
    while True:
        position = space_end(text, position)
        found = _STRING.match(text, position) or _BARE.match(text, position)
        if found is None:
            raise ValueError(f"no key at {position}")
        written = found.group()
        quoted_part = written[0] in "\"'"
        parts.append(next(iter(tomllib.loads(f"{written} = 0"))) if quoted_part else written)
        position = space_end(text, found.end())
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
            position = line_end(text, position)
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


def space_end(text: str, position: int) -> int:
    """Return the position after spaces and tabs."""
    found = _SPACE.match(text, position)
    return found.end() if found else position


def line_end(text: str, position: int) -> int:
    """Return the position after the line end that follows."""
    found = _LINE.match(text, position)
    return found.end() if found else len(text)
