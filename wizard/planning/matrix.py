"""The compatibility matrix: what each addressing of a target would cost each host; pure.

It is asked of the plans themselves, so it cannot say other than what a rollout would do. A host
that could be served only under other image names is told apart from one that cannot be served.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.discovery.facts import HostFacts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import Activation, Block, BlockReason, HostPlan, Verdict
from wizard.planning.work import RuntimePlanner
from wizard.target import Addressing, Canary, Target
from wizard.wording import mark

ADDRESSING_REASONS: Final = frozenset(
    {
        BlockReason.PREFIX_NOT_POSSIBLE,
        BlockReason.PREFIX_IN_HOSTS_FILE,
        BlockReason.PATH_NOT_POSSIBLE,
        BlockReason.PATH_BEFORE_V2,
    }
)
ADDRESSING_WORDS: Final = {
    Addressing.ROOT: mark("at the root"),
    Addressing.PREFIX: mark("under a project"),
    Addressing.PATH: mark("behind a path"),
}
_SOME_PREFIX: Final = "project"
_SOME_CANARY: Final = Canary(
    repository="library/pilotage-canary", tag="none", digest="sha256:none", pushed=True
)


class Cost(Enum):
    """What it takes until a host is served, in rising order of harm."""

    TRANSPARENT = "transparent"
    """Nothing: files are read at the next pull, or say it already."""
    RELOAD = "reload"
    RESTART = "restart"
    NAMES = "names"
    """No setting leads there: the names of the images must change."""
    IMPOSSIBLE = "impossible"
    """Something on the host stands against any change."""


COST_WORDS: Final = {
    Cost.TRANSPARENT: mark("transparent"),
    Cost.RELOAD: mark("one reload"),
    Cost.RESTART: mark("one restart"),
    Cost.NAMES: mark("image names must change"),
    Cost.IMPOSSIBLE: mark("impossible"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one addressing costs one host; `blocks` are why it is not served."""

    addressing: Addressing
    cost: Cost
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One host, with a cell for each addressing in the order of `Addressing`."""

    host: str
    flavour: str
    cells: tuple[Cell, ...]


def compatibility(
    facts: Sequence[HostFacts],
    target: Target,
    policy: RolloutPolicy,
    runtimes: Sequence[RuntimePlanner],
) -> tuple[Row, ...]:
    """Return a row for each host, in the order of the facts.

    Args:
        facts: of each host that discovery reached.
        target: its URL and CA count; where it is addressed otherwise, or has no canary yet, it is
            taken as if it were and had.
        policy: which restarts are allowed.
        runtimes: that are moved where they are found.
    """
    targets = [_addressed(target, addressing) for addressing in Addressing]
    return tuple(
        Row(
            host=one.host,
            flavour=", ".join(one.flavours),
            cells=tuple(_cell(plan_host(one, each, policy, runtimes), each) for each in targets),
        )
        for one in facts
    )


def _addressed(target: Target, addressing: Addressing) -> Target:
    prefix = "" if addressing is Addressing.ROOT else target.prefix or _SOME_PREFIX
    return dataclasses.replace(
        target, addressing=addressing, prefix=prefix, canary=target.canary or _SOME_CANARY
    )


def _cell(plan: HostPlan, target: Target) -> Cell:
    blocks = tuple(block for runtime in plan.runtimes for block in runtime.blocks)
    if plan.verdict is Verdict.BLOCKED:
        only_names = bool(blocks) and all(block.reason in ADDRESSING_REASONS for block in blocks)
        cost = Cost.NAMES if only_names else Cost.IMPOSSIBLE
        notes = plan.notes if not blocks else ()
        return Cell(addressing=target.addressing, cost=cost, blocks=blocks, notes=notes)
    costs = {
        Activation.NONE: Cost.TRANSPARENT,
        Activation.RELOAD: Cost.RELOAD,
        Activation.RESTART: Cost.RESTART,
    }
    return Cell(addressing=target.addressing, cost=costs[plan.activation])
