"""What is said of runtimes that are not changed: a block where nothing else runs, else notes.

A node of a cluster is blocked in any case: its pods would go on to ask upstream, whatever is done
for the rest of the host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wizard.discovery.container_facts import ROOTLESS_NERDCTL, OtherRuntime
from wizard.discovery.facts import HostFacts
from wizard.planning.blocks import block
from wizard.planning.plan import BlockReason, Runtime
from wizard.planning.work import Report, RuntimePlanner, RuntimeWork, blocked_work
from wizard.runtimes.by_hand.builders import (
    builder_steps,
    buildkit_steps,
    rootless_nerdctl_steps,
)
from wizard.runtimes.by_hand.clusters import (
    bottlerocket_steps,
    k0s_steps,
    kind_steps,
    microk8s_steps,
)
from wizard.target import Target
from wizard.wording import _

_BOTTLEROCKET: Final = "bottlerocket"
_Steps = Callable[[HostFacts, OtherRuntime, Target], tuple[str, ...]]


def plan_bottlerocket(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return the settings of a Bottlerocket host, None for any other; pure."""
    if facts.immutable_os != _BOTTLEROCKET:
        return None
    flavour = f"Bottlerocket {facts.os_version}".rstrip()
    obstacle = block(BlockReason.BY_HAND, flavour, ways_out=bottlerocket_steps(target))
    return blocked_work(Runtime.BOTTLEROCKET, flavour, obstacle)


def plan_builders(facts: HostFacts, target: Target) -> Report | None:
    """Return what a person does for builders of buildx, None where there are none; pure.

    Each has a BuildKit of its own in a container, which knows nothing of Docker's settings.
    """
    builders = facts.docker.builders if facts.docker else ()
    if not builders:
        return None
    head = _("Builders of buildx are not changed; by hand:")
    return Report(
        name="buildx", notes=tuple(f"{head} {one}" for one in builder_steps(builders, target))
    )


def plan_rootless_nerdctl(facts: HostFacts, target: Target) -> RuntimeWork | Report | None:
    """Return what users do for nerdctl of theirs, None where nobody has one; pure."""
    found = [other for other in facts.others if other.name == ROOTLESS_NERDCTL]
    if not found:
        return None
    todo = tuple(step for other in found for step in rootless_nerdctl_steps(other, target))
    if not _others_are_moved(facts):
        obstacle = block(BlockReason.BY_HAND, ROOTLESS_NERDCTL, ways_out=todo)
        return blocked_work(Runtime.NERDCTL, ROOTLESS_NERDCTL, obstacle)
    head = _("{name} is not changed; by hand:").format(name=ROOTLESS_NERDCTL)
    return Report(name=ROOTLESS_NERDCTL, notes=tuple(f"{head} {step}" for step in todo))


def _planner(runtime: Runtime, name: str, steps: _Steps, *, is_node: bool) -> RuntimePlanner:
    def plan(facts: HostFacts, target: Target) -> RuntimeWork | Report | None:
        """Return what a person does for one runtime; pure."""
        found = next((other for other in facts.others if other.name == name), None)
        if found is None:
            return None
        todo = steps(facts, found, target)
        flavour = f"{name} {found.version}".rstrip()
        if is_node or not _others_are_moved(facts):
            obstacle = block(BlockReason.BY_HAND, flavour, ways_out=todo)
            return blocked_work(runtime, flavour, obstacle)
        head = _("{name} is not changed; by hand:").format(name=flavour)
        return Report(name=name, notes=tuple(f"{head} {step}" for step in todo))

    return plan


def _others_are_moved(facts: HostFacts) -> bool:
    serves = facts.containerd is not None and facts.containerd.serves_kubernetes
    found = (facts.docker, facts.podman, facts.crio, facts.k3s, facts.nerdctl, facts.buildkit)
    return serves or any(found)


BY_HAND: Final[tuple[RuntimePlanner, ...]] = (
    _planner(Runtime.MICROK8S, "MicroK8s", lambda _f, _o, t: microk8s_steps(t), is_node=True),
    _planner(Runtime.K0S, "k0s", lambda _f, _o, t: k0s_steps(t), is_node=True),
    plan_bottlerocket,
    _planner(Runtime.KIND, "kind", lambda f, _o, t: kind_steps(f, t), is_node=False),
    _planner(Runtime.BUILDKIT, "BuildKit", buildkit_steps, is_node=False),
    plan_builders,
    plan_rootless_nerdctl,
)
