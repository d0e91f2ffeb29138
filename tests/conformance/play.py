"""Play a case on a host: do its steps, and see what it states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, assert_never

from tests.conformance.case import (
    Append,
    Asked,
    Case,
    Logged,
    NotAsked,
    Note,
    Remove,
    Run,
    Same,
    Status,
    Step,
    Write,
)
from tests.conformance.flavour import Flavour
from tests.conformance.host import Answer, ConformanceHost
from tests.conformance.patience import problem_after
from tests.conformance.reset import Cleaner

PATIENCE_SECONDS: Final = 8.0
_IMAGE: Final = re.compile(r"(?:pull|always|no) ((?:docker\.io/library/)?hello:[\w-]+)")


class Contradicted(Exception):
    """A host does not do what the case states."""


def play(
    case: Case,
    flavour: Flavour,
    host: ConformanceHost,
    cleaner: Cleaner,
    *,
    patience: float = PATIENCE_SECONDS,
) -> None:
    """Play a case on a host of a flavour, and restore the host's files; raises Contradicted.

    Args:
        case: what to play.
        flavour: which of the host's runtimes.
        host: the host.
        cleaner: the host's own.
        patience: seconds to wait for what comes a moment later.
    """
    unit = flavour.unit
    kept = cleaner.begin(unit, case.begins, case.given)
    player = _Player(flavour, host, cleaner, patience)
    try:
        if case.given and not kept:
            player.take_all(case.given)
            cleaner.keep(unit, case.given)
        player.take_all(case.steps)
    finally:
        commands = [step.command for step in case.steps if isinstance(step, Run)]
        images = sorted({found for command in commands for found in _IMAGE.findall(command)})
        started = any("--name kept" in command for command in commands)
        cleaner.end(unit, images=images, container="kept" if started else "")


def filled(text: str, words: Mapping[str, str]) -> str:
    """Return a text with its placeholders replaced; other braces stay."""
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", value)
    return text


class _Player:
    def __init__(
        self, flavour: Flavour, host: ConformanceHost, cleaner: Cleaner, patience: float
    ) -> None:
        self._patience = patience
        self._unit = flavour.unit
        self._host = host
        self._cleaner = cleaner
        self._words = {**host.words, **flavour.words}
        self._escaped = {name: re.escape(word) for name, word in self._words.items()}
        self._notes: dict[str, str] = {}
        self._read_up_to = 0

    def take_all(self, steps: Iterable[Step]) -> None:
        """Take steps, from which on requests and the journal count; raises Contradicted."""
        self._host.mark()
        self._read_up_to = 0
        for number, step in enumerate(steps, start=1):
            try:
                self.take(step)
            except Contradicted as error:
                log = self._host.journal(self._unit)[-2000:]
                raise Contradicted(f"step {number}, {step}: {error}\njournal:\n{log}") from error

    def take(self, step: Step) -> None:
        """Take one step; raises Contradicted."""
        match step:
            case Write() | Append() | Remove():
                self._change(step)
            case Run():
                self._run(step)
            case Logged(pattern=pattern):
                self._wait_for(self._pattern(pattern))
            case Asked() | NotAsked():
                self._look_into_log(step)
            case Note(command=command):
                self._notes[command] = self._answer(command).output
            case Same(command=command, same=same):
                now, noted = self._answer(command).output, self._notes[command]
                if (now == noted) is not same:
                    raise Contradicted(f"{noted!r} before, {now!r} now")
            case _:
                assert_never(step)

    def _change(self, step: Write | Append | Remove) -> None:
        path = filled(step.path, self._words)
        self._cleaner.touched(path)
        match step:
            case Write(content=bytes(content)):
                self._host.write(path, content)
            case Write(content=str(content)):
                self._host.write(path, filled(content, self._words).encode())
            case Append(content=content):
                before = self._host.read(path) or b""
                self._host.write(path, before + filled(content, self._words).encode())
            case _:
                self._host.remove(path)

    def _look_into_log(self, step: Asked | NotAsked) -> None:
        seen = list(self._host.requests(step.registry))
        found = [one for one in seen if re.search(self._pattern(step.pattern), one)]
        if isinstance(step, Asked) and not found:
            raise Contradicted(f"the {step.registry.value} was asked only {seen}")
        if isinstance(step, NotAsked) and found:
            raise Contradicted(f"the {step.registry.value} was asked {found}")

    def _run(self, step: Run) -> None:
        problem = problem_after(
            lambda: self._problem(step), self._patience if step.patient else 0.0
        )
        if problem:
            raise Contradicted(problem)

    def _problem(self, step: Run) -> str:
        """Return what is not as stated, or nothing."""
        answer = self._answer(step.command)
        shown = f"status {answer.status}, output {answer.output!r}, errors {answer.errors!r}"
        if not _ends_as(answer.status, step.status):
            return f"it ends otherwise: {shown}"
        for pattern in step.says:
            if not re.search(self._pattern(pattern), answer.said, re.MULTILINE):
                return f"{pattern!r} is not said: {shown}"
        for pattern in step.never:
            if re.search(self._pattern(pattern), answer.said, re.MULTILINE):
                return f"{pattern!r} is said: {shown}"
        return ""

    def _answer(self, command: str) -> Answer:
        return self._host.run(filled(command, self._words))

    def _pattern(self, pattern: str) -> str:
        return filled(pattern, self._escaped)

    def _wait_for(self, pattern: str) -> None:
        def missing() -> str:
            found = re.search(pattern, self._host.journal(self._unit)[self._read_up_to :])
            if found is None:
                return f"{pattern!r} is not in the journal"
            self._read_up_to += found.end()
            return ""

        problem = problem_after(missing, self._patience)
        if problem:
            raise Contradicted(problem)


def _ends_as(status: int, wanted: Status) -> bool:
    match wanted:
        case Status.DONE:
            return status == 0
        case Status.REFUSED:
            return status != 0
        case Status.ANY:
            return True
        case _:
            assert_never(wanted)
