"""Which hosts are changed together: the canary wave first, then waves of given sizes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from wizard.errors import InputError
from wizard.fleet.policy import CanaryChoice, RolloutPolicy
from wizard.planning.plan import HostPlan, Verdict
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

    Blocked hosts and hosts with nothing to do are in no wave. Raises InputError for a canary
    that names unknown hosts or labels, or has nothing to change, and for sizes that are none.
    """
    sizes = [_size(text) for text in policy.waves]
    if not sizes:
        raise InputError(
            _("the rollout has no waves"), todo=_("Give at least one size, such as 25%.")
        )
    chosen = _canary(hosts, labels, policy.canary)
    to_change = [host.host for host in hosts if host.verdict is Verdict.CHANGE]
    if not to_change:
        return ()
    waves = [tuple(name for name in to_change if name in chosen)]
    rest = [name for name in to_change if name not in chosen]
    for number, percent in _repeated(sizes, len(rest)):
        count = -(-number * len(to_change) // _WHOLE) if percent else number
        if not rest:
            break
        waves.append(tuple(rest[:count]))
        rest = rest[count:]
    return tuple(waves)


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
    if choice.hosts and choice.label:
        raise InputError(
            _("the canary is chosen both by hosts and by a label"), todo=_("Keep one of them.")
        )
    if choice.hosts:
        named = _named(hosts, choice.hosts)
    elif choice.label:
        named = _labelled(hosts, labels, choice.label)
    else:
        return _per_flavour(hosts, choice.per_flavour)
    changing = {host.host for host in hosts if host.verdict is Verdict.CHANGE}
    if changing and not named & changing:
        raise InputError(
            _("no host of the canary has anything to change"),
            todo=_("Choose canary hosts among those that the plan changes."),
        )
    return named & changing


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
