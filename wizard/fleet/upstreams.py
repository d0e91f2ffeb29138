"""The upstreams that are moved beside docker.io, as operators write them on one line; pure.

`quay.io=quay, registry.k8s.io=k8s/proxy, ghcr.io=/`: each with its project or path on the target,
`/` where it stands at the target's root.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import Final

from wizard.fleet.policy import PlaceChoice
from wizard.target import UPSTREAM, Addressing
from wizard.wording import _

_ROOT: Final = "/"
_UPSTREAM: Final = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d{1,5})?|localhost:\d{1,5}")
_PREFIX: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_OF_DOCKER_HUB: Final = frozenset({UPSTREAM, "index.docker.io", "registry-1.docker.io"})


def upstream_of(text: str) -> str:
    """Return how the image names of another upstream than docker.io begin; raises ValueError."""
    if text in _OF_DOCKER_HUB:
        raise ValueError(_("docker.io is always moved; its own place is “prefix” of the target."))
    if not _UPSTREAM.fullmatch(text):
        raise ValueError(_("expected what image names begin with, such as quay.io."))
    return text


def prefix_of(text: str) -> str:
    """Return a project or path without slashes at its ends; raises ValueError."""
    stripped = text.strip("/")
    if stripped and not _PREFIX.fullmatch(stripped):
        raise ValueError(_("expected a project or path such as “hub-proxy”."))
    return stripped


def places_text(places: Iterable[PlaceChoice]) -> str:
    """Return the places as one line."""
    return ", ".join(f"{place.upstream}={place.prefix or _ROOT}" for place in places)


def places_of(text: str, before: Sequence[PlaceChoice] = ()) -> tuple[PlaceChoice, ...]:
    """Return the places of one line; raises ValueError that says what was expected.

    What `before` has of a place besides, its canary and a chosen addressing, stays.
    """
    known = {place.upstream: place for place in before}
    found: dict[str, PlaceChoice] = {}
    for word in re.split(r"[\s,]+", text.strip(", \t")):
        if not word:
            continue
        name, equals, place = word.partition("=")
        upstream = upstream_of(name)
        if not equals or not place:
            raise ValueError(_("expected {name}=project, or {name}=/").format(name=name))
        if upstream in found:
            raise ValueError(_("{name} is there twice.").format(name=name))
        found[upstream] = _with_prefix(
            known.get(upstream, PlaceChoice(upstream=upstream)), prefix_of(place)
        )
    return tuple(found.values())


def _with_prefix(place: PlaceChoice, prefix: str) -> PlaceChoice:
    if prefix == place.prefix:
        return place if prefix else dataclasses.replace(place, addressing=Addressing.ROOT.value)
    addressing = "auto" if prefix else Addressing.ROOT.value
    return dataclasses.replace(place, prefix=prefix, addressing=addressing)
