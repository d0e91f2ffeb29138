"""Registries that images of a host come from, and that are not moved (facts/runtimes.md §7 row 15).

Once the way out is closed, what comes from them can be pulled no more. A host has system images
that nobody thinks of: the pause image, network plugins, the cluster's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from wizard.discovery.facts import HostFacts
from wizard.target import UPSTREAM, Target
from wizard.wording import _

_LOCAL: Final = "localhost"
_NAMELESS: Final = ("<none>", "sha256:", "@")


def unmoved_registries(facts: HostFacts, target: Target) -> dict[str, tuple[str, ...]]:
    """Return the images by their registry, both in stable order; built ones are nobody's."""
    found: dict[str, set[str]] = {}
    for image in images_of(facts):
        registry = registry_of_image(image)
        if registry and not is_moved(registry, target):
            found.setdefault(registry, set()).add(image)
    return {registry: tuple(sorted(found[registry])) for registry in sorted(found)}


def unmoved_notes(facts: HostFacts, target: Target) -> tuple[str, ...]:
    """Return the note that names these registries with the number of their images, if any."""
    found = unmoved_registries(facts, target)
    if not found:
        return ()
    names = ", ".join(f"{registry} ({len(images)})" for registry, images in found.items())
    return (
        _("Images on the host come from registries that are not moved: {names}.").format(
            names=names
        ),
    )


def is_moved(registry: str, target: Target) -> bool:
    """Return whether images of a registry come from the target after the change, or do already."""
    return registry in {target.authority, *(one.upstream for one in target.by_upstream)}


def registry_of_image(reference: str) -> str:
    """Return the registry that a reference names, empty where no registry has the image.

    The first part is a registry if it could be no name: `quay.io/a`, `host:5000/a`, not `a/b`.
    """
    if not reference or reference.startswith(_NAMELESS):
        return ""
    first, slash, _rest = reference.partition("/")
    if first.partition(":")[0] == _LOCAL:
        return ""
    return first if slash and ("." in first or ":" in first) else UPSTREAM


def images_of(facts: HostFacts) -> Iterable[str]:
    """Yield the names of the images of every runtime of the host, as it tells them."""
    runtimes = (facts.docker, facts.containerd, facts.crio, facts.podman, facts.k3s, facts.nerdctl)
    for runtime in runtimes:
        if runtime is not None:
            yield from runtime.images
