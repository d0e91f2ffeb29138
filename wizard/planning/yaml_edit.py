"""Put single values into a YAML file; every other byte stays where it is.

The text is spliced at the places that the parser tells, so nothing is written anew that was there:
a library that writes YAML back keeps comments, but not every quote, indentation and line end.
Each edit is read again, and one that changed anything else is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wizard.errors import MigrationFileError
from wizard.fleet.yaml_text import Mapping as MappingNode
from wizard.fleet.yaml_text import Node, Scalar, is_empty, parse_yaml
from wizard.fleet.yaml_text import Sequence as SequenceNode
from wizard.planning.blocks import Blocked
from wizard.planning.plan import BlockReason

Data = str | None | Sequence["Data"] | Mapping[str, "Data"]
"""What a text says: every scalar as it is written, None where nothing is."""

_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_SAYS_NOTHING: Final = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r|\Z))*+(?:---[ \t]*)?\s*")
_PLAIN_KEY: Final = re.compile(r"[a-z_]+")
_STEP: Final = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """How far a path exists: the mapping that lacks what is left, under the key that holds it."""

    mapping: MappingNode
    key: Scalar | None
    value: Node
    left: tuple[str, ...]


def data_of(text: str) -> Mapping[str, Data]:
    """Return what a text says; raises Blocked where it is no mapping, or in a form beyond us."""
    root = _root(text.removeprefix(_BOM))
    if root is None:
        return {}
    found = _data(root)
    if not isinstance(found, dict):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{type(found).__name__}")
    return found


def with_value(text: str, path: Sequence[str], value: str) -> str:
    """Return the text with a value that was not there; raises Blocked where that cannot be."""
    return _checked(text, _put(text, path, value), path, value)


def with_first(text: str, path: Sequence[str], order: Sequence[str], added: str) -> str:
    """Return the text with a list in that order: its own items moved, or `added` put in front.

    Args:
        text: of the file.
        path: keys to the list, which may be missing or empty.
        order: what it shall hold, the items that it has and at most `added` besides.
        added: the item that comes first.

    Raises Blocked where that cannot be done.
    """
    body = text.removeprefix(_BOM)
    root = _root(body)
    found = _at(root, path) if root is not None else None
    if not isinstance(found, SequenceNode) or not found.items:
        return _checked(text, _put(text, path, [added]), path, [added])
    items = [item for item in found.items if isinstance(item, Scalar)]
    if len(order) == len(items):
        edited = _reordered(body, items, order)
    else:
        edited = _with_item(body, found, added)
    return _checked(text, _like(text, edited), path, list(order))


def _root(body: str) -> Node | None:
    """Return the tree, None where there are only comments."""
    if _SAYS_NOTHING.fullmatch(body):
        return None
    try:
        root = parse_yaml(body, file="").root
    except MigrationFileError as error:
        line = f"line {error.line}: " if error.line else ""
        raise Blocked(BlockReason.CONFIG_NOT_YAML, f"{line}{error.what}") from error
    except (ValueError, RecursionError, LookupError) as error:
        raise Blocked(BlockReason.CONFIG_NOT_YAML, str(error)) from error
    return root


def _data(node: Node) -> Data:
    match node:
        case MappingNode(entries=entries):
            return {key.text: _data(value) for key, value in entries}
        case SequenceNode(items=items):
            return [_data(item) for item in items]
        case Scalar(text=written):
            return None if is_empty(node) else written
        case _:
            raise TypeError(type(node).__name__)


def _at(node: Node, path: Sequence[str]) -> Node | None:
    for key in path:
        found = node.get(key) if isinstance(node, MappingNode) else None
        if found is None:
            return None
        node = found
    return node


def _put(text: str, path: Sequence[str], value: str | list[str]) -> str:
    body = text.removeprefix(_BOM)
    root = _root(body)
    if root is None:
        return _like(text, _appended(body, _block_lines(path, value, "")))
    place = _deepest(root, path)
    if is_empty(place.value) or _is_bare(place.value):
        edited = _filled(body, place, value)
    elif place.mapping.flow:
        edited = _spliced(
            body, place.mapping.start + 1, _flow(place.left, value, inside=True) + ", "
        )
    elif place.key is None:
        edited = _appended(body, _block_lines(place.left, value, ""))
    else:
        indent = " " * (place.mapping.column - 1)
        edited = _lines_after(body, place.key.end, _block_lines(place.left, value, indent))
    return _like(text, edited)


def _deepest(root: Node, path: Sequence[str]) -> _Place:
    """Return where the path ends to exist; raises Blocked where something else is in its way."""
    key, node, above = None, root, None
    for depth, name in enumerate(path):
        if not isinstance(node, MappingNode):
            if above is None or not is_empty(node):
                raise Blocked(BlockReason.CONFIG_WRONG_TYPE, ".".join(path[:depth]))
            return _Place(mapping=above, key=key, value=node, left=tuple(path[depth:]))
        found = next((entry for entry in node.entries if entry[0].text == name), None)
        if found is None:
            return _Place(mapping=node, key=key, value=node, left=tuple(path[depth:]))
        above, (key, node) = node, found
    if above is None or not (is_empty(node) or _is_bare(node)):
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, ".".join(path))
    return _Place(mapping=above, key=key, value=node, left=())


def _is_bare(node: Node) -> bool:
    """Tell whether it is `{}` or `[]`."""
    match node:
        case MappingNode(entries=()) | SequenceNode(items=()):
            return True
        case _:
            return False


def _filled(body: str, place: _Place, value: str | list[str]) -> str:
    """Return the body with a value where nothing is, or `~`, `{}` or `[]`."""
    node, key = place.value, place.key
    written = body[node.start : node.end].strip()
    if key is None:
        return _replaced(body, node, _flow(place.left, value))
    if written or place.mapping.flow or not place.left:
        gap = "" if written else " "
        start = node.start if written else _colon_after(body, key.end)
        end = node.end if written else start
        return body[:start] + gap + _flow(place.left, value) + body[end:]
    indent = " " * (key.column - 1) + _STEP
    return _lines_after(body, key.end, _block_lines(place.left, value, indent))


def _colon_after(body: str, offset: int) -> int:
    found = body.find(":", offset)
    if found < 0:
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, "")
    return found + 1


def _with_item(body: str, found: SequenceNode, item: str) -> str:
    if found.flow:
        return _spliced(body, found.start + 1, f"{_quoted(item)}, ")
    first = found.items[0].start
    start = max(body.rfind("\n", 0, first), body.rfind("\r", 0, first)) + 1
    lead, dash, _gap = body[start:first].partition("-")
    if not dash or lead.strip():
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, "")
    return _spliced(body, start, f"{lead}- {_quoted(item)}{_line_end(body)}")


def _reordered(body: str, items: Sequence[Scalar], order: Sequence[str]) -> str:
    """Return the body with the items' texts in another order, each in the place of another."""
    by_text = {item.text: body[item.start : item.end] for item in items}
    for item, text in sorted(zip(items, order, strict=True), key=lambda pair: -pair[0].start):
        body = body[: item.start] + by_text[text] + body[item.end :]
    return body


