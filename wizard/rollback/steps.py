"""What a rollback does in which order; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from wizard.fleet.policy import RolloutPolicy
from wizard.run.states import CHANGED, HostState
from wizard.run.view import HostView, RunView, WaveView

ONE_BY_ONE: Final = ("1",)
"""The waves of a policy by which a rollback goes host by host."""


def waves_to_undo(
    view: RunView | None,
    *,
    fleet: Sequence[str],
    hosts: Collection[str] = (),
    wave: int | None = None,
    policy: RolloutPolicy | None = None,
) -> tuple[tuple[str, ...], ...]:
    """Return the hosts of a rollback by wave, last changed first.

    Args:
        view: of the run that is undone; None where its journal is elsewhere: then every host
            of the fleet is asked, in one wave, and its ledger decides.
        fleet: names of all hosts.
        hosts: only these, whatever the journal says of them; empty means all that are changed,
            or may be.
        wave: only this one of the run's waves.
        policy: with waves of `("1",)` every host becomes a wave of its own.
    """
    if view is None:
        waves = [[name for name in fleet if not hosts or name in hosts]]
    else:
        states = {row.name: row.state for row in view.hosts}
        waves = [
            [
                name
                for name in reversed(one.hosts)
                if (name in hosts if hosts else states[name] in CHANGED)
            ]
            for one in reversed(view.waves)
            if wave is None or one.index == wave
        ]
    if policy is not None and policy.waves == ONE_BY_ONE:
        waves = [[name] for one in waves for name in one]
    return tuple(tuple(one) for one in waves if one)


def as_rolled_back(view: RunView, taken_back: Mapping[str, float]) -> RunView:
    """Return a rollout's view with hosts as later rollbacks left them.

    `taken_back` says when each was taken back: a run that was resumed may have changed or
    confirmed a host once more since, and then that counts.
    """
    back = {row.name for row in view.hosts if taken_back.get(row.name, 0.0) > row.acted_at}
    if not back:
        return view
    rows = tuple(_rolled_back(row) if row.name in back else row for row in view.hosts)
    states = {row.name: row.state for row in rows}
    return replace(
        view,
        hosts=rows,
        waves=tuple(_recounted(wave, states) for wave in view.waves),
        changed=any(state in CHANGED for state in states.values()),
    )


def _rolled_back(row: HostView) -> HostView:
    return replace(
        row,
        state=HostState.ROLLED_BACK,
        detail="",
        deadline=None,
        trouble=None,
        has_ledger=False,
    )


def _recounted(wave: WaveView, states: dict[str, HostState]) -> WaveView:
    counts: dict[HostState, int] = {}
    for name in wave.hosts:
        counts[states[name]] = counts.get(states[name], 0) + 1
    return replace(
        wave, counts=tuple((state, counts[state]) for state in HostState if state in counts)
    )
