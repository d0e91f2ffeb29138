"""Which hosts are changed together: the canary wave first, then waves of given sizes.

Hosts that are changed one at a time, as servers of one k3s cluster, never share a wave: so they are
apart too when a wave is taken back, or reverts by itself (facts/runtimes.md §4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from wizard.errors import InputError, PlanBlocked
from wizard.fleet.policy import CanaryChoice, Migration, RolloutPolicy
from wizard.planning.plan import HostPlan, Plan, Verdict
from wizard.wording import _

Labels = tuple[tuple[str, str], ...]
"""Key and value of each label of a host."""

_SIZE: Final = re.compile(r"([0-9]{1,9})(%?)")
_WHOLE: Final = 100


def plan_waves(
    hosts: Sequence[HostPlan], labels: Mapping[str, Labels], policy: RolloutPolicy
) -> tuple[tuple[str, ...], ...]:
    """Return the names of hosts to change, by wave, canary first; deterministic.

    Args:
        hosts: the plans in the operator's order, which each wave keeps.
        labels: of each host by its name.
        policy: the choice of the canary, and the sizes of the waves after it: a count, or a
            percentage (rounded up) of all hosts to change. The last size is repeated.

    Of canary hosts that must not share a wave the first is the canary, the others come in the next
    waves, as all that do not fit. Blocked hosts and hosts with nothing to do are in no wave; where
    that leaves no canary of those chosen, there is no wave at all, and `canary_problem` says why.
    Raises InputError for a canary that names unknown hosts or labels, and for sizes that are none.
    """
    sizes = [_size(text) for text in policy.waves]
    if not sizes:
        raise InputError(
            _("the rollout has no waves"), todo=_("Give at least one size, such as 25%.")
        )
    chosen = _canary(hosts, labels, policy.canary)
    to_change = [host.host for host in hosts if host.verdict is Verdict.CHANGE]
    if not to_change or not chosen:
        return ()
    alone = {host.host: host.one_at_a_time for host in hosts}
    canary = _apart((name for name in to_change if name in chosen), alone)
    waves = [canary]
    rest = _without(to_change, canary)
    for number, percent in _repeated(sizes, len(rest)):
        count = -(-number * len(to_change) // _WHOLE) if percent else number
        if not rest:
            break
        wave = _apart(rest, alone)[:count]
        waves.append(wave)
        rest = _without(rest, wave)
    return tuple(waves)


def _without(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    gone = frozenset(taken)
    return [name for name in names if name not in gone]


def _apart(names: Iterable[str], alone: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names without those that are changed one at a time with an earlier one."""
    taken: set[str] = set()
    apart = []
    for name in names:
        word = alone[name]
        if word not in taken:
            apart.append(name)
        taken |= {word} - {""}
    return tuple(apart)


def no_canary(migration: Migration, plan: Plan) -> PlanBlocked | None:
    """Return why a plan with hosts to change has no waves; None where it has, or has none."""
    if any(plan.waves):
        return None
    labels = {host.name: host.labels for host in migration.fleet.hosts}
    return canary_problem(plan.hosts, labels, migration.policy.canary)


def canary_problem(
    hosts: Sequence[HostPlan], labels: Mapping[str, Labels], choice: CanaryChoice
) -> PlanBlocked | None:
    """Return why no chosen canary can go first, though hosts are to be changed; None if one can.

    Raises InputError as `plan_waves`.
    """
    changing = [host.host for host in hosts if host.verdict is Verdict.CHANGE]
    if not changing or _canary(hosts, labels, choice):
        return None
    named = _chosen_names(hosts, labels, choice) or frozenset()
    canary = [host for host in hosts if host.host in named]
    blocked = next((host for host in canary if host.verdict is Verdict.BLOCKED), None)
    choose = _("Choose canary hosts among those that the plan changes.")
    if blocked is None:
        return PlanBlocked(
            _("no host of the canary has anything to change: {hosts}").format(
                hosts=", ".join(host.host for host in canary)
            ),
            state=_("Nothing was changed."),
            todo=choose,
        )
    blocks = [found for runtime in blocked.runtimes for found in runtime.blocks]
    reasons = [found.detail for found in blocks] or list(blocked.notes)
    ways_out = [way for found in blocks for way in found.ways_out]
    return PlanBlocked(
        _("canary {host} is blocked: {reasons}").format(
            host=blocked.host, reasons="; ".join(reasons)
        ),
        host=blocked.host,
        state=_("Nothing was changed."),
        todo=" ".join((*ways_out, choose)),
    )


def _repeated(sizes: Sequence[tuple[int, bool]], times: int) -> list[tuple[int, bool]]:
    return [*sizes, *([sizes[-1]] * times)]


def _size(text: str) -> tuple[int, bool]:
    found = _SIZE.fullmatch(text)
    number, percent = (int(found[1]), bool(found[2])) if found else (0, False)
    if number == 0 or (percent and number > _WHOLE):
        raise InputError(
            _("{text!r} is no size of a wave").format(text=text),
            todo=_("Write a count of hosts, such as 3, or a share of them, such as 25%."),
        )
    return number, percent


def _canary(
    hosts: Sequence[HostPlan], labels: Mapping[str, Labels], choice: CanaryChoice
) -> frozenset[str]:
    """Return the chosen hosts that change."""
    named = _chosen_names(hosts, labels, choice)
    if named is None:
        return _per_flavour(hosts, choice.per_flavour)
    return named & {host.host for host in hosts if host.verdict is Verdict.CHANGE}


def _chosen_names(
    hosts: Sequence[HostPlan], labels: Mapping[str, Labels], choice: CanaryChoice
) -> frozenset[str] | None:
    """Return the hosts chosen by name or by label, None where flavours choose."""
    if choice.hosts and choice.label:
        raise InputError(
            _("the canary is chosen both by hosts and by a label"), todo=_("Keep one of them.")
        )
    if choice.hosts:
        return _named(hosts, choice.hosts)
    return _labelled(hosts, labels, choice.label) if choice.label else None


def _named(hosts: Sequence[HostPlan], names: Sequence[str]) -> frozenset[str]:
    known = {host.host for host in hosts}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            _("the canary names hosts that the fleet does not have: {names}").format(
                names=", ".join(unknown)
            ),
            todo=_("Use the names of the fleet."),
        )
    return frozenset(names)


def _labelled(
    hosts: Sequence[HostPlan], labels: Mapping[str, Labels], label: str
) -> frozenset[str]:
    key, equals, value = label.partition("=")
    if not equals or not key:
        raise InputError(
            _("{label!r} is no label").format(label=label), todo=_("Write it as key=value.")
        )
    found = frozenset(host.host for host in hosts if (key, value) in labels.get(host.host, ()))
    if not found:
        raise InputError(
            _("no host has the label {label}").format(label=label),
            todo=_("Use a label that hosts of the fleet have."),
        )
    return found


def _per_flavour(hosts: Sequence[HostPlan], count: int) -> frozenset[str]:
    """Return the first hosts of each flavour that has something to change."""
    if count < 1:
        raise InputError(
            _("a canary of {count} hosts per flavour tries nothing").format(count=count),
            todo=_("Take at least one host per flavour."),
        )
    taken: dict[str, list[str]] = {}
    for host in hosts:
        names = taken.setdefault(host.flavour, [])
        if host.verdict is Verdict.CHANGE and len(names) < count:
            names.append(host.host)
    return frozenset(name for names in taken.values() for name in names)