def _block_lines(path: Sequence[str], value: str | list[str], indent: str) -> list[str]:
    lines = []
    for key in path[:-1]:
        lines.append(f"{indent}{_key(key)}:")
        indent += _STEP
    if isinstance(value, str):
        return [*lines, f"{indent}{_key(path[-1])}: {_quoted(value)}"]
    return [
        *lines,
        f"{indent}{_key(path[-1])}:",
        *(f"{indent}{_STEP}- {_quoted(one)}" for one in value),
    ]


def _flow(path: Sequence[str], value: str | list[str], *, inside: bool = False) -> str:
    text = _quoted(value) if isinstance(value, str) else f"[{', '.join(map(_quoted, value))}]"
    for number, key in enumerate(reversed(path), start=1):
        text = f"{_quoted(key)}: {text}"
        if not (inside and number == len(path)):
            text = f"{{{text}}}"
    return text


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _lines_after(body: str, offset: int, lines: Sequence[str]) -> str:
    """Return the body with lines after the one in which `offset` is."""
    found = re.compile(r"\r\n|\n|\r").search(body, offset)
    if found is None:
        return body + "".join(f"{_line_end(body)}{line}" for line in lines)
    return _spliced(body, found.end(), "".join(f"{line}{found[0]}" for line in lines))


def _appended(body: str, lines: Sequence[str]) -> str:
    end = _line_end(body)
    gap = "" if not body or body.endswith(("\n", "\r")) else end
    return body + gap + "".join(f"{line}{end}" for line in lines)


def _line_end(body: str) -> str:
    return "\r\n" if "\r\n" in body else "\n"


def _spliced(body: str, offset: int, text: str) -> str:
    return body[:offset] + text + body[offset:]


def _replaced(body: str, node: Node, text: str) -> str:
    return body[: node.start] + text + body[node.end :]


def _like(text: str, edited: str) -> str:
    return _BOM + edited if text.startswith(_BOM) else edited


def _checked(text: str, edited: str, path: Sequence[str], value: Data) -> str:
    """Return the edited text; raises Blocked where it says anything else than it should."""
    wanted = _set(data_of(text), path, value)
    try:
        says = data_of(edited)
    except Blocked as obstacle:
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, obstacle.detail) from obstacle
    if says != wanted or set(_comments(text)) - set(_comments(edited)):
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, ".".join(path))
    return edited


def _comments(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.lstrip().startswith("#"))


def _set(data: Data, path: Sequence[str], value: Data) -> Data:
    if not path:
        return value
    inner = dict(data) if isinstance(data, Mapping) else {}
    inner[path[0]] = _set(inner.get(path[0]), path[1:], value)
    return inner
