"""The few words of Go's templates that people ask `docker` and `podman` with.

`{{json .A.B}}`, `{{.A.B}}`, `{{json $x}}`, `{{index .A 0}}`, `{{println .A}}`,
`{{range .A}}…{{end}}`, `{{range $key, $value := .A}}…{{end}}` and `{{with index .A "b"}}…{{end}}`,
and texts in between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

_ACTION: Final = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_RANGE: Final = re.compile(r"range\s+(?:(\$\w+)(?:\s*,\s*(\$\w+))?\s*:=\s*)?(\S+)")
_WITH: Final = re.compile(r'with\s+index\s+(\S+)\s+"([^"]*)"')
_MISSING: Final = object()


class BadTemplate(ValueError):
    """The template cannot be carried out; the message is Go's.

    Attributes:
        printed: what was printed before.
    """

    def __init__(self, words: str, printed: str = "") -> None:
        super().__init__(words)
        self.printed = printed


@dataclass(frozen=True, slots=True)
class _Range:
    key: str
    value: str
    path: str
    body: tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class _With:
    path: str
    key: str
    body: tuple[_Part, ...]


_Part = str | _Word | _Range | _With


@dataclass(slots=True)
class _Printer:
    variables: dict[str, Any] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)

    def show(self, parts: tuple[_Part, ...], dot: Any) -> None:
        for part in parts:
            if isinstance(part, str):
                self.printed.append(part)
            elif isinstance(part, _Word):
                self.printed.append(self._word(part, dot))
            elif isinstance(part, _With):
                self._within(part, dot)
            else:
                self._repeat(part, dot)

    def _within(self, part: _With, dot: Any) -> None:
        found = self._value(part.path, dot, 0)
        inner = found.get(part.key) if isinstance(found, Mapping) else None
        if inner:
            self.show(part.body, inner)

    def _repeat(self, loop: _Range, dot: Any) -> None:
        for key, value in _pairs(self._value(loop.path, dot, 0)):
            if loop.key:
                self.variables[loop.key] = key
            if loop.value:
                self.variables[loop.value] = value
            self.show(loop.body, value)

    def _word(self, word: _Word, dot: Any) -> str:
        verb, *operands = word.text.split()
        if verb == "json":
            return go_json(self._value(operands[0], dot, word.at))
        if verb == "println":
            return f"{go_text(self._value(operands[0], dot, word.at))}\n"
        if verb == "index":
            found = self._value(operands[0], dot, word.at)
            key = operands[1].strip('"')
            return go_text(found[int(key)] if isinstance(found, list) else found.get(key))
        return go_text(self._value(verb, dot, word.at))

    def _value(self, path: str, dot: Any, at: int) -> Any:
        name, _dot, rest = path.partition(".")
        value = self.variables.get(name) if name else dot
        for step in rest.split(".") if rest else ():
            value = value.get(step, _MISSING) if isinstance(value, Mapping) else _MISSING
            if value is _MISSING:
                words = f'template: :1:{at}: executing "" at <{path}>: can\'t evaluate field {step}'
                raise BadTemplate(words, "".join(self.printed))
        return value


def render(template: str, value: Any) -> str:
    """Return what a template prints of a value; raises BadTemplate."""
    printer = _Printer()
    printer.show(_parsed(template), value)
    return "".join(printer.printed)


def _parsed(template: str) -> tuple[_Part, ...]:
    open_parts: list[list[_Part]] = [[]]
    loops: list[Callable[[tuple[_Part, ...]], _Part]] = []
    position = 0
    for action in _ACTION.finditer(template):
        open_parts[-1].append(_literal(template[position : action.start()]))
        position = action.end()
        word = action[1]
        opened = _opened(word)
        if opened:
            loops.append(opened)
            open_parts.append([])
        elif word == "end" and loops:
            body = tuple(open_parts.pop())
            open_parts[-1].append(loops.pop()(body))
        else:
            open_parts[-1].append(_Word(word, action.start() + 2))
    if loops:
        raise BadTemplate("template parsing error: template: :1: unexpected EOF")
    open_parts[0].append(_literal(template[position:]))
    return tuple(open_parts[0])


def _opened(word: str) -> Callable[[tuple[_Part, ...]], _Part] | None:
    """Return what makes a part of the body that a word opens, None where it opens none."""
    if within := _WITH.fullmatch(word):
        return partial(_With, within[1], within[2])
    loop = _RANGE.fullmatch(word)
    if loop is None:
        return None
    key, value = loop[1] or "", loop[2] or ""
    # With one variable only, that one is the value.
    return partial(_Range, *((key, value) if value or not key else ("$", key)), loop[3])


def _literal(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")


def _pairs(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        yield from sorted(value.items())
    else:
        yield from enumerate(value or ())


def go_json(value: Any) -> str:
    """Return JSON as Go writes it: no spaces, and no characters of HTML."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def go_text(value: Any) -> str:
    """Return a value as Go prints it by `%v`."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{' '.join(go_text(one) for one in value)}]"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{go_text(one)}' for key, one in sorted(value.items()))}]"
    return str(value)
