"""Images whose names must change, because no setting leads their runtime to the target; pure.

The last way out for a host that cannot be served: the name then says where the image comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from wizard.discovery.container_facts import Container
from wizard.discovery.facts import HostFacts, ImageStore
from wizard.planning.matrix import ADDRESSING_REASONS
from wizard.planning.plan import Runtime, RuntimePlan, Verdict
from wizard.planning.work import RuntimePlanner, RuntimeWork
from wizard.target import UPSTREAM, Addressing, Target, TargetKind

_HUB_NAMES: Final = ("docker.io", "index.docker.io", "registry-1.docker.io")
_REGISTRY: Final = re.compile(r"(localhost|[^/]*[.:][^/]*)/")
_BY_REPOSITORY: Final = frozenset({TargetKind.NEXUS, TargetKind.ARTIFACTORY})
"""They serve `host/<repository>/image` as well (facts/nexus_artifactory.md §3, §6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChange:
    """One image on one host that must be named otherwise.

    Attributes:
        image: its name now, as the runtime tells it.
        becomes: its name at the target; empty where the target has no place in a name.
        containers: names of running containers that use it, sorted.
    """

    host: str
    runtime: Runtime
    image: str
    becomes: str
    containers: tuple[str, ...] = ()


def images_to_change(
    facts: Sequence[HostFacts],
    target: Target,
    runtimes: Sequence[RuntimePlanner],
) -> tuple[ImageChange, ...]:
    """Return the images of upstreams of the target that its hosts cannot pull by their own names.

    In the order of the facts, then by name.
    """
    return tuple(
        change
        for one in facts
        for plan in _plans(one, target, runtimes)
        for change in _of_runtime(one, plan, target)
    )


def new_name(image: str, target: Target) -> str | None:
    """Return an image's name at the target, empty if there is none, None if it is not moved."""
    upstream, repository = _parts(image)
    place = next((one for one in target.by_upstream if one.upstream == upstream), None)
    if place is None:
        return None
    match place.addressing:
        case Addressing.ROOT:
            return f"{target.authority}/{repository}"
        case Addressing.PREFIX:
            return f"{target.authority}/{place.prefix}/{repository}"
        case Addressing.PATH:
            by_name = place.kind in _BY_REPOSITORY
            repository_key = place.prefix.rpartition("/")[2]
            return f"{target.authority}/{repository_key}/{repository}" if by_name else ""
        case _:
            assert_never(place.addressing)


def _plans(
    facts: HostFacts, target: Target, runtimes: Sequence[RuntimePlanner]
) -> Iterable[RuntimePlan]:
    planned = (plan(facts, target) for plan in runtimes)
    return (work.plan for work in planned if isinstance(work, RuntimeWork))


def _of_runtime(facts: HostFacts, plan: RuntimePlan, target: Target) -> list[ImageChange]:
    upstreams = _unserved(facts, plan, target)
    images, containers = _in_use(facts, plan.runtime)
    names = sorted({*images, *(container.image for container in containers)})
    changes = []
    for image in names:
        becomes = new_name(image, target)
        if becomes is None or _parts(image)[0] not in upstreams:
            continue
        users = sorted(one.name for one in containers if one.image == image)
        changes.append(
            ImageChange(
                host=facts.host,
                runtime=plan.runtime,
                image=image,
                becomes=becomes,
                containers=tuple(users),
            )
        )
    return changes


def _unserved(facts: HostFacts, plan: RuntimePlan, target: Target) -> frozenset[str]:
    """Return the upstreams that a runtime cannot be led away from, whatever is set."""
    everything = frozenset(one.upstream for one in target.by_upstream)
    if plan.verdict is Verdict.BLOCKED:
        only_names = all(block.reason in ADDRESSING_REASONS for block in plan.blocks)
        return everything if only_names else frozenset()
    docker = facts.docker
    if plan.runtime is not Runtime.DOCKER or docker is None:
        return frozenset()
    # `docker pull` of the overlay2 store mirrors docker.io alone (facts/runtimes.md §1.1).
    by_registry = docker.image_store is ImageStore.GRAPH_DRIVER
    return everything - {UPSTREAM} if by_registry else frozenset()


def _in_use(facts: HostFacts, runtime: Runtime) -> tuple[Sequence[str], Sequence[Container]]:
    if runtime is Runtime.DOCKER and facts.docker is not None:
        return facts.docker.images, facts.docker.containers
    if runtime is Runtime.CONTAINERD and facts.containerd is not None:
        return facts.containerd.images, facts.containerd.containers
    return (), ()


def _parts(image: str) -> tuple[str, str]:
    """Return upstream, and repository with tag or digest; both empty for a bare identifier."""
    if re.fullmatch(r"(sha256:)?[0-9a-f]{12,64}", image):
        return "", ""
    found = _REGISTRY.match(image)
    if found is None:
        return UPSTREAM, image if "/" in image else f"library/{image}"
    upstream, rest = found[1], image[found.end() :]
    if upstream not in _HUB_NAMES:
        return upstream, rest
    return UPSTREAM, rest if "/" in rest else f"library/{rest}"
