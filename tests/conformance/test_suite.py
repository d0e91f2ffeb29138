"""The suite itself: wide enough, well named, and able to fail."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from tests.conformance.case import (
    Asked,
    Case,
    Logged,
    NotAsked,
    Note,
    Registry,
    Run,
    Same,
    Status,
    Step,
    Write,
)
from tests.conformance.cases import CASES
from tests.conformance.flavour import (
    BUILT,
    CLASSIC,
    CONTAINERD,
    DOCKER,
    NOT_BUILT,
    Flavour,
    Side,
)
from tests.conformance.host import Answer
from tests.conformance.play import Contradicted, play
from tests.conformance.report import listed
from tests.conformance.reset import DAEMON, Cleaner
from tests.conformance.trial import shown_by, trials

MANY = 70
SOURCE = re.compile(r"facts/runtimes\.md §\d(\.\d)?|github\.com/[\w-]+/[\w-]+/(pull|issues)/\d+")
PID = "systemctl show -p MainPID --value docker"


@dataclass(slots=True)
class RecordedHost:
    """A host whose answers are written down; `answers` by command, else status 0 and nothing."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    log: str = ""
    ran: list[str] = field(default_factory=list)
    words: Mapping[str, str] = field(default_factory=lambda: {"target_host": "registry.test"})

    def prepare(self) -> None:
        """Leave all as it is."""

    def give_back(self) -> None:
        """Undo nothing."""

    def run(self, command: str) -> Answer:
        """Return the next written answer; the last one stays."""
        self.ran.append(command)
        told = self.answers.get(command)
        if told:
            return told.pop(0) if len(told) > 1 else told[0]
        return Answer(status=0, output="", errors="")

    def undo(self, *commands: str) -> str:
        """Return what is written down for the last one."""
        return [self.run(command).output for command in commands][-1]

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes."""
        return self.files.get(path)

    def write(self, path: str, content: bytes) -> None:
        """Keep a file."""
        self.files[path] = content

    def remove(self, path: str) -> None:
        """Forget a file."""
        self.files.pop(path, None)

    def mark(self) -> None:
        """Count nothing."""

    def requests(self, registry: Registry) -> Sequence[str]:
        """Return what is written down."""
        return self.asked

    def journal(self, unit: str) -> str:
        """Return what is written down."""
        return self.log

    def renew(self) -> None:
        """Forget all files."""
        self.files.clear()

    def close(self) -> None:
        """Hold nothing."""


def said(output: str, status: int = 0) -> Answer:
    """Return an answer without errors."""
    return Answer(status=status, output=output, errors="")


def played(host: RecordedHost, *steps: Step) -> None:
    """Play steps on a host as a case of Docker 26."""
    case = Case(name="trial", fact="", source="", flavours=DOCKER, steps=steps)
    play(case, Flavour.DOCKER_26, host, Cleaner(host), patience=0.0)


def test_enough_cases_are_played_on_both_sides() -> None:
    """At least seventy cases have a host on either side."""
    sides = {case.name: {t.side for t in trials() if t.case is case} for case in CASES}
    assert sum(1 for found in sides.values() if found == set(Side)) >= MANY


def test_every_case_has_a_name_of_its_own() -> None:
    """Names are unique: reports go by them."""
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_case_states_one_fact_with_its_source() -> None:
    """The fact is a sentence, the source a section, and something is looked at."""
    assert [case.name for case in CASES if not case.fact.endswith(".")] == []
    assert [case.name for case in CASES if not SOURCE.fullmatch(case.source)] == []
    assert [
        case.name for case in CASES if all(isinstance(step, Write | Note) for step in case.steps)
    ] == []


@pytest.mark.parametrize(
    "step",
    [
        Run(command="c", status=Status.REFUSED),
        Run(command="c", says=("green",)),
        Run(command="c", never=("blue",)),
        Asked(registry=Registry.TARGET, pattern="/v2/other"),
        NotAsked(registry=Registry.TARGET, pattern="^GET /v2/"),
    ],
    ids=lambda step: type(step).__name__,
)
def test_a_host_that_behaves_otherwise_is_contradicted(step: Step) -> None:
    """Each kind of expectation fails where the host does something else."""
    host = RecordedHost(answers={"c": [said("blue")]}, asked=("GET /v2/hello 200",))
    with pytest.raises(Contradicted):
        played(host, step)


def test_a_changed_answer_is_contradicted() -> None:
    """What was noted has to be the same later."""
    host = RecordedHost(answers={"c": [said("1"), said("2")]})
    with pytest.raises(Contradicted):
        played(host, Note(command="c"), Same(command="c"))


def test_a_line_that_is_not_logged_is_contradicted() -> None:
    """A line that was waited for once does not count again."""
    host = RecordedHost(log="started\n")
    played(host, Logged(pattern="started"))
    with pytest.raises(Contradicted):
        played(host, Logged(pattern="started"), Logged(pattern="started"))


def test_placeholders_are_replaced_and_other_braces_stay() -> None:
    """JSON and templates keep their braces."""
    host = RecordedHost()
    played(host, Run(command="ask {target_host} '{{json .X}}' {}"))
    assert "ask registry.test '{{json .X}}' {}" in host.ran


def test_files_are_restored_byte_for_byte() -> None:
    """What a case wrote is gone behind it, also when the host contradicts."""
    own = b'{\r\n\t"debug": false}'
    host = RecordedHost(files={DAEMON: own}, answers={"c": [said("", status=1)]})
    with pytest.raises(Contradicted):
        played(
            host,
            Write(path=DAEMON, content="{}"),
            Write(path="/etc/new", content="x"),
            Run(command="c"),
        )
    assert host.files == {DAEMON: own}


def test_a_runtime_that_is_another_process_is_started_before_the_next_case() -> None:
    """What Docker read at a start of a case is forgotten by a start with the host's own files."""
    host = RecordedHost(answers={PID: [said("7"), said("8")]})
    cleaner = Cleaner(host)
    own = Write(path="/etc/default/docker", content="DOCKER_OPTS=")
    play(_case((), (own,)), Flavour.DOCKER_26, host, cleaner)
    assert not any("systemctl restart docker" in command for command in host.ran)
    play(_case((), ()), Flavour.DOCKER_26, host, cleaner)
    assert any("systemctl restart docker" in command for command in host.ran)


