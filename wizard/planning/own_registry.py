"""A registry that runs on the hosts that are to pull from it (facts/runtimes.md §7 row 14).

While it is down nobody can pull its own images from it, nor those by which its node starts. Which
registry of that product it is, no host can tell: so it is said, and blocked only where the change
itself would be what it does not come up after.
"""

from __future__ import annotations

from typing import Final

from wizard.discovery.facts import HostFacts
from wizard.planning.blocks import block
from wizard.planning.plan import Block, BlockReason, Runtime
from wizard.planning.unmoved import registry_of_image
from wizard.planning.work import RuntimeWork
from wizard.target import Target, TargetKind, upstream_name
from wizard.wording import _

_PRODUCTS: Final = {
    TargetKind.HARBOR: ("goharbor/",),
    TargetKind.NEXUS: ("sonatype/nexus",),
    TargetKind.ARTIFACTORY: ("jfrog/artifactory",),
    TargetKind.PLAIN: ("library/registry:", "distribution/distribution:"),
}
"""How the names of a product's images begin, behind whatever registry they come from."""


def own_registry_blocks(facts: HostFacts, target: Target, work: RuntimeWork) -> tuple[Block, ...]:
    """Return what stands against changes after which the target could not start again."""
    if not work.changes:
        return ()
    stopped = [
        one.name
        for one in (facts.docker.containers if facts.docker else ())
        if one.name in work.plan.stops and _is_like(one.image, target)
    ]
    if stopped:
        way = _("Let each runtime keep the CA (ca_trust: registry), then nothing restarts for it.")
        detail = ", ".join(stopped)
        return (block(BlockReason.OWN_REGISTRY, detail, ways_out=(way,)),)
    k3s = facts.k3s if work.plan.runtime is Runtime.K3S else None
    images = _images(facts, target)
    if k3s is None or k3s.default_endpoint or not images:
        return ()
    way = _(
        "Take disable-default-registry-endpoint out of its settings, restart it, discover again."
    )
    return (block(BlockReason.OWN_REGISTRY, ", ".join(images), ways_out=(way,)),)


def own_registry_notes(facts: HostFacts, target: Target) -> tuple[str, ...]:
    """Return that a registry like the target runs here, and what that asks for."""
    images = _images(facts, target)
    if not images:
        return ()
    text = _(
        "A registry like the target runs here ({images}). If it is the target: while it is down,"
        " its own images, and those by which a node starts, come from {upstreams} alone. Keep that"
        " way open for this host, or keep these images on it."
    )
    upstreams = ", ".join(upstream_name(one.upstream) for one in target.by_upstream)
    return (text.format(images=", ".join(images), upstreams=upstreams),)


def _images(facts: HostFacts, target: Target) -> tuple[str, ...]:
    """Return the target's own images here: of Docker those that run, of a node those it has.

    Its pods may be on another node now and here at the next start.
    """
    docker = [one.image for one in facts.docker.containers] if facts.docker else []
    nodes = (facts.containerd, facts.crio, facts.k3s)
    found = [*docker, *(image for one in nodes if one is not None for image in one.images)]
    return tuple(sorted({image for image in found if _is_like(image, target)}))


def _is_like(image: str, target: Target) -> bool:
    registry = registry_of_image(image)
    name = image.removeprefix(f"{registry}/").partition("@")[0]
    name = name if "/" in name else f"library/{name}"
    return any(f"/{start}" in f"/{name}:" for start in _PRODUCTS[target.kind])
