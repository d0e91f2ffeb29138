"""Which hosts a target below a prefix leaves out, and why; pure.

Docker with its own image store puts a mirror's path before /v2, so no project can serve it; with
containerd's store, from 28 on, hosts.toml can (facts/runtimes.md §5). No host is half-served: its
Podman stays as it was too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from wizard.planning.plan import BlockReason
from wizard.practice.demo.incidents import READ_PER_PULL
from wizard.practice.designs import HostDesign

ROLLOUT: Final[Mapping[str, Any]] = {"leave_out_blocked": True}
"""What an operator writes who goes on without the hosts that cannot be served."""


def left_out(designs: Iterable[HostDesign], *, prefix: bool) -> dict[str, str]:
    """Return the hosts that the target cannot serve, each with a `BlockReason`'s value."""
    if not prefix:
        return {}
    reason = BlockReason.PREFIX_NOT_POSSIBLE.value
    return {design.name: reason for design in designs if not _takes_a_prefix(design)}


def _takes_a_prefix(design: HostDesign) -> bool:
    return design.docker is None or design.flavour in READ_PER_PULL