def test_the_report_lists_each_case_with_its_places() -> None:
    """A case is listed with its fact and source, with what showed it and with what was spared."""
    trial = next(
        one
        for one in trials()
        if one.side is Side.PRACTICE and one.case.flavours == {Flavour.CONTAINERD_15}
    )
    lines = listed({str(trial): "failed"})
    at = lines.index(trial.case.name)
    assert lines[at + 1 : at + 5] == [
        f"  {trial.case.fact}",
        f"  {trial.case.source}",
        f"  practice: {trial.flavour.value} (FAILED)",
        "  real:     not played",
    ]


def test_what_is_the_same_in_all_is_shown_by_the_oldest_and_the_newest() -> None:
    """Releases between are spared, but for those that the other side has, and the list says so."""
    case = Case(name="trial", fact="", source="", flavours=CLASSIC, steps=(), same_in_all=True)
    assert shown_by(case, Side.REAL) == {Flavour.DOCKER_20, Flavour.DOCKER_28}
    ends = {Flavour.DOCKER_20, Flavour.DOCKER_28, Flavour.DOCKER_29}
    assert shown_by(case, Side.PRACTICE) == ends
    spared = "; spared, being the same: docker-24, docker-26, docker-27"
    assert any(line.endswith(spared) for line in listed({}))


def test_a_built_runtime_takes_no_other_ones_place() -> None:
    """What Debian has is shown on whatever machine, and beyond it what was built there."""
    case = Case(name="trial", fact="", source="", flavours=CONTAINERD, steps=(), same_in_all=True)
    found = shown_by(case, Side.REAL)
    assert found - BUILT == {Flavour.CONTAINERD_16, Flavour.CONTAINERD_21}
    assert found & BUILT == {Flavour.CONTAINERD_15, Flavour.CONTAINERD_23} - NOT_BUILT


def test_what_several_cases_are_given_is_done_once() -> None:
    """A start is shared by cases that are given the same, and taken back behind the last one."""
    host = RecordedHost()
    cleaner = Cleaner(host)
    given = (Write(path=DAEMON, content="{}"), Run(command="start"))
    live = Write(path="/etc/docker/certs.d/x/ca.crt", content="x")
    for steps in ((live,), (Run(command="look"),), ()):
        play(_case(given, steps), Flavour.DOCKER_26, host, cleaner)
        assert host.files == {DAEMON: b"{}"}
    assert host.ran.count("start") == 1
    play(_case((), ()), Flavour.DOCKER_26, host, cleaner)
    assert host.files == {}


def test_what_cases_are_given_does_not_outlive_a_change_of_it() -> None:
    """A case that writes what is read at a start has the next one begin anew."""
    host = RecordedHost()
    cleaner = Cleaner(host)
    given = (Write(path=DAEMON, content="{}"), Run(command="start"))
    for _again in range(2):
        play(_case(given, (Write(path=DAEMON, content="[]"),)), Flavour.DOCKER_26, host, cleaner)
        assert host.files == {}
    assert host.ran.count("start") == 2


def _case(given: tuple[Step, ...], steps: tuple[Step, ...]) -> Case:
    return Case(name="trial", fact="", source="", flavours=DOCKER, given=given, steps=steps)
