"""What on a host stands against Harbor's installer, and what to do about it; pure.

The installer itself looks at two versions only and fails halfway for the rest (facts/harbor.md §4).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from wizard.errand.errand import ErrandStep
from wizard.registries.installing.machine import (
    GIB,
    Finding,
    Machine,
    Told,
    block,
    machine,
    of_docker,
    sorted_findings,
    version,
    warn,
)
from wizard.registries.sources import HARBOR_NEEDS
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

_LEAST: Final = (2, int(3.5 * GIB), 40 * GIB)
_ADVISED: Final = (4, int(7.5 * GIB), 160 * GIB)
"""Processors, memory and disk; a machine of 4 GB shows a little less of it. In KiB."""

_OLDEST_DOCKER: Final = (20, 10)
_OLDEST_COMPOSE: Final = (2, 3)
_OURS: Final = "ours"
_REQUIREMENTS: Final = "https://goharbor.io/docs/main/install-config/installation-prereqs/"


@dataclass(frozen=True, slots=True, kw_only=True)
class HarborHost(Machine):
    """What was read on a host for Harbor.

    Attributes:
        harbor: `ours` where an installation was begun, or where somebody else's is, though it may
            be down; empty without one.
    """

    harbor: str = ""
    has_foreign_unit: bool = False

    @property
    def has_harbor(self) -> bool:
        """Tell whether a Harbor of the installer is there with its containers."""
        return any(name == "harbor-core" and bool(project) for name, project in self.containers)


def host_facts(steps: Sequence[ErrandStep]) -> HarborHost:
    """Return the facts in the steps of the errand `harbor_host`."""
    told = Told(steps)
    base = machine(told)
    return HarborHost(
        **{field.name: getattr(base, field.name) for field in dataclasses.fields(base)},
        harbor=told.text("harbor"),
        has_foreign_unit=told.text("unit") == "theirs",
    )


def findings(facts: HarborHost, ports: Sequence[int]) -> tuple[Finding, ...]:
    """Return what stands against Harbor, what blocks it first; `ports` are those that it opens."""
    found = [
        *_of_machine(facts),
        *_of_docker(facts),
        *_of_another(facts),
        *_of_names(facts),
        *_of_ports(facts, ports),
    ]
    if not facts.has_systemd:
        found.append(
            warn(
                _("There is no systemd that would start Harbor whole after a reboot."),
                _("Run “docker compose up -d” in its directory after each."),
                HARBOR_NEEDS,
            )
        )
    return sorted_findings(found)


def _of_machine(facts: HarborHost) -> Iterator[Finding]:
    if facts.architecture and facts.architecture not in {"x86_64", "amd64"}:
        yield block(
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
        unit = 1 if text is words[0] else GIB
        what = text.format(
            found=round(size / unit, 1) if unit > 1 else size,
            least=-(-least // unit),
            advised=-(-advised // unit),
        )
        yield (block if size < least else warn)(what, todo, _REQUIREMENTS)


def _of_docker(facts: HarborHost) -> Iterator[Finding]:
    todo = _(
        "Install it: “pilotage registry docker-install”, with --from-docker where the"
        " distribution's is too old; one that is there is upgraded by what it was installed by."
    )
    found = tuple(of_docker(facts, oldest=_OLDEST_DOCKER, todo=todo, source=_REQUIREMENTS))
    yield from found
    if facts.docker_error or not facts.docker:
        return
    if not facts.compose:
        yield block(_("There is no Docker Compose."), todo, _REQUIREMENTS)
    elif version(facts.compose) < _OLDEST_COMPOSE:
        what = _("Docker Compose {version} is too old: 2.3 or later is needed.")
        yield block(what.format(version=facts.compose), todo, _REQUIREMENTS)


def _of_another(facts: HarborHost) -> Iterator[Finding]:
    if facts.harbor == _OURS:
        yield warn(
            _("An installation was begun there: it is gone on with."),
            _("Take it back first if it shall be another one: “pilotage registry harbor-remove”."),
            HARBOR_NEEDS,
        )
    elif facts.harbor and not facts.has_harbor:
        yield block(
            _("A Harbor of somebody else is in {path}, though it is down.").format(
                path=facts.harbor
            ),
            _("Start it (“docker compose up -d” in its directory) and adopt it, or choose others."),
            HARBOR_NEEDS,
        )
    if facts.has_foreign_unit:
        yield block(
            _("There is a harbor.service that Pilotage did not write."),
            _("Rename or remove it (“systemctl disable --now harbor.service” first)."),
            HARBOR_NEEDS,
        )


def _of_names(facts: HarborHost) -> Iterator[Finding]:
    if facts.harbor == _OURS:
        return
    if facts.has_harbor:
        yield warn(
            _("A Harbor is there already: its installer would restart all of it."),
            _("Adopt it, or upgrade it by Harbor's own steps."),
            HARBOR_NEEDS,
        )
        return
    for name, project in facts.containers:
        if name in _NAMES and project != _PROJECT:
            yield block(
                _("A container is called “{name}”, as one of Harbor's will be.").format(name=name),
                _("Rename it (“docker rename”), or take another host."),
                "https://github.com/goharbor/harbor/issues/20944",
            )


def _of_ports(facts: HarborHost, ports: Sequence[int]) -> Iterator[Finding]:
    if facts.has_harbor or facts.harbor == _OURS:
        return
    for port in (*ports, SYSLOG_PORT):
        if port in facts.taken:
            yield block(
                _("Port {port} is taken.").format(port=port),
                _("Stop what listens there, or give Harbor another one.")
                if port != SYSLOG_PORT
                else _("Stop what listens there: Harbor's log cannot be moved."),
                HARBOR_NEEDS,
            )
