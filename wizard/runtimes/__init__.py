"""What Pilotage knows of container runtimes, per version: a package for each.

All of it is pure: facts of a host and a target go in, exact bytes and named steps come out.
"""

from __future__ import annotations

from typing import Final

from wizard.planning.work import RuntimePlanner
from wizard.runtimes.buildkit.planner import plan_buildkit
from wizard.runtimes.by_hand.planner import BY_HAND
from wizard.runtimes.containerd.planner import plan_containerd
from wizard.runtimes.crio.planner import plan_crio
from wizard.runtimes.docker.planner import plan_docker
from wizard.runtimes.k3s.planner import plan_k3s
from wizard.runtimes.nerdctl.planner import plan_nerdctl
from wizard.runtimes.podman.planner import plan_podman

RUNTIMES: Final[tuple[RuntimePlanner, ...]] = (
    plan_docker,
    plan_containerd,
    plan_crio,
    plan_podman,
    plan_k3s,
    plan_nerdctl,
    plan_buildkit,
    *BY_HAND,
)
"""In the order in which they are told; what is done for them goes the other way round."""
