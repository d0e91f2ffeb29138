"""Change one list of strings in a JSON object and keep every other byte.

`daemon.json` belongs to people: order, indentation, line endings and spacing stay as they are,
and what is inserted takes on the file's own style.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from wizard.planning.blocks import Blocked
from wizard.planning.plan import BlockReason
from wizard.wording import _

_SPACE: Final = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A key of the object and its value; offsets count characters from the text's start."""

    key: str
    value: Any
    key_start: int
    key_end: int
    value_start: int
    value_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonObject:
    """A JSON object as text; `inside` is the span between its braces."""

    text: str
    members: tuple[Member, ...]
    inside: tuple[int, int]

    def member(self, key: str) -> Member | None:
        """Return the member of that key, or None."""
        return next((member for member in self.members if member.key == key), None)


def read_object(text: str) -> JsonObject:
    """Return the object that `text` holds, with the place of each top-level member.

    Raises Blocked when it is not strictly JSON, not an object, or has a top-level key twice:
    the daemon takes the last one silently (facts/runtimes.md §1.1).
    """
    return _Reader(text).read()


def with_strings(document: JsonObject, key: str, values: Sequence[str]) -> str:
    """Return the text in which `key` is the list `values`; all else stays byte for byte."""
    member = document.member(key)
    if member is None:
        return _inserted(document, f"{_quoted(key)}{_colon(document)}{_in_line(values)}")
    text = document.text
    if member.value == list(values):
        return text
    old = text[member.value_start : member.value_end]
    if member.value and list(values[1:]) == member.value:
        new = _prepended(old, values[0])
    else:
        new = _relisted(old, values)
    return text[: member.value_start] + new + text[member.value_end :]


class _Reader:
    """Read the top level with offsets; values within are left to `json`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)

    def read(self) -> JsonObject:
        self._skip_space()
        self._expect("{")
        start = self._position
        members = self._members()
        end = self._position - 1
        self._skip_space()
        if self._position != len(self._text):
            self._refuse(BlockReason.CONFIG_NOT_JSON, _("something follows the object"))
        self._refuse_duplicates(members)
        return JsonObject(text=self._text, members=tuple(members), inside=(start, end))

    def _members(self) -> list[Member]:
        members: list[Member] = []
        self._skip_space()
        if self._next_is("}"):
            return members
        while True:
            members.append(self._member())
            self._skip_space()
            if self._next_is("}"):
                return members
            self._expect(",")
            self._skip_space()

    def _member(self) -> Member:
        key_start = self._position
        key = self._value()
        if not isinstance(key, str):
            self._position = key_start
            self._refuse(BlockReason.CONFIG_NOT_JSON, _("a key must be a string"))
        key_end = self._position
        self._skip_space()
        self._expect(":")
        self._skip_space()
        value_start = self._position
        return Member(
            key=key,
            value=self._value(),
            key_start=key_start,
            key_end=key_end,
            value_start=value_start,
            value_end=self._position,
        )

    def _value(self) -> Any:
        try:
            value, self._position = self._decoder.raw_decode(self._text, self._position)
        except json.JSONDecodeError as error:
            self._position = error.pos
            self._refuse(BlockReason.CONFIG_NOT_JSON, error.msg)
        except (ValueError, RecursionError) as error:
            self._refuse(BlockReason.CONFIG_NOT_JSON, str(error))
        return value

    def _skip_space(self) -> None:
        found = _SPACE.match(self._text, self._position)
        self._position = found.end() if found else self._position

    def _next_is(self, character: str) -> bool:
        if self._text.startswith(character, self._position):
            self._position += 1
            return True
        return False

    def _expect(self, character: str) -> None:
        if not self._next_is(character):
            self._refuse(
                BlockReason.CONFIG_NOT_JSON,
                _("{character} is expected").format(character=character),
            )

    def _refuse_duplicates(self, members: Sequence[Member]) -> None:
        seen: set[str] = set()
        for member in members:
            if member.key in seen:
                self._position = member.key_start
                self._refuse(BlockReason.CONFIG_DUPLICATE_KEY, member.key)
            seen.add(member.key)

    def _refuse(self, reason: BlockReason, what: str) -> NoReturn:
        line = self._text.count("\n", 0, self._position) + 1
        column = self._position - (self._text.rfind("\n", 0, self._position) + 1) + 1
        place = _("line {line}, column {column}").format(line=line, column=column)
        raise Blocked(reason, f"{place}: {what}")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _quoted(text: str) -> str:
    return json.dumps(text)


def _in_line(values: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(value) for value in values) + "]"


def _colon(document: JsonObject) -> str:
    if not document.members:
        return ": "
    last = document.members[-1]
    return document.text[last.key_end : last.value_start]


def _inserted(document: JsonObject, entry: str) -> str:
    """Put the entry after the last member, set off as that one is."""
    text = document.text
    start, end = document.inside
    if not document.members:
        inside = text[start:end]
        if "\n" in inside:
            newline = "\r\n" if "\r\n" in inside else "\n"
            closing = inside[inside.rfind("\n") + 1 :]
            return f"{text[:start]}{newline}{closing}  {entry}{newline}{closing}{text[end:]}"
        return f"{text[:start]}{entry}{text[end:]}"
    last = document.members[-1]
    before = text[: last.key_start]
    lead = before[len(before.rstrip(" \t\r\n")) :]
    if len(document.members) == 1 and "\n" not in lead:
        lead = " " if _colon(document).endswith(" ") else ""
    return f"{text[: last.value_end]},{lead}{entry}{text[last.value_end :]}"


def _prepended(old: str, value: str) -> str:
    """Put the value first in a list that is not empty, set off as its first value is."""
    first = len(old) - len(old[1:].lstrip(" \t\r\n"))
    lead = old[1:first]
    gap = lead if "\n" in lead else _gap(old)
    return f"[{lead}{_quoted(value)},{gap}{old[first:]}"


def _gap(old: str) -> str:
    """Return what stands after a comma of a list that is written in one line."""
    return "" if re.search(r'",["\S]', old) else " "


def _relisted(old: str, values: Sequence[str]) -> str:
    if not values or "\n" not in old or len(old.split()) <= len("[]"):
        return _in_line(values)
    lead = old[1 : len(old) - len(old[1:].lstrip(" \t\r\n"))]
    tail = old[len(old[:-1].rstrip(" \t\r\n")) : -1]
    return f"[{lead}" + f",{lead}".join(_quoted(value) for value in values) + f"{tail}]"
