"""What was read on a host that a registry is to be installed on, and words about it; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.errand.errand import ErrandStep
from wizard.wording import _

GIB: Final = 1 << 20
"""In KiB."""


class Severity(Enum):
    """How much a finding matters."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as the registry needs it."""

    severity: Severity
    what: str
    todo: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was read on a host.

    Attributes:
        memory_kib, disk_kib: the machine's, and what is free where the data will lie; 0 where it
            was not told.
        docker: version of the server, empty without Docker; `docker_error` why it did not answer.
        compose: version, empty without one.
        containers: names with their Compose project, which may be empty.
        taken: of the ports that were asked about.
    """

    architecture: str = ""
    processors: int = 0
    memory_kib: int = 0
    disk_kib: int = 0
    docker: str = ""
    docker_error: str = ""
    compose: str = ""
    containers: tuple[tuple[str, str], ...] = ()
    taken: tuple[int, ...] = ()
    has_systemd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """Facts and what they mean."""

    facts: Machine
    findings: tuple[Finding, ...]

    @property
    def is_blocked(self) -> bool:
        """Tell whether an installation would fail."""
        return any(one.severity is Severity.BLOCK for one in self.findings)


class Told:
    """The steps of an errand that only reads, by their subjects."""

    def __init__(self, steps: Sequence[ErrandStep]) -> None:
        self._steps = tuple(steps)
        self._by_subject = {step.subject: step for step in steps}

    def text(self, subject: str) -> str:
        """Return what was told of it, empty where nothing was or where it failed."""
        step = self._by_subject.get(subject)
        return step.detail.strip() if step and step.result == "same" else ""

    def number(self, subject: str) -> int:
        """Return it as a number, 0 where it is none."""
        return int(self.text(subject)) if self.text(subject).isdecimal() else 0

    def error(self, subject: str) -> str:
        """Return why it failed, empty where it did not."""
        step = self._by_subject.get(subject)
        return step.detail.strip() if step and step.result == "failed" else ""

    def all(self, subject: str) -> tuple[str, ...]:
        """Return each that was told under the subject."""
        return tuple(step.detail for step in self._steps if step.subject == subject)


def machine(told: Told) -> Machine:
    """Return what `assets/host/host_needs.sh` told."""
    return Machine(
        architecture=told.text("architecture"),
        processors=told.number("processors"),
        memory_kib=told.number("memory"),
        disk_kib=told.number("disk"),
        docker=told.text("docker"),
        docker_error=told.error("docker"),
        compose=told.text("compose"),
        containers=tuple(
            (one.partition(" ")[0], one.partition(" ")[2].strip()) for one in told.all("container")
        ),
        taken=tuple(int(one) for one in told.all("port") if one.isdecimal()),
        has_systemd=told.text("systemd") == "yes",
    )


def of_docker(
    facts: Machine, *, oldest: tuple[int, int], todo: str, source: str
) -> Iterator[Finding]:
    """Yield what stands against Docker itself; `todo` says how one is come by."""
    if facts.docker_error:
        yield block(
            _("Docker does not answer: {reason}").format(reason=facts.docker_error),
            _("Start it, and see that it stays."),
            source,
        )
    elif not facts.docker:
        yield block(_("There is no Docker."), todo, source)
    elif version(facts.docker) < oldest:
        what = _("Docker {version} is too old: {oldest} or later is needed.")
        least = ".".join(str(part) for part in oldest)
        yield block(what.format(version=facts.docker, oldest=least), todo, source)


def sorted_findings(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what blocks first, each kind in its order."""
    return tuple(sorted(found, key=lambda one: one.severity is not Severity.BLOCK))


def version(text: str) -> tuple[int, ...]:
    """Return the first two numbers of a version."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def block(what: str, todo: str, source: str) -> Finding:
    """Return a finding with which an installation would fail."""
    return Finding(severity=Severity.BLOCK, what=what, todo=todo, source=source)


def warn(what: str, todo: str, source: str) -> Finding:
    """Return a finding to know about."""
    return Finding(severity=Severity.WARN, what=what, todo=todo, source=source)
