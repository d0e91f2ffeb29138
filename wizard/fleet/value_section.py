"""Read frozen dataclasses from sections of the migration file, and write them back.

A field's type says how its key is read: `bool`, `int` (within `Bounds`), `str`, a `Literal` of
texts, a dataclass, a tuple of any of them, each also `| None`. `Annotated[str, mark]` is a text
that the check of that mark must pass; `Annotated[tuple[Value, ...], Keyed("name")]` is a mapping
whose keys are a field of its values; pairs of a name and a setting are a mapping of what was
written. What equals its default is not written.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

from wizard.fleet.section import Section, alternatives
from wizard.fleet.value_marks import Bounds, Keyed
from wizard.fleet.yaml_text import Mapping as MappingNode
from wizard.fleet.yaml_text import Node, Scalar, Sequence, YAMLText, is_empty
from wizard.wording import _

Value = TypeVar("Value")
Checks = Mapping[Enum, Callable[[str], str]]
"""By mark: return a text in its one form; raises ValueError that says what was expected."""

_ANY: Final = Bounds(0, 999_999_999)
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,8}")


def read_value(section: Section, kind: type[Value], checks: Checks) -> Value:
    """Return the value that a section holds; raises MigrationFileError at the wrong place."""
    return _Reader(section.source, checks).value(section.node, section.title, kind, {})


def field_names(kind: type[Any], *, without: str = "") -> tuple[str, ...]:
    """Return the keys that a section of such a value may have."""
    return tuple(one.name for one in dataclasses.fields(kind) if one.name != without)


def normal_value(value: Value, checks: Checks) -> Value:
    """Return a value as reading it back will give it; raises ValueError."""
    hints = get_type_hints(type(value), include_extras=True)
    changed = {
        name: _normal(getattr(value, name), hint, checks)
        for name, hint in hints.items()
        if getattr(value, name) != _default(type(value), name)
    }
    return dataclasses.replace(value, **changed)  # type: ignore[type-var]  # a dataclass it is


def value_data(value: Any, *, without: str = "") -> dict[str, Any]:
    """Return a value as the data of its section, defaults left out."""
    hints = get_type_hints(type(value), include_extras=True)
    return {
        name: _data(getattr(value, name), hint)
        for name, hint in hints.items()
        if name != without and getattr(value, name) != _default(type(value), name)
    }


class _Reader:
    """Read nodes of one file."""

    def __init__(self, source: YAMLText, checks: Checks) -> None:
        self._source = source
        self._checks = checks

    def value(self, node: Node, title: str, kind: type[Value], given: Mapping[str, Any]) -> Value:
        """Return a value; `given` are the fields that are not written below the node."""
        names = [name for name in field_names(kind) if name not in given]
        hints = get_type_hints(kind, include_extras=True)
        values = dict(given)
        if not is_empty(node):
            section = Section(self._source, node, title, names)
            for name in names:
                if section.has(name):
                    values[name] = self._field(section, name, hints[name])
        for name in names:
            if name not in values and _default(kind, name) is dataclasses.MISSING:
                raise self._source.refuse(
                    node, _("{title} has no “{key}”.").format(title=title, key=name)
                )
        return kind(**values)

    def _field(self, section: Section, key: str, hint: Any) -> Any:
        hint, mark = _unwrapped(hint)
        if isinstance(mark, Keyed):
            return self._keyed(section, key, get_args(hint)[0], mark.field)
        if get_origin(hint) is tuple:
            item = get_args(hint)[0]
            if get_origin(item) is tuple:
                return self._settings(section, key)
            return tuple(self._item(one, key, item) for one in _items(section.place(key)))
        return self._one(section, key, hint, mark)

    def _item(self, node: Node, key: str, hint: Any) -> Any:
        """Return one item of a list, which is read as if it alone were the key's value."""
        if dataclasses.is_dataclass(hint):
            return self.value(node, f"“{key}”", hint, {})  # type: ignore[arg-type]  # never one
        alone = _alone(self._source, key, node)
        return self._one(alone, key, *_unwrapped(hint))

    def _one(self, section: Section, key: str, hint: Any, mark: Any) -> Any:
        if dataclasses.is_dataclass(hint):
            return self.value(section.place(key), f"“{key}”", hint, {})  # type: ignore[arg-type]  # a type
        if get_origin(hint) is Literal:
            return _literal(section, key, get_args(hint))
        if hint is bool:
            return section.flag(key)
        if hint is int:
            bounds = mark if isinstance(mark, Bounds) else _ANY
            return section.integer(key, minimum=bounds.minimum, maximum=bounds.maximum)
        if isinstance(mark, Enum):
            return section.checked(key, self._checks[mark])
        return section.text(key)

    def _keyed(self, section: Section, key: str, kind: type[Any], field: str) -> tuple[Any, ...]:
        inner = section.section(key, f"“{key}”", None)
        found = []
        hint, mark = _unwrapped(get_type_hints(kind, include_extras=True)[field])
        for name, node in inner.node.entries if inner else ():
            named = self._one(_alone(self._source, key, name), key, hint, mark)
            found.append(self.value(node, f"“{name.text}”", kind, {field: named}))
        return tuple(found)

    def _settings(self, section: Section, key: str) -> tuple[tuple[str, Any], ...]:
        inner = section.section(key, f"“{key}”", None)
        return tuple(
            (name.text, self._setting(inner, name.text, node))
            for name, node in (inner.node.entries if inner else ())
            if inner
        )

    def _setting(self, section: Section, key: str, node: Node) -> bool | int | str:
        text = section.text(key) or ""
        if isinstance(node, Scalar) and node.plain:
            if text in {"true", "false"}:
                return text == "true"
            if _INTEGER.fullmatch(text):
                return int(text)
        return text


