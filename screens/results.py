"""What came of the steps, each with the answers that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.discovery.facts import HostFacts
from wizard.fleet.host import Fleet
from wizard.fleet.policy import RolloutPolicy, TargetChoice
from wizard.planning.plan import Plan
from wizard.service import Discovery, TargetReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finished discovery and the fleet that it was made of."""

    fleet: Fleet
    discovery: Discovery


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """A probed target and the choice that it was made of."""

    choice: TargetChoice
    report: TargetReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, its hash, and everything that it was made of."""

    plan: Plan
    plan_hash: str
    facts: tuple[HostFacts, ...]
    choice: TargetChoice
    policy: RolloutPolicy
