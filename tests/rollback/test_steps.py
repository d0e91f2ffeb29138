"""Which hosts a rollback takes, and in which order."""

from __future__ import annotations

from dataclasses import replace

from wizard.fleet.policy import RolloutPolicy
from wizard.journal.events import RunKind
from wizard.rollback.steps import ONE_BY_ONE, as_rolled_back, waves_to_undo
from wizard.run.states import HostState, RunState
from wizard.run.view import HostView, RunView, WaveView

FLEET = ("canary", "a", "b", "c", "d")
STATES = {
    "canary": HostState.CONFIRMED,
    "a": HostState.CONFIRMED,
    "b": HostState.REVERTED,
    "c": HostState.LOST,
    "d": HostState.WAITING,
}
VIEW = RunView(
    run="r",
    kind=RunKind.ROLLOUT,
    state=RunState.ENDED,
    changed=True,
    hosts=tuple(HostView(name=name, state=STATES[name]) for name in FLEET),
    waves=(
        WaveView(index=0, hosts=("canary",)),
        WaveView(index=1, hosts=("a", "b")),
        WaveView(index=2, hosts=("c", "d")),
    ),
)


def test_last_wave_is_undone_first_and_untouched_hosts_are_left_out() -> None:
    """Hosts that were never changed, or are as before, need no undoing."""
    assert waves_to_undo(VIEW, fleet=FLEET) == (("c",), ("a",), ("canary",))


def test_one_wave_only() -> None:
    """Naming a wave leaves the others alone."""
    assert waves_to_undo(VIEW, fleet=FLEET, wave=1) == (("a",),)


def test_named_hosts_are_taken_whatever_the_journal_says() -> None:
    """The host's ledger is the truth, so an operator may insist."""
    assert waves_to_undo(VIEW, fleet=FLEET, hosts=("b", "canary")) == (("b",), ("canary",))


def test_half_reverted_hosts_are_taken_and_refused_ones_are_not() -> None:
    """A failed way back left a change behind; a refusal changed nothing."""
    states = {**STATES, "b": HostState.REVERT_FAILED, "c": HostState.REFUSED}
    view = replace(VIEW, hosts=tuple(HostView(name=n, state=states[n]) for n in FLEET))
    assert waves_to_undo(view, fleet=FLEET) == (("b", "a"), ("canary",))


def test_run_stays_changed_while_a_host_is_half_reverted() -> None:
    """Rolling the others back does not make it forgotten; a refused host counts for nothing."""
    half = {**STATES, "c": HostState.REVERT_FAILED}
    refused = {**STATES, "c": HostState.REFUSED}
    views = [
        replace(VIEW, hosts=tuple(HostView(name=n, state=states[n]) for n in FLEET))
        for states in (half, refused)
    ]
    back = {"canary": 9.0, "a": 9.0}
    assert [as_rolled_back(view, back).changed for view in views] == [True, False]


def test_host_by_host() -> None:
    """Step-through makes every host a wave of its own."""
    policy = RolloutPolicy(waves=ONE_BY_ONE)
    whole = replace(
        VIEW, hosts=tuple(replace(row, state=HostState.CONFIRMED) for row in VIEW.hosts)
    )
    waves = waves_to_undo(whole, fleet=FLEET, policy=policy)
    assert waves == (("d",), ("c",), ("b",), ("a",), ("canary",))


def test_without_a_journal_every_host_is_asked() -> None:
    """Somebody with only the fleet lets the ledgers decide."""
    assert waves_to_undo(None, fleet=FLEET) == (FLEET,)
    assert waves_to_undo(None, fleet=FLEET, hosts=("a",)) == (("a",),)


def test_view_of_a_rollout_shows_what_later_rollbacks_took_back() -> None:
    """States, counts and `changed` follow."""
    partly = as_rolled_back(VIEW, {"canary": 9.0, "a": 9.0})
    wholly = as_rolled_back(VIEW, {"canary": 9.0, "a": 9.0, "c": 9.0})
    assert partly.changed
    assert not wholly.changed
    assert wholly.waves[1].counts == ((HostState.REVERTED, 1), (HostState.ROLLED_BACK, 1))


def test_a_rollback_older_than_the_last_change_does_not_count() -> None:
    """A run that was resumed may have changed a host once more after it was rolled back."""
    rows = tuple(replace(row, acted_at=20.0) for row in VIEW.hosts)
    view = as_rolled_back(replace(VIEW, hosts=rows), {"canary": 9.0, "a": 21.0})
    states = {row.name: row.state for row in view.hosts}
    assert (states["canary"], states["a"]) == (STATES["canary"], HostState.ROLLED_BACK)
