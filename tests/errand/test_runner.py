"""What a run makes of an errand's answer, of a lost one, and of a process that died."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.run.simulated_hosts import SimulatedHost, SimulatedHosts
from tests.run.virtual_time import VirtualClock, run_virtually
from wizard.errand.errand import Errand, ErrandAnswer, ErrandName, ErrandOutcome, ErrandStep
from wizard.fleet.host import Fleet, Host
from wizard.fleet.policy import Migration
from wizard.journal.events import EventKind, RunKind, RunResult
from wizard.journal.folder import RunFolder
from wizard.journal.store import Draft
from wizard.run.ending import Ending
from wizard.run.engine import Engine
from wizard.run.hosts import Unreached
from wizard.run.reader import read_view
from wizard.run.spec import RunSpec
from wizard.run.states import HostState
from wizard.run.view import RunView
from wizard.secret import Secret

_ERRAND = Errand(
    name=ErrandName.PULL_SECRET, host="cp1", arguments=("name", "web", ""), has_payload=True
)
_PAYLOAD = Secret('data: "dGhlIHNlY3JldCBvZiB0aGUgcm9ib3Q="')

_SPEC = RunSpec(
    run="run-1",
    kind=RunKind.ERRAND,
    operator="anna@desk",
    migration=Migration(fleet=Fleet(hosts=(Host(name="cp1", address="cp1"),))),
    hosts=("cp1",),
    errand=_ERRAND,
)


@dataclass
class _Host:
    answer: ErrandAnswer | Unreached
    sent: int = 0

    async def carry_out(
        self, errand: Errand, *, payload: Secret | None, told: Callable[[ErrandStep], None]
    ) -> ErrandAnswer:
        self.sent += 1
        for step in () if isinstance(self.answer, Unreached) else self.answer.steps:
            told(step)
        if isinstance(self.answer, Unreached):
            raise self.answer
        return self.answer


@dataclass
class _World:
    folder: RunFolder
    clock: VirtualClock

    def create(self, *more: Draft) -> None:
        """Create the journal, with what an earlier process wrote."""
        first = (*_SPEC.first_events(), *more)
        self.folder.create("run-1", documents=_SPEC.documents(), first=first)

    def run(self, host: _Host, *, payload: Secret | None = _PAYLOAD) -> tuple[Ending, RunView]:
        if not self.folder.has("run-1"):
            self.create()
        engine = Engine(
            spec=_SPEC,
            journal=self.folder.open("run-1"),
            actions=SimulatedHosts(SimulatedHost("cp1")),
            clock=self.clock,
            errands=host,
            payload=payload,
        )
        ending = run_virtually(engine.run())
        return ending, read_view(self.folder, "run-1")


def _world(root: Path) -> _World:
    clock = VirtualClock()
    return _World(folder=RunFolder(root, clock), clock=clock)


def _lost(*, sent: bool) -> Unreached:
    return Unreached("the connection was lost", host="cp1", failure="lost", sent=sent)


def test_an_errand_that_is_done_is_done(tmp_path: Path) -> None:
    """Intent first, outcome after; there is nothing to take back."""
    host = _Host(ErrandAnswer(outcome=ErrandOutcome.DONE))
    world = _world(tmp_path)

    ending, view = world.run(host)

    events = [event.kind for event in world.folder.open("run-1").tail() if event.host]
    assert (ending.result, view.hosts[0].state) == (RunResult.COMPLETED, HostState.DONE)
    assert events == [EventKind.ERRAND_SENT, EventKind.ERRAND_ENDED]
    assert not view.changed


def test_a_lost_answer_is_not_guessed_about(tmp_path: Path) -> None:
    """It may have been done, and it says that it can be started again."""
    _ending, view = _world(tmp_path).run(_Host(_lost(sent=True)))

    [row] = view.hosts
    assert (row.state, view.result) == (HostState.NOT_DONE, RunResult.FAILED)
    assert row.trouble is not None
    assert row.trouble.state == "Its state is not known until it answers."
    assert "Start it again" in row.trouble.todo


def test_what_was_done_before_a_failure_is_told(tmp_path: Path) -> None:
    """A person has to know how far it came."""
    steps = (
        ErrandStep(subject="secret in web", result="changed"),
        ErrandStep(subject="secret in db", result="same"),
    )
    failed = ErrandAnswer(outcome=ErrandOutcome.FAILED, detail="db: gone", steps=steps)

    _ending, view = _world(tmp_path).run(_Host(failed))

    trouble = view.hosts[0].trouble
    assert trouble is not None
    assert (trouble.what, trouble.state) == ("db: gone", "Done by then: secret in web.")


def test_words_of_the_payload_are_struck_out_of_what_a_host_says(tmp_path: Path) -> None:
    """A program may quote what it was given."""
    encoded = _PAYLOAD.reveal().split('"')[1]
    refused = ErrandAnswer(outcome=ErrandOutcome.REFUSED, detail=f"bad value {encoded} in name")
    world = _world(tmp_path)

    _ending, view = world.run(_Host(refused))

    trouble = view.hosts[0].trouble
    assert trouble is not None
    assert trouble.what == "bad value ‹secret› in name"
    assert encoded not in str(world.folder.open("run-1").tail())


def test_a_resumed_errand_without_what_it_was_to_bring_is_not_sent(tmp_path: Path) -> None:
    """The login died with the first process, and is asked for by starting it again."""
    host = _Host(ErrandAnswer(outcome=ErrandOutcome.DONE))

    ending, view = _world(tmp_path).run(host, payload=None)

    assert (ending.result, host.sent) == (RunResult.FAILED, 0)
    assert "start it again" in ending.reason
    assert [row.state for row in view.hosts] == [HostState.WAITING]


def test_an_errand_of_which_nothing_is_known_is_sent_again(tmp_path: Path) -> None:
    """A process that died after the intent leaves a host at work; the errand may be repeated."""
    world = _world(tmp_path)
    world.create(Draft(kind=EventKind.ERRAND_SENT, host="cp1", data={"errand": "pull_secret"}))
    again = _Host(ErrandAnswer(outcome=ErrandOutcome.UNCHANGED))

    ending, view = world.run(again)

    assert (ending.result, again.sent) == (RunResult.COMPLETED, 1)
    assert [row.state for row in view.hosts] == [HostState.DONE]
    assert view.hosts[0].trouble is None


def test_a_short_password_of_a_payload_is_in_no_journal(tmp_path: Path) -> None:
    """Harbor's own, and one whose parts are short, may be quoted by its installer."""
    payload = Secret(
        "hostname: reg\nharbor_admin_password: Harbor12345\ndatabase:\n  password: 'ab:cd{1}23'\n"
    )
    refused = ErrandAnswer(
        outcome=ErrandOutcome.FAILED, detail="login with Harbor12345 or ab:cd{1}23 failed"
    )
    _ending, view = _world(tmp_path).run(_Host(refused), payload=payload)
    trouble = view.hosts[0].trouble
    assert trouble is not None
    assert trouble.what == "login with ‹secret› or ‹secret› failed"


def test_each_change_is_in_the_journal_before_the_answer(tmp_path: Path) -> None:
    """Whoever watches sees how far it is; what was as it should be is told at the end only."""
    steps = (
        ErrandStep(subject="image", result="same"),
        ErrandStep(subject="data", result="changed", detail="of nobody's business"),
        ErrandStep(subject="container", result="changed"),
    )
    world = _world(tmp_path)

    world.run(_Host(ErrandAnswer(outcome=ErrandOutcome.DONE, steps=steps)))

    events = [one for one in world.folder.open("run-1").tail() if one.host == "cp1"]
    assert [(one.kind, one.data.get("subject")) for one in events] == [
        (EventKind.ERRAND_SENT, None),
        (EventKind.ERRAND_TOLD, "data"),
        (EventKind.ERRAND_TOLD, "container"),
        (EventKind.ERRAND_ENDED, None),
    ]
    assert [set(one.data) for one in events[1:3]] == [{"subject", "result"}] * 2
