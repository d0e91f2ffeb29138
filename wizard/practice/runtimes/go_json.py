"""JSON as Go's `encoding/json` reads it: the same documents accepted, the same words if not."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

_SPACE: Final = " \t\r\n"
_LITERALS: Final = {"t": "true", "f": "false", "n": "null"}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
GO_KINDS: Final = {bool: "bool", int: "number", float: "number", str: "string", list: "array"}


class NotJSON(ValueError):
    """The text is no JSON; the message is Go's."""


def decode(text: str, *, stream: bool = False) -> Any:
    """Return the document in `text`, of equal keys the last; raises NotJSON.

    Args:
        text: what a file holds.
        stream: whether Go reads it by a `Decoder`, which looks at the first document only.
    """
    scanner = _Scanner(text, "EOF" if stream else "unexpected end of JSON input", stream=stream)
    end = scanner.scan()
    return json.loads(text[:end].strip(_SPACE))


class _Scanner:
    """Find where a document ends, or Go's words for why it does not."""

    def __init__(self, text: str, nothing: str, *, stream: bool) -> None:
        self._text = text
        self._at = 0
        self._nothing = nothing
        self._cut = "unexpected EOF" if stream else nothing
        self._stream = stream

    def scan(self) -> int:
        if not self._text.strip(_SPACE):
            raise NotJSON(self._nothing)
        self._value()
        self._skip()
        end = self._at
        if not self._stream and end < len(self._text):
            self._refuse("after top-level value")
        return end

    def _skip(self) -> str:
        """Pass over white space and return the next character, empty at the end."""
        while self._at < len(self._text) and self._text[self._at] in _SPACE:
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _refuse(self, where: str) -> NoReturn:
        if self._at >= len(self._text):
            raise NotJSON(self._cut)
        raise NotJSON(f"invalid character {_quoted(self._text[self._at])} {where}")

    def _value(self) -> None:
        first = self._skip()
        if first == "{":
            self._object()
        elif first == "[":
            self._array()
        elif first == '"':
            self._string()
        elif first in _LITERALS and first:
            self._literal(_LITERALS[first])
        else:
            self._number()

    def _object(self) -> None:
        self._at += 1
        first = True
        while True:
            key = self._skip()
            if key == "}" and first:
                break
            if key != '"':
                self._refuse("looking for beginning of object key string")
            self._string()
            if self._skip() != ":":
                self._refuse("after object key")
            self._at += 1
            self._value()
            first = False
            if self._skip() == "}":
                break
            if self._skip() != ",":
                self._refuse("after object key:value pair")
            self._at += 1
        self._at += 1

    def _array(self) -> None:
        self._at += 1
        if self._skip() == "]":
            self._at += 1
            return
        while True:
            self._value()
            if self._skip() == "]":
                break
            if self._skip() != ",":
                self._refuse("after array element")
            self._at += 1
        self._at += 1

    def _string(self) -> None:
        found = _STRING.match(self._text, self._at)
        if found:
            self._at = found.end()
            return
        while self._at < len(self._text) and self._text[self._at] >= " ":
            self._at += 1
        self._refuse("in string literal")

    def _literal(self, word: str) -> None:
        for letter in word:
            if self._text[self._at : self._at + 1] != letter:
                self._refuse(f"in literal {word} (expecting {_quoted(letter)})")
            self._at += 1

    def _number(self) -> None:
        found = _NUMBER.match(self._text, self._at)
        if not found:
            self._refuse("looking for beginning of value")
        self._at = found.end()


def _quoted(character: str) -> str:
    if character == "'":
        return r"'\''"
    if character == '"':
        return "'\"'"
    # Go looks at bytes: of a longer character it shows the first one.
    first = chr(character.encode("utf-8", "replace")[0])
    return f"'{first}'" if first.isprintable() else repr(first)
