"""Change a YAML file where its values changed; every other byte and comment stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wizard.fleet.hosts_section import FLEET_KEYS
from wizard.fleet.rendering import render, render_value
from wizard.fleet.yaml_text import Mapping as MappingNode
from wizard.fleet.yaml_text import Node, Scalar, Sequence, YAMLText, is_empty

_COMMENT: Final = re.compile(r"(?:(?<=\s)|^)#[^\r\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    start: int
    end: int
    text: str


def edited(source: YAMLText, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return the text of `source` with the difference from `old` to `new` data made in it.

    Values are replaced where they stand. A section whose shape has to change is written anew,
    its comments kept above it.
    """
    root = source.root
    if not isinstance(root, MappingNode) or root.flow:
        return rewritten(source, new)
    edits = _fleet_edits(source, root, old, new)
    for key, node in root.entries:
        if key.text in FLEET_KEYS:
            continue
        if key.text not in new:
            edits.append(_section_edit(source, key, node, {}))
        elif old.get(key.text) != new[key.text]:
            edits.extend(_edits_of_section(source, key, node, old.get(key.text), new[key.text]))
    missing = {
        name: value
        for name, value in new.items()
        if name not in FLEET_KEYS and root.get(name) is None and old.get(name) != value
    }
    return _applied(source.text, edits) + _appendix(source.text, missing)


def rewritten(source: YAMLText, new: Mapping[str, Any]) -> str:
    """Return new data as a whole file, every comment of `source` kept at its top."""
    comments = [text for text, _start in _comments(source, 0, len(source.text))]
    text = "".join(f"{comment}\n" for comment in comments) + render(new)
    return _with_line_ends(source.text, text)


def _fleet_edits(
    source: YAMLText, root: MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[_Edit]:
    """Write the whole fleet anew if it changed: its sections lean on each other."""
    if all(old.get(key) == new.get(key) for key in FLEET_KEYS):
        return []
    fleet = {key: new[key] for key in FLEET_KEYS if key in new}
    edits: list[_Edit] = []
    for key, node in root.entries:
        if key.text in FLEET_KEYS:
            edits.append(_section_edit(source, key, node, fleet))
            fleet = {}
    return edits


def _edits_of_section(source: YAMLText, key: Scalar, node: Node, old: Any, new: Any) -> list[_Edit]:
    edits = _value_edits(source, node, old, new)
    return [_section_edit(source, key, node, {key.text: new})] if edits is None else edits


def _value_edits(source: YAMLText, node: Node, old: Any, new: Any) -> list[_Edit] | None:
    """Return edits that make `new` of the value, or None if only rewriting can."""
    if isinstance(new, Mapping):
        if not isinstance(node, MappingNode) or not isinstance(old, Mapping):
            return None
        return None if node.flow else _mapping_edits(source, node, old, new)
    if not isinstance(node, Scalar | Sequence) or _spans_lines(source, node):
        return None
    gap = " " if is_empty(node) else ""
    return [_Edit(start=node.start, end=node.end, text=gap + render_value(new))]


def _mapping_edits(
    source: YAMLText, node: MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[_Edit] | None:
    edits: list[_Edit] = []
    for key, value in node.entries:
        if key.text not in new:
            removal = _removal(source, key, value)
            if removal is None or len(node.entries) == 1:
                return None
            edits.append(removal)
        elif old.get(key.text) != new[key.text]:
            of_value = _value_edits(source, value, old.get(key.text), new[key.text])
            if of_value is None:
                of_value = _replacement(source, value, new[key.text])
            if of_value is None:
                return None
            edits.extend(of_value)
    added = [name for name in new if node.get(name) is None and old.get(name) != new[name]]
    if added:
        indent = " " * (node.column - 1)
        lines = [f"\n{indent}{render_value(name)}: {render_value(new[name])}" for name in added]
        end = _line_end(source.text, _content_end(source.text, node))
        edits.append(_Edit(start=end, end=end, text="".join(lines)))
    return edits


def _replacement(source: YAMLText, node: Node, new: Any) -> list[_Edit] | None:
    """Return the edit that puts `new` on one line in place of a value without comments."""
    end = _content_end(source.text, node)
    if any(_comments(source, node.start, end)) or _spans_lines(source, node):
        return None
    return [_Edit(start=node.start, end=end, text=render_value(new))]


def _removal(source: YAMLText, key: Scalar, node: Node) -> _Edit | None:
    start = source.text.rfind("\n", 0, key.start)
    end = _line_end(source.text, max(_content_end(source.text, node), key.end))
    if (
        start < 0
        or source.text[start : key.start].strip()
        or any(_comments(source, key.start, end))
    ):
        return None
    if source.text[start - 1 : start] == "\r":
        start -= 1
    return _Edit(start=start, end=end, text="")


def _section_edit(source: YAMLText, key: Scalar, node: Node, sections: Mapping[str, Any]) -> _Edit:
    end = _line_end(source.text, max(_content_end(source.text, node), key.end))
    comments = "".join(f"{text}\n" for text, _start in _comments(source, key.start, end))
    text = (comments + render(sections)).removesuffix("\n")
    if not text:
        end = _next_line(source.text, end)
    return _Edit(start=key.start, end=end, text=text)


def _applied(text: str, edits: list[_Edit]) -> str:
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces.append(text[position : edit.start])
        pieces.append(_with_line_ends(text, edit.text))
        position = edit.end
    pieces.append(text[position:])
    return "".join(pieces)


def _appendix(text: str, missing: Mapping[str, Any]) -> str:
    if not missing:
        return ""
    gap = "\n" if text.endswith("\n") else "\n\n"
    return _with_line_ends(text, gap + render(missing))


def _comments(source: YAMLText, start: int, end: int) -> Iterator[tuple[str, int]]:
    """Yield the comments between two offsets; a `#` within a value is none."""
    values = sorted(_scalar_spans(source.root))
    for match in _COMMENT.finditer(source.text, start, end):
        at = match.start()
        if not any(first <= at < last for first, last in values):
            yield match[0].rstrip(), at


def _scalar_spans(node: Node) -> Iterator[tuple[int, int]]:
    match node:
        case MappingNode(entries=entries):
            for key, value in entries:
                yield key.start, key.end
                yield from _scalar_spans(value)
        case Sequence(items=items):
            for item in items:
                yield from _scalar_spans(item)
        case _:
            yield node.start, node.end


def _content_end(text: str, node: Node) -> int:
    return node.start + len(text[node.start : node.end].rstrip())


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" else end


def _next_line(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1


def _spans_lines(source: YAMLText, node: Node) -> bool:
    return "\n" in source.text[node.start : _content_end(source.text, node)]


def _with_line_ends(like: str, text: str) -> str:
    return text.replace("\n", "\r\n") if "\r\n" in like else text