def _unwrapped(hint: Any) -> tuple[Any, Any]:
    """Return a type without `| None` and without its mark, and the mark."""
    if get_origin(hint) is UnionType:
        return _unwrapped(next(one for one in get_args(hint) if one is not NoneType))
    if get_origin(hint) is Annotated:
        inner, mark, *_more = get_args(hint)
        return inner, mark
    return hint, None


def _default(kind: type[Any], name: str) -> Any:
    field = next(one for one in dataclasses.fields(kind) if one.name == name)
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


def _alone(source: YAMLText, key: str, node: Node) -> Section:
    """Return a section that holds nothing but `node` under `key`."""
    place = {"line": node.line, "column": node.column, "start": node.start, "end": node.end}
    name = Scalar(text=key, plain=True, **place)
    return Section(source, MappingNode(entries=((name, node),), flow=True, **place), key, None)


def _literal(section: Section, key: str, names: tuple[str, ...]) -> str:
    text = section.text(key) or ""
    if text not in names:
        raise section.refuse(
            key,
            _("“{key}” is “{text}”; expected {names}.").format(
                key=key, text=text, names=alternatives(name for name in names if name)
            ),
        )
    return text


def _normal(value: Any, hint: Any, checks: Checks) -> Any:
    hint, mark = _unwrapped(hint)
    if isinstance(value, tuple):
        inner = get_args(hint)[0]
        return tuple(_normal(one, inner, checks) for one in value)
    if dataclasses.is_dataclass(value):
        return normal_value(value, checks)
    if isinstance(mark, Enum) and isinstance(value, str):
        return checks[mark](value)
    return value


def _data(value: Any, hint: Any) -> Any:
    hint, mark = _unwrapped(hint)
    if isinstance(mark, Keyed):
        return {
            getattr(one, mark.field): value_data(one, without=mark.field) or None for one in value
        }
    if isinstance(value, tuple):
        inner = get_args(hint)[0]
        if get_origin(inner) is tuple:
            return dict(value)
        return [_data(one, inner) for one in value]
    return value_data(value) if dataclasses.is_dataclass(value) else value
