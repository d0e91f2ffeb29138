"""What drills promise, and how the end of one is judged: by hosts and journals, never by words."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from wizard.cli.drill_text import report_lines
from wizard.cli.table import cell_width
from wizard.errors import InputError
from wizard.journal.events import Event, EventKind, Order, RunKind, RunResult
from wizard.planning.plan import FileChange, FilePurpose, FileVersion, HostPlan
from wizard.practice.demo.drill_report import Deed, Journal, report
from wizard.practice.demo.drills import (
    DRILLS,
    LEAST,
    LEDGERS,
    SERVES,
    Drill,
    HostLeft,
    Standing,
    drill,
    drill_rollout,
    judge,
)
from wizard.practice.demo.endings import Server
from wizard.practice.demo.judging import Found, HostTruth
from wizard.practice.demo.scenarios import SCENARIOS
from wizard.practice.demo.truth import Entry, HostPhotograph, Kind
from wizard.practice.designs import fleet_designs
from wizard.run.states import RunState
from wizard.run.summary import RunSummary
from wizard.wording import _, choose_language

ROOM = 80 - 2 - len("Drill  ") - 2 - len("1:02:03")
"""Cells that the strip has for a goal at 80 columns, after an hour."""
CONFIG = "/etc/docker/daemon.json"
BEFORE, AFTER = "{}\n", '{"registry-mirrors": ["https://localhost:1"]}\n'
EVERY = pytest.mark.parametrize("one", DRILLS.values(), ids=lambda one: one.scenario)


@EVERY
def test_a_drill_is_one_of_the_scenarios(one: Drill) -> None:
    """Its faults are those of the scenario that has its name."""
    assert SCENARIOS[one.scenario].faults


@EVERY
@pytest.mark.parametrize("language", ["", "zh_CN"])
def test_every_goal_fits_into_the_strip(one: Drill, language: str) -> None:
    """At 80 columns nothing of a goal is cut, in either language."""
    choose_language({"LANGUAGE": language})
    try:
        assert cell_width(_(one.goal)) <= ROOM
    finally:
        choose_language({})


@EVERY
@pytest.mark.parametrize("count", [LEAST, 8, 24])
def test_no_canary_of_a_drill_is_struck(one: Drill, count: int) -> None:
    """The trouble comes in a later wave, for every seed."""
    for seed in range(20):
        designs = fleet_designs(count, seed)
        canary = drill_rollout(one, designs, seed)["canary"]["hosts"]

        assert canary
        assert not set(canary) & set(SCENARIOS[one.scenario].struck(designs, seed).values())


@EVERY
def test_a_fleet_that_is_too_small_for_a_drill_is_refused(one: Drill) -> None:
    """There must be hosts behind the canary to be in trouble together."""
    with pytest.raises(InputError) as raised:
        drill_rollout(one, fleet_designs(LEAST - 1), 0)

    assert raised.value.what == f"A drill needs at least {LEAST} hosts."


def test_an_unknown_drill_is_refused_with_all_that_there_are() -> None:
    """So that the next try is right; a scenario without a drill is unknown too."""
    with pytest.raises(InputError) as raised:
        drill("calm")

    assert raised.value.todo == f"Choose one of: {', '.join(DRILLS)}."


@pytest.mark.parametrize(
    ("content", "serves", "undecided", "found", "wrong"),
    [
        (AFTER, Server.TARGET, (), Standing.ON_TARGET, ()),
        (BEFORE, Server.UPSTREAM, (), Standing.AS_BEFORE, (CONFIG, "serves:upstream")),
        (AFTER, Server.UPSTREAM, (), Standing.NEITHER, ("serves:upstream",)),
        (AFTER, Server.NOTHING, (), Standing.NEITHER, ("serves:nothing",)),
        (BEFORE, Server.TARGET, (), Standing.NEITHER, (CONFIG,)),
        ("[]\n", Server.TARGET, (), Standing.NEITHER, (CONFIG,)),
        (
            *(AFTER, Server.TARGET, ("run-1/armed",)),
            *(Standing.NEITHER, ("/var/lib/pilotage/run-1/armed",)),
        ),
    ],
)
def test_a_host_is_judged_by_its_files_its_ledgers_and_who_answers(
    content: str,
    serves: Server,
    undecided: tuple[str, ...],
    found: Standing,
    wrong: tuple[str, ...],
) -> None:
    """Half of it is neither: the right bytes that nobody serves, or a change that is undecided."""
    left = judge(
        DRILLS["run-killed"],
        struck=(),
        truths={"web1": TRUTH},
        found={"web1": Found(photograph=photograph_of(content, undecided), serves=serves.value)},
    )

    assert left == (HostLeft(name="web1", wanted=Standing.ON_TARGET, found=found, wrong=wrong),)


def test_the_struck_host_may_be_wanted_otherwise_than_the_healthy_ones() -> None:
    """In the drill of the strange certificate it is to be as it was."""
    as_before = Found(photograph=photograph_of(BEFORE), serves=Server.UPSTREAM.value)
    left = judge(
        DRILLS["bad-ca"],
        struck={"web2"},
        truths={"web1": TRUTH, "web2": TRUTH},
        found={"web1": as_before, "web2": as_before},
    )

    assert [host.is_as_wanted for host in left] == [False, True]


def test_a_report_tells_orders_and_runs_since_the_drill_began() -> None:
    """What led to the incident is not the operator's doing; a refused order is told as refused."""
    told = report(
        "run-killed",
        journals=[
            journal(
                *(event(1, -30, EventKind.RUN_CREATED), event(2, -29, EventKind.PROCESS_STARTED)),
                event(3, -9, EventKind.ORDER_GIVEN, order=Order.PAUSE.value),
                event(4, 12, EventKind.PROCESS_STARTED),
                event(5, 15, EventKind.ORDER_GIVEN, order=Order.RETRY.value),
                event(6, 16, EventKind.ORDER_TAKEN, seq=5, accepted=False, why="no gate"),
                event(7, 20, EventKind.ORDER_GIVEN, order=Order.GO_ON.value),
                event(8, 21, EventKind.ORDER_TAKEN, seq=7, accepted=True),
                event(9, 40, EventKind.RUN_ENDED, result=RunResult.COMPLETED.value),
            )
        ],
        hosts=(AS_WANTED,),
        began_at=BEGAN,
        seconds=61.0,
    )

    assert [(done.after, done.deed, done.what) for done in told.done] == [
        (12.0, Deed.RESUMED, ""),
        (15.0, Deed.REFUSED, "retry"),
        (20.0, Deed.ORDERED, "go_on"),
        (40.0, Deed.ENDED, "completed"),
    ]
    assert (told.is_reached, told.document()["reached"], told.seconds) == (True, True, 61.0)


