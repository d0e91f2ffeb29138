"""The plan for the whole fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wizard.discovery.facts import HostFacts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import HostPlan, Plan
from wizard.planning.work import RuntimePlanner
from wizard.rollout.waves import Labels, plan_waves
from wizard.target import Target
from wizard.wording import _


def plan_fleet(
    facts: Sequence[HostFacts],
    target: Target,
    policy: RolloutPolicy,
    runtimes: Sequence[RuntimePlanner],
    *,
    labels: Mapping[str, Labels] | None = None,
    unreachable: Mapping[str, str] | None = None,
) -> Plan:
    """Return the plan for all hosts, in the order of the facts; pure.

    Args:
        facts: of each host that discovery reached.
        target: where images come from after the change.
        policy: how the rollout goes.
        runtimes: that are moved where they are found; of two that want one file the first gets it.
        labels: of each host by its name; needed when the canary is chosen by a label.
        unreachable: hosts that discovery did not reach, with the reason; they follow the
            others, blocked, and are in no wave.

    Raises InputError when the policy names hosts, labels or sizes that make no sense.
    """
    hosts = [plan_host(one, target, policy, runtimes) for one in facts]
    hosts += [_not_reached(name, reason) for name, reason in (unreachable or {}).items()]
    return Plan(target=target, hosts=tuple(hosts), waves=plan_waves(hosts, labels or {}, policy))


def _not_reached(name: str, reason: str) -> HostPlan:
    note = _("It was not reached: {reason}").format(reason=reason)
    return HostPlan(host=name, runtimes=(), notes=(note,))
