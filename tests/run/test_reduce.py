"""A run's state follows from its events, and impossible ones are refused."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

from wizard.errors import JournalError
from wizard.journal.events import Event, EventKind, Order, RunKind, RunResult
from wizard.run.ending import Ending
from wizard.run.outcomes import Standing, Told, after_answer, after_intent
from wizard.run.reduce import RunReducer
from wizard.run.row import HostRow
from wizard.run.states import TRANSITIONS, HostState, RunState
from wizard.transaction.answers import LedgerState, Outcome, Verb


def events(*parts: tuple[EventKind, str | None, dict[str, Any]]) -> list[Event]:
    """Return numbered events of a rollout of hosts a and b."""
    created = {
        "kind": "rollout",
        "operator": "anna@desk",
        "plan_hash": "",
        "hosts": ["a", "b"],
        "waves": [["a"], ["b"]],
        "of": "",
    }
    every = [(EventKind.RUN_CREATED, None, created), *parts]
    return [
        Event(seq=seq, at=float(seq), kind=kind, host=host, wave=0, data=data)
        for seq, (kind, host, data) in enumerate(every, 1)
    ]


def intent(verb: str) -> dict[str, Any]:
    """Return the data of an INTENT."""
    return {"verb": verb}


def outcome(verb: str, outcome: str, **answer: Any) -> dict[str, Any]:
    """Return the data of an OUTCOME."""
    told = {"verb": verb, "outcome": outcome, "run": "r", "state": None, **answer}
    return {"verb": verb, "answer": told}


APPLIED = outcome("apply", "applied", state="armed", proven=True, deadline=60.0)


def reduced(*parts: tuple[EventKind, str | None, dict[str, Any]]) -> RunReducer:
    """Return the reducer after those events."""
    reducer = RunReducer("r")
    reducer.feed_all(events(*parts))
    return reducer


def test_exactly_the_transitions_of_the_table_are_possible() -> None:
    """Each pair of states is allowed by the table, the same state, or a JournalError."""
    event = Event(seq=1, at=1.0, kind=EventKind.OUTCOME, host="a")
    possible: dict[HostState, set[HostState]] = {}
    for before, after in itertools.product(HostState, HostState):
        row = HostRow("a", 0)
        row.state = before
        try:
            row._become(after, event)
        except JournalError:
            assert row.state is before
        else:
            assert row.state is after
            possible.setdefault(before, set()).add(after)
    assert possible == {state: {state, *TRANSITIONS[state]} for state in HostState}


@pytest.mark.parametrize("kind", [RunKind.ROLLOUT, RunKind.ROLLBACK])
@pytest.mark.parametrize("verb", [Verb.APPLY, Verb.CONFIRM, Verb.RENEW, Verb.STATUS])
def test_no_answer_to_a_verb_leads_out_of_the_table(kind: RunKind, verb: Verb) -> None:
    """Whatever a host answers where the verb is sent from, the transition exists."""
    sent_from = {
        Verb.APPLY: HostState.APPLYING,
        Verb.CONFIRM: HostState.CONFIRMING,
        Verb.RENEW: HostState.ARMED,
        Verb.STATUS: HostState.LOST,
    }[verb]
    both = (False, True)
    for answer, ledger, proven, has_ledger in itertools.product(
        Outcome, (None, *LedgerState), both, both
    ):
        standing = Standing(kind=kind, state=sent_from, doing=Verb.APPLY, has_ledger=has_ledger)
        told = Told(outcome=answer, ledger=ledger, proven=proven)
        state = after_answer(standing, verb, told).state
        assert state is sent_from or state in TRANSITIONS[sent_from], (answer, ledger)


@pytest.mark.parametrize("kind", [RunKind.ROLLOUT, RunKind.ROLLBACK])
@pytest.mark.parametrize("verb", [Verb.REVERT, Verb.UNDO])
def test_no_answer_to_taking_back_leads_out_of_the_table(kind: RunKind, verb: Verb) -> None:
    """The same for revert and undo, in both kinds of runs."""
    sent_from = after_intent(kind, HostState.CONFIRMED, verb)
    for answer, ledger, has_ledger in itertools.product(
        Outcome, (None, *LedgerState), (False, True)
    ):
        standing = Standing(kind=kind, state=sent_from, doing=verb, has_ledger=has_ledger)
        state = after_answer(standing, verb, Told(outcome=answer, ledger=ledger)).state
        assert state is sent_from or state in TRANSITIONS[sent_from], (answer, ledger)


def test_gap_in_the_numbers_is_refused() -> None:
    """A journal with a hole is no journal."""
    first, second = events((EventKind.WAVE_STARTED, None, {"hosts": ["a"]}))
    reducer = RunReducer("r")
    reducer.feed(first)
    with pytest.raises(JournalError, match="event 3 follows event 1"):
        reducer.feed(Event(seq=3, at=second.at, kind=second.kind, data=second.data))


def test_event_of_a_stranger_is_refused() -> None:
    """An event of a host that the run does not have is a JournalError, not a KeyError."""
    with pytest.raises(JournalError, match="event 2"):
        reduced((EventKind.INTENT, "stranger", intent("apply")))


def test_deadline_of_an_armed_host_is_told_as_an_epoch() -> None:
    """The host tells seconds; people see when."""
    reducer = reduced((EventKind.INTENT, "a", intent("apply")), (EventKind.OUTCOME, "a", APPLIED))
    row = reducer.view().hosts[0]
    assert (row.state, row.deadline) == (HostState.ARMED, 63.0)


def test_armed_without_proof_is_not_taken_for_armed() -> None:
    """A ledger that is armed before its probes have passed leaves the host in doubt."""
    reducer = reduced(
        (EventKind.INTENT, "a", intent("apply")),
        (EventKind.OUTCOME, "a", outcome("status", "state", state="armed", proven=False)),
    )
    assert reducer.rows["a"].state is HostState.LOST
    assert reducer.counters.lost_after_change == 1


def test_old_journal_with_a_failed_way_back_reads_as_changed() -> None:
    """Without `ledgers` it is read too; its half-reverted host is changed, also when forgiven."""
    reducer = reduced(
        (EventKind.WAVE_STARTED, None, {"hosts": ["a"]}),
        (EventKind.INTENT, "a", intent("apply")),
        (EventKind.OUTCOME, "a", outcome("apply", "revert_failed", state="reverting")),
        (EventKind.WENT_ON, None, {"by": "anna@desk", "order": "retry", "hosts": ["a"]}),
    )
    assert reducer.rows["a"].state is HostState.REVERT_FAILED
    assert reducer.changed
    assert Ending(result=RunResult.FAILED).data(reducer)["changed"] == ["a"]


@pytest.mark.parametrize("refusal", ["drift", "busy", "refused"])
def test_refused_host_is_unchanged(refusal: str) -> None:
    """Nothing is left to take back on a host that refused."""
    reducer = reduced(
        (EventKind.INTENT, "a", intent("apply")),
        (EventKind.OUTCOME, "a", outcome("apply", refusal)),
    )
    assert reducer.rows["a"].state is HostState.REFUSED
    assert not reducer.changed


@pytest.mark.parametrize(
    ("ledger", "state"),
    [("reverting", HostState.REVERT_FAILED), ("conflict", HostState.CONFLICT)],
)
def test_refused_retry_does_not_hide_a_change_that_is_still_there(
    ledger: str, state: HostState
) -> None:
    """Drift on a host whose way back failed before is no host without a change."""
    first = "conflict" if ledger == "conflict" else "revert_failed"
    reducer = reduced(
        (EventKind.INTENT, "a", intent("apply")),
        (EventKind.OUTCOME, "a", outcome("apply", first, state=ledger)),
        (EventKind.INTENT, "a", intent("apply")),
        (EventKind.OUTCOME, "a", outcome("apply", "drift", state=ledger)),
    )
    assert reducer.rows["a"].state is state
    assert reducer.changed


def test_run_without_a_process_is_an_orphan_and_takes_no_orders() -> None:
    """What a view says depends on whether somebody runs it."""
    reducer = reduced((EventKind.PROCESS_STARTED, None, {"pid": 1}))
    assert reducer.view().choices == (Order.PAUSE, Order.STOP)
    assert reducer.view(running=False).state is RunState.ORPHANED
    assert reducer.view(running=False).choices == ()


def test_five_thousand_hosts_at_a_thousand_events_a_second_are_cheap() -> None:
    """Feeding 10,000 events and making 50 views takes well under a second of this machine."""
    names = [f"h{number:04}" for number in range(5000)]
    created = Event(
        seq=1,
        at=0.0,
        kind=EventKind.RUN_CREATED,
        data={
            "kind": "rollout",
            "operator": "",
            "plan_hash": "",
            "hosts": names,
            "waves": [names[:1], names[1:]],
            "of": "",
        },
    )
    reducer = RunReducer("r")
    reducer.feed(created)
    started = time.process_time()
    seq = 1
    for number, name in enumerate(names):
        for kind, data in ((EventKind.INTENT, intent("apply")), (EventKind.OUTCOME, APPLIED)):
            seq += 1
            reducer.feed(Event(seq=seq, at=1.0, kind=kind, host=name, wave=0, data=data))
        if number % 100 == 0:
            reducer.view()
    spent = time.process_time() - started
    assert reducer.count_in(HostState.ARMED) == 5000
    assert spent < 2.0