def test_runs_of_the_operator_are_told_in_the_order_of_time() -> None:
    """A rollback that they start stands among the orders to the rollout."""
    told = report(
        "target-down-in-wave-2",
        journals=[
            journal(
                event(1, 20, EventKind.RUN_CREATED),
                event(2, 21, EventKind.PROCESS_STARTED),
                run="rollback-1",
                kind=RunKind.ROLLBACK,
            ),
            journal(event(1, 5, EventKind.ORDER_GIVEN, order=Order.STOP.value)),
        ],
        hosts=(AS_WANTED,),
        began_at=BEGAN,
        seconds=30.0,
    )

    assert [(done.run, done.deed) for done in told.done] == [
        ("rollout-1", Deed.ORDERED),
        ("rollback-1", Deed.STARTED),
    ]


@pytest.mark.parametrize(
    ("hosts", "state", "reached"),
    [
        (("as wanted",), RunState.ENDED, True),
        (("as wanted", "other"), RunState.ENDED, False),
        (("as wanted",), RunState.WAITING, False),
        (("as wanted",), RunState.ORPHANED, False),
        ((), RunState.ENDED, False),
    ],
)
def test_a_goal_is_reached_when_every_host_is_as_wanted_and_no_run_is_open(
    hosts: tuple[str, ...],
    state: RunState,
    reached: bool,  # noqa: FBT001  # a case's value
) -> None:
    """A run that waits would go on, or have to be seen to by somebody else."""
    left = {"as wanted": AS_WANTED, "other": replace(AS_WANTED, found=Standing.AS_BEFORE)}
    told = report(
        "run-killed",
        journals=[journal(state=state)],
        hosts=tuple(left[host] for host in hosts),
        began_at=BEGAN,
        seconds=1.0,
    )

    assert told.is_reached is reached


