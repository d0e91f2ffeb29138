"""Change keys of a commented YAML template; every other byte and comment stays; pure.

A value is replaced where it stands. A block that the template shows only as a comment is put below
that comment, which so goes on explaining it. Nothing is written back by a YAML library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from wizard.errors import InputError
from wizard.fleet.yaml_text import Mapping as MappingNode
from wizard.fleet.yaml_text import Node, Scalar, is_empty, parse_yaml
from wizard.wording import _

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]
_PLAIN: Final = re.compile(r"[A-Za-z0-9/][A-Za-z0-9._/@+-]*")
_STEP: Final = "  "
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def with_value(text: str, path: Sequence[str], value: str | int | bool, *, file: str) -> str:  # noqa: FBT001  # a value among others
    """Return the text with one scalar set, at a key of it or in a mapping that it has.

    Raises InputError where the mapping that should hold the key is not there.
    """
    holder, key, node = _found(text, path, file)
    if holder is None:
        raise _missing(path[:-1], file)
    if key is not None and node is not None:
        if not isinstance(node, Scalar):
            raise _missing(path, file)
        if is_empty(node):
            colon = text.index(":", key.end) + 1
            return f"{text[:colon]} {_scalar(value)}{text[colon:]}"
        return text[: node.start] + _scalar(value) + text[node.end :]
    indent = " " * (holder.column - 1)
    last = holder.entries[-1]
    end = _line_end(text, max(last[0].end, _content_end(text, last[1])))
    return f"{text[:end]}\n{indent}{path[-1]}: {_scalar(value)}{text[end:]}"


def with_bare_line(text: str, key: str, value: str, *, file: str) -> str:
    """Return the text with a key of its own line set, no quote and no comment behind it.

    What reads it is grep and awk, not YAML (facts/harbor.md §4).
    """
    _holder, found, _node = _found(text, [key], file)
    if found is None:
        raise _missing([key], file)
    return f"{text[: found.start]}{key}: {value}{text[_line_end(text, found.end) :]}"


def without(text: str, key: str, *, file: str) -> str:
    """Return the text without a block at its outermost level, comments in the block included."""
    _holder, found, _node = _found(text, [key], file)
    if found is None:
        return text
    end = _line_end(text, found.end)
    while (following := _next_line(text, end)).startswith((" ", "\t")):
        end += 1 + len(following)
    return text[: found.start] + text[end + 1 :]


def with_block(text: str, key: str, value: Value, *, file: str) -> str:
    """Return the text with a block at its outermost level, below the comment that shows it.

    One that is there already is replaced; without such a comment it goes to the end.
    """
    lines = "".join(f"{line}\n" for line in _block({key: value}, ""))
    _holder, found, _node = _found(text, [key], file)
    if found is not None:
        rest = without(text, key, file=file)
        return rest[: found.start] + lines + rest[found.start :]
    shown = re.search(rf"^#+ ?{re.escape(key)}:.*$", text, re.MULTILINE)
    if shown is None:
        return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{lines}"
    end = shown.end()
    while (following := _next_line(text, end)).startswith("#"):
        end += 1 + len(following)
    newline = "" if end == len(text) else "\n"
    return f"{text[:end]}\n{lines.removesuffix(chr(10))}{newline}{text[end + 1 :]}"


def says(text: str, *, file: str) -> dict[str, object]:
    """Return what the text says; raises InputError where it is no mapping."""
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  # the safe one, in C where it is
    except yaml.YAMLError as error:
        raise InputError(_("This is not YAML: {problem}.").format(problem=error), file=file) from (
            error
        )
    if not isinstance(data, dict):
        raise _missing(["hostname"], file)
    return data


def _found(
    text: str, path: Sequence[str], file: str
) -> tuple[MappingNode | None, Scalar | None, Node | None]:
    """Return the mapping that should hold the last key, that key and its value."""
    node: Node = parse_yaml(text, file=file).root
    for name in path[:-1]:
        found = node.get(name) if isinstance(node, MappingNode) else None
        if found is None:
            return None, None, None
        node = found
    if not isinstance(node, MappingNode) or node.flow:
        return None, None, None
    entry = next((entry for entry in node.entries if entry[0].text == path[-1]), None)
    return (node, *entry) if entry else (node, None, None)


def _block(value: Mapping[str, Value], indent: str) -> list[str]:
    lines: list[str] = []
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            lines += [f"{indent}{key}:", *_block(inner, indent + _STEP)]
        elif isinstance(inner, str | int):
            lines.append(f"{indent}{key}: {_scalar(inner)}")
        else:
            lines.append(f"{indent}{key}:")
            lines += [f"{indent}{_STEP}- {_scalar(one)}" for one in inner if isinstance(one, str)]
    return lines


def _scalar(value: str | int | bool) -> str:  # noqa: FBT001  # a value among others
    if isinstance(value, str) and _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _content_end(text: str, node: Node) -> int:
    return node.start + len(text[node.start : node.end].rstrip())


def _line_end(text: str, offset: int) -> int:
    found = text.find("\n", offset)
    return len(text) if found < 0 else found


def _next_line(text: str, end: int) -> str:
    """Return the line after the one that ends at `end`, empty where there is none."""
    return text[end + 1 : _line_end(text, end + 1)] if end < len(text) else ""


def _missing(path: Sequence[str], file: str) -> InputError:
    return InputError(
        _("The template has no key “{key}”.").format(key=".".join(path)),
        file=file,
        todo=_("Use harbor.yml.tmpl as it comes with the installer."),
    )
