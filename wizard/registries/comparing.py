"""Whole configurations compared and joined, leaf by leaf; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wizard.registries.provisioning import Difference
from wizard.registries.typed import Document


def leaves(document: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each leaf with its place, `docker.httpPort`."""
    for key, value in document.items():
        place = f"{before}.{key}" if before else key
        if isinstance(value, Mapping):
            yield from leaves(value, place)
        else:
            yield place, value


def at(document: Mapping[str, Any], place: str) -> Any:
    """Return the leaf at a place; None where there is none."""
    found: Any = document
    for key in place.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def joined(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return `found` with the leaves of `wanted` in it; neither is changed."""
    document = dict(found)
    for key, value in wanted.items():
        before = document.get(key)
        if isinstance(value, Mapping):
            document[key] = joined(before if isinstance(before, Mapping) else {}, value)
        else:
            document[key] = value
    return document


def differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return which leaves of `wanted` are otherwise in `found`."""
    return tuple(
        Difference(field=place, found=spelled(at(found, place)), wanted=spelled(value))
        for place, value in leaves(wanted)
        if not _same(at(found, place), value)
    )


def spelled(value: Any) -> str:
    """Return a leaf as it is shown; empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return ", ".join(map(spelled, value))
        case _:
            return str(value)


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        # URLs get or lose their last slash.
        return found.rstrip("/") == wanted.rstrip("/")
    return bool(found == wanted)