@pytest.mark.parametrize(
    ("found", "wrong", "words"),
    [
        (Standing.AS_BEFORE, (CONFIG,), "on the public registry, with its own files"),
        (Standing.NEITHER, (CONFIG, f"{LEDGERS}/run-1/armed"), "a change is undecided"),
        (Standing.NEITHER, (CONFIG, f"{SERVES}nothing"), "its pulls fail"),
        (Standing.NEITHER, (f"{SERVES}upstream",), "answered by another registry"),
        (Standing.NEITHER, (CONFIG,), "its files are not as wanted"),
    ],
)
def test_hosts_that_are_not_as_wanted_are_told_together_with_why(
    found: Standing, wrong: tuple[str, ...], words: str
) -> None:
    """In words, each reason once, after what was done and how many hosts were left how."""
    hosts = [replace(AS_WANTED, name=name, found=found, wrong=wrong) for name in ("web1", "web2")]
    told = report(
        "run-killed",
        journals=[journal(event(1, 75, EventKind.ORDER_GIVEN, order=Order.RETRY.value))],
        hosts=(*hosts, replace(AS_WANTED, name="web3")),
        began_at=BEGAN,
        seconds=90.0,
    )
    lines = report_lines(told, DRILLS["run-killed"])

    assert "Reached  no" in lines
    assert "Time     1:30" in lines
    assert "     1:15  rollout rollout-1 was told: retry" in lines
    assert "  1 host: on the target, with the planned files" in lines
    [line] = [line for line in lines if line.startswith("  web1")]
    assert line.startswith("  web1, web2: ")
    assert words in line


# ---- what is judged in these tests

BEGAN = 1_790_000_000.0
AS_WANTED = HostLeft(name="web1", wanted=Standing.ON_TARGET, found=Standing.ON_TARGET)
FOLDER = Entry(kind=Kind.FOLDER, mode=0o755, owner=(0, 0), content="")


def photograph_of(content: str, undecided: tuple[str, ...] = ()) -> HostPhotograph:
    """Return a host whose one file has that content."""
    file = Entry(
        kind=Kind.FILE,
        mode=0o644,
        owner=(0, 0),
        content=hashlib.sha256(content.encode()).hexdigest(),
    )
    entries = {"/etc": FOLDER, "/etc/docker": FOLDER, CONFIG: file}
    return HostPhotograph(entries=entries, undecided=undecided)


TRUTH = HostTruth(
    before=photograph_of(BEFORE),
    plan=HostPlan(
        host="web1",
        runtimes=(),
        changes=(
            FileChange(
                path=CONFIG,
                real_path=CONFIG,
                purpose=FilePurpose.CONFIG,
                before=FileVersion(sha256="", size=3, mode=0o644, uid=0, gid=0, text=BEFORE),
                after=AFTER,
            ),
        ),
    ),
    edited={},
)


def event(seq: int, after: float, kind: EventKind, /, **data: Any) -> Event:
    """Return an event so many seconds after the drill began."""
    return Event(seq=seq, at=BEGAN + after, kind=kind, data=data)


def journal(
    *events: Event,
    run: str = "rollout-1",
    kind: RunKind = RunKind.ROLLOUT,
    state: RunState = RunState.ENDED,
) -> Journal:
    """Return a run with those events."""
    summary = RunSummary(
        run=run,
        kind=kind,
        state=state,
        result=None,
        operator="ana",
        started_at=BEGAN - 30,
        hosts=1,
        changed=True,
    )
    return Journal(summary=summary, events=events)
