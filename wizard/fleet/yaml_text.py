"""YAML as the operator wrote it: a small tree in which every value knows its place.

The migration file needs a small part of YAML, and refuses the rest by name: aliases and anchors
(which can blow a small file up), tags and several documents. Plain scalars stay text here; what
`no` or `022` means is decided where a key is read, so `user: no` is a user called no.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import yaml

from wizard.errors import MigrationFileError
from wizard.wording import _

MAX_CHARACTERS: Final = 8 * 1024 * 1024
MAX_DEPTH: Final = 16
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value with its place; `start` and `end` count characters, `line` and `column` from one."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar(Node):
    """Text; `plain` when it was written without quotes."""

    text: str
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Node):
    """A list; `flow` when written in brackets."""

    items: tuple[Node, ...]
    flow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping(Node):
    """Keys with their values, in the order of the file; `flow` when written in braces."""

    entries: tuple[tuple[Scalar, Node], ...]
    flow: bool

    def get(self, key: str) -> Node | None:
        """Return the value of `key`, or None."""
        return next((value for name, value in self.entries if name.text == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class YAMLText:
    """A parsed file: its name for error texts, its characters, its tree."""

    file: str
    text: str
    root: Node

    def refuse(self, node: Node, what: str, *, todo: str = "") -> MigrationFileError:
        """Return the error that `what` is wrong at the place of `node`."""
        return MigrationFileError(
            what, file=self.file, line=node.line, column=node.column, todo=todo
        )


def parse_yaml(text: str, *, file: str) -> YAMLText:
    """Parse `text`; raises MigrationFileError with line and column for anything else."""
    if len(text) > MAX_CHARACTERS:
        raise MigrationFileError(
            _("The file is larger than {limit} characters.").format(limit=MAX_CHARACTERS),
            file=file,
        )
    try:
        return YAMLText(file=file, text=text, root=_Builder(text, file).build())
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, file) from error
    except yaml.reader.ReaderError as error:
        raise _character_error(error, text, file) from error


def is_empty(node: Node) -> bool:
    """Tell whether nothing, `~` or `null` was written."""
    return isinstance(node, Scalar) and node.plain and node.text in {"", "~", "null"}


class _Builder:
    """Build the tree from the parser's events, so that bad shapes are met before they grow."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._text = text
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_Loader))

    def build(self) -> Node:
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            raise self._empty()
        root = self._node(next(self._events), 0)
        if is_empty(root):
            raise self._empty()
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._refuse(event, _("A second document starts here; the file holds one."))
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(
                event,
                _("Aliases are not used in this file."),
                todo=_("Give hosts a group, or write the value again."),
            )
        if event.anchor is not None:
            self._refuse(event, _("Anchors are not used in this file."))
        if event.tag is not None:
            self._refuse(event, _("Tags are not used in this file."))
        if depth > MAX_DEPTH:
            self._refuse(event, _("The file is nested too deeply."))
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth)
        return self._mapping(event, depth)

    def _sequence(self, opening: Any, depth: int) -> Sequence:
        items: list[Node] = []
        event = next(self._events)
        while not isinstance(event, yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
            event = next(self._events)
        flow = bool(opening.flow_style)
        last = items[-1].end if items and not flow else _end(event)
        return Sequence(items=tuple(items), flow=flow, **_place(opening, last))

    def _mapping(self, opening: Any, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        last = opening.end_mark.index
        event = next(self._events)
        while not isinstance(event, yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                self._refuse(event, _("A key must be a word, not a list or a mapping."))
            if key.text in entries:
                first = entries[key.text][0].line
                self._refuse(
                    event,
                    _("The key “{key}” is there twice, first in line {line}.").format(
                        key=key.text, line=first
                    ),
                    todo=_("Keep one of them."),
                )
            value = self._node(next(self._events), depth + 1)
            entries[key.text] = (key, value)
            last = value.end
            event = next(self._events)
        flow = bool(opening.flow_style)
        end = _end(event) if flow else last
        return Mapping(entries=tuple(entries.values()), flow=flow, **_place(opening, end))

    def _refuse(self, event: Any, what: str, *, todo: str = "") -> NoReturn:
        mark = event.start_mark
        raise MigrationFileError(
            what, file=self._file, line=mark.line + 1, column=mark.column + 1, todo=todo
        )

    def _empty(self) -> MigrationFileError:
        return MigrationFileError(
            _("The file is empty."),
            file=self._file,
            line=1,
            column=1,
            todo=_("Start with “version: 1” and “hosts:”."),
        )


def _scalar(event: Any) -> Scalar:
    plain = event.style in {None, ""}
    return Scalar(text=event.value, plain=plain, **_place(event, _end(event)))


def _end(event: Any) -> int:
    return int(event.end_mark.index)


def _place(event: Any, end: int) -> dict[str, int]:
    mark = event.start_mark
    return {"line": mark.line + 1, "column": mark.column + 1, "start": mark.index, "end": end}


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> MigrationFileError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    here = lines[line] if line < len(lines) else ""
    if "\t" in here[: column + 1]:
        what = _("A tab stands where YAML wants spaces.")
        todo = _("Indent with spaces.")
        column = here.index("\t")
    else:
        what = _("This is not YAML: {problem}.").format(problem=error.problem or error.context)
        todo = ""
        if error.context and error.context_mark and error.context_mark.line != line:
            todo = _("It began in line {line}, {context}.").format(
                line=error.context_mark.line + 1, context=error.context
            )
    return MigrationFileError(what, file=file, line=line + 1, column=column + 1, todo=todo)


def _character_error(error: Any, text: str, file: str) -> MigrationFileError:
    before = text[: error.position]
    return MigrationFileError(
        _("A control character (U+{code:04X}) stands here.").format(code=_code_point(error)),
        file=file,
        line=before.count("\n") + 1,
        column=len(before) - (before.rfind("\n") + 1) + 1,
        todo=_("Remove it."),
    )


def _code_point(error: Any) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character)
