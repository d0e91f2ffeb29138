"""What on a host stands against Harbor's installer, and what to do about it; pure.

The installer itself looks at two versions only and fails halfway for the rest (facts/harbor.md §4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.errand.errand import ErrandStep
from wizard.wording import _

SYSLOG_PORT: Final = 1514
"""Harbor's own log container listens there on loopback."""

_NAMES: Final = frozenset(
    {
        *("nginx", "redis", "registry", "registryctl", "trivy-adapter"),
        *("harbor-log", "harbor-portal", "harbor-core", "harbor-jobservice", "harbor-db"),
        "harbor-exporter",
    }
)
_PROJECT: Final = "harbor"
"""Of Docker Compose, by the directory's name that Harbor's bundle has."""

_GIB: Final = 1 << 20
_LEAST: Final = (2, int(3.5 * _GIB), 40 * _GIB)
_ADVISED: Final = (4, int(7.5 * _GIB), 160 * _GIB)
"""Processors, memory and disk; a machine of 4 GB shows a little less of it. In KiB."""

_OLDEST_DOCKER: Final = (20, 10)
_OLDEST_COMPOSE: Final = (2, 3)
_REQUIREMENTS: Final = "https://goharbor.io/docs/main/install-config/installation-prereqs/"


class Severity(Enum):
    """How much a finding matters."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as Harbor needs it."""

    severity: Severity
    what: str
    todo: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HarborHost:
    """What was read on a host.

    Attributes:
        memory_kib, disk_kib: the machine's, and what is free where the data volume will lie; 0
            where it was not told.
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

    @property
    def has_harbor(self) -> bool:
        """Tell whether a Harbor of the installer is there already."""
        return any(name == "harbor-core" and bool(project) for name, project in self.containers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """Facts and what they mean."""

    facts: HarborHost
    findings: tuple[Finding, ...]

    @property
    def is_blocked(self) -> bool:
        """Tell whether an installation would fail."""
        return any(one.severity is Severity.BLOCK for one in self.findings)


def host_facts(steps: Sequence[ErrandStep]) -> HarborHost:
    """Return the facts in the steps of the errand `harbor_host`."""
    told = {step.subject: step for step in steps}

    def text(subject: str) -> str:
        step = told.get(subject)
        return step.detail.strip() if step and step.result == "same" else ""

    def number(subject: str) -> int:
        return int(text(subject)) if text(subject).isdecimal() else 0

    docker = told.get("docker")
    return HarborHost(
        architecture=text("architecture"),
        processors=number("processors"),
        memory_kib=number("memory"),
        disk_kib=number("disk"),
        docker=text("docker"),
        docker_error=docker.detail if docker and docker.result == "failed" else "",
        compose=text("compose"),
        containers=tuple(
            (step.detail.partition(" ")[0], step.detail.partition(" ")[2].strip())
            for step in steps
            if step.subject == "container"
        ),
        taken=tuple(
            int(step.detail) for step in steps if step.subject == "port" and step.detail.isdecimal()
        ),
        has_systemd=text("systemd") == "yes",
    )


def findings(facts: HarborHost, ports: Sequence[int]) -> tuple[Finding, ...]:
    """Return what stands against Harbor, what blocks it first; `ports` are those that it opens."""
    found = [
        *_of_machine(facts),
        *_of_docker(facts),
        *_of_names(facts),
        *_of_ports(facts, ports),
    ]
    if not facts.has_systemd:
        found.append(
            _warn(
                _("There is no systemd that would start Harbor whole after a reboot."),
                _("Run “docker compose up -d” in its directory after each."),
                "facts/harbor.md §4",
            )
        )
    return tuple(sorted(found, key=lambda one: one.severity is not Severity.BLOCK))


def _of_machine(facts: HarborHost) -> Iterator[Finding]:
    if facts.architecture and facts.architecture not in {"x86_64", "amd64"}:
        yield _block(
            _("Its architecture is {architecture}, and Harbor's images are for amd64.").format(
                architecture=facts.architecture
            ),
            _("Take another host."),
            "https://github.com/goharbor/harbor/issues/22278",
        )
    sizes = (facts.processors, facts.memory_kib, facts.disk_kib)
    words = (
        _("{found} processors; {least} are needed, {advised} advised."),
        _("{found} GiB of memory; {least} are needed, {advised} advised."),
        _("{found} GiB are free for its data; {least} are needed, {advised} advised."),
    )
    todos = (
        _("Give the machine more of them."),
        _("Give the machine more of it."),
        _("Put the data volume onto a larger disk."),
    )
    for size, least, advised, text, todo in zip(sizes, _LEAST, _ADVISED, words, todos, strict=True):
        if not size or size >= advised:
            continue
        unit = 1 if text is words[0] else _GIB
        what = text.format(
            found=round(size / unit, 1) if unit > 1 else size,
            least=-(-least // unit),
            advised=-(-advised // unit),
        )
        yield (_block if size < least else _warn)(what, todo, _REQUIREMENTS)


def _of_docker(facts: HarborHost) -> Iterator[Finding]:
    todo = _("Install Docker Engine and its Compose plugin, of your distribution or of Docker.")
    if facts.docker_error:
        yield _block(
            _("Docker does not answer: {reason}").format(reason=facts.docker_error),
            _("Start it, and see that it stays."),
            _REQUIREMENTS,
        )
        return
    if not facts.docker:
        yield _block(_("There is no Docker."), todo, _REQUIREMENTS)
        return
    if _version(facts.docker) < _OLDEST_DOCKER:
        what = _("Docker {version} is too old: 20.10 or later is needed.")
        yield _block(what.format(version=facts.docker), todo, _REQUIREMENTS)
    if not facts.compose:
        yield _block(_("There is no Docker Compose."), todo, _REQUIREMENTS)
    elif _version(facts.compose) < _OLDEST_COMPOSE:
        what = _("Docker Compose {version} is too old: 2.3 or later is needed.")
        yield _block(what.format(version=facts.compose), todo, _REQUIREMENTS)


def _of_names(facts: HarborHost) -> Iterator[Finding]:
    if facts.has_harbor:
        yield _warn(
            _("A Harbor is there already: its installer would restart all of it."),
            _("Adopt it, or upgrade it by Harbor's own steps."),
            "facts/harbor.md §4",
        )
        return
    for name, project in facts.containers:
        if name in _NAMES and project != _PROJECT:
            yield _block(
                _("A container is called “{name}”, as one of Harbor's will be.").format(name=name),
                _("Rename it (“docker rename”), or take another host."),
                "https://github.com/goharbor/harbor/issues/20944",
            )


def _of_ports(facts: HarborHost, ports: Sequence[int]) -> Iterator[Finding]:
    if facts.has_harbor:
        return
    for port in (*ports, SYSLOG_PORT):
        if port in facts.taken:
            yield _block(
                _("Port {port} is taken.").format(port=port),
                _("Stop what listens there, or give Harbor another one.")
                if port != SYSLOG_PORT
                else _("Stop what listens there: Harbor's log cannot be moved."),
                "facts/harbor.md §4",
            )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _block(what: str, todo: str, source: str) -> Finding:
    return Finding(severity=Severity.BLOCK, what=what, todo=todo, source=source)


def _warn(what: str, todo: str, source: str) -> Finding:
    return Finding(severity=Severity.WARN, what=what, todo=todo, source=source)
