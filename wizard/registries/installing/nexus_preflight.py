"""What on a host stands against Nexus as a container, and what to do about it; pure."""

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
    warn,
)
from wizard.registries.installing.nexus import NexusInstallation
from wizard.registries.sources import NEXUS_NEEDS
from wizard.wording import _

_REQUIREMENTS: Final = (
    "https://help.sonatype.com/en/sonatype-nexus-repository-system-requirements.html"
)
_OLDEST_DOCKER: Final = (20, 10)
_LEAST: Final = (2 * GIB, 5 * GIB)
_ADVISED: Final = (4 * GIB, 20 * GIB)
"""Memory that is free and disk. In KiB."""

_AMD64: Final = frozenset({"x86_64", "amd64"})
_ARM64: Final = frozenset({"aarch64", "arm64"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NexusHost(Machine):
    """What was read on a host for Nexus.

    Attributes:
        available_kib: memory that programs could be given now.
        open_files: that a container can be allowed at most; 0 where it was not told.
        container: of that name: `nobody`, `ours`, `theirs`, or empty.
        data: what the directory has: `none`, `ours`, `nexus` for its user's, `theirs`, or empty.
        is_remapped: users in containers are others on the host.
    """

    available_kib: int = 0
    open_files: int = 0
    container: str = ""
    data: str = ""
    is_remapped: bool = False
    starts_at_boot: bool = True


def nexus_host(steps: Sequence[ErrandStep]) -> NexusHost:
    """Return the facts in the steps of the errand `nexus_host`."""
    told = Told(steps)
    base = machine(told)
    return NexusHost(
        **{field.name: getattr(base, field.name) for field in dataclasses.fields(base)},
        available_kib=told.number("available"),
        open_files=told.number("files"),
        container=told.text("nexus"),
        data=told.text("data"),
        is_remapped=told.text("remapped") == "yes",
        starts_at_boot=told.text("boot") != "no",
    )


def nexus_findings(facts: NexusHost, wanted: NexusInstallation) -> tuple[Finding, ...]:
    """Return what stands against Nexus, what blocks it first."""
    todo = _("Install it: “pilotage registry docker-install”, or Docker's own packages.")
    return sorted_findings(
        (
            *_of_machine(facts),
            *of_docker(facts, oldest=_OLDEST_DOCKER, todo=todo, source=NEXUS_NEEDS),
            *_of_engine(facts, wanted),
            *_of_places(facts, wanted),
        )
    )


def _of_machine(facts: NexusHost) -> Iterator[Finding]:
    if facts.architecture in _ARM64:
        yield warn(
            _("Its architecture is {architecture}: not every image of Nexus is for it.").format(
                architecture=facts.architecture
            ),
            _("Choose one that is; it is looked at before a container is made."),
            "https://github.com/sonatype/nexus-public/issues/185",
        )
    elif facts.architecture and facts.architecture not in _AMD64:
        yield block(
            _("There is no image of Nexus for {architecture}.").format(
                architecture=facts.architecture
            ),
            _("Take another host."),
            "https://github.com/sonatype/nexus-public/issues/185",
        )
    if facts.processors == 1:
        yield warn(
            _("{found} processors; {advised} are advised.").format(found=1, advised=2),
            _("Give the machine more of them."),
            _REQUIREMENTS,
        )
    if facts.container == "ours":
        return
    sizes = (facts.available_kib, facts.disk_kib)
    words = (
        _("{found} GiB of memory are free; {least} are needed, {advised} advised."),
        _("{found} GiB are free for its data; {least} are needed, {advised} advised."),
    )
    todos = (_("Give the machine more of it."), _("Put its data onto a larger disk."))
    for size, least, advised, text, todo in zip(sizes, _LEAST, _ADVISED, words, todos, strict=True):
        if size and size < advised:
            what = text.format(
                found=round(size / GIB, 1), least=least // GIB, advised=advised // GIB
            )
            yield (block if size < least else warn)(what, todo, NEXUS_NEEDS)


def _of_engine(facts: NexusHost, wanted: NexusInstallation) -> Iterator[Finding]:
    if facts.is_remapped:
        yield block(
            _("Docker gives its containers other users on this host, so data would have no owner."),
            _("Take a host whose Docker runs as root, without “userns-remap”."),
            NEXUS_NEEDS,
        )
    if 0 < facts.open_files < wanted.open_files:
        yield block(
            _(
                "A container may open {found} files; with fewer than {least} Nexus loses data."
            ).format(found=facts.open_files, least=wanted.open_files),
            _("Raise LimitNOFILE of docker.service and containerd.service, or fs.nr_open."),
            _REQUIREMENTS,
        )
    if not facts.starts_at_boot:
        yield warn(
            _("Docker is not started at boot, so Nexus would not be either."),
            _("Run “systemctl enable docker.service” there."),
            NEXUS_NEEDS,
        )


def _of_places(facts: NexusHost, wanted: NexusInstallation) -> Iterator[Finding]:
    if facts.container == "theirs":
        yield block(
            _("A container is called “{name}”, and Pilotage did not make it.").format(
                name=wanted.name
            ),
            _("Adopt it as it is, rename it (“docker rename”), or choose another --name."),
            NEXUS_NEEDS,
        )
    if facts.data == "theirs":
        yield block(
            _("{path} is there, and it is not the data of a Nexus.").format(path=wanted.data),
            _("Name another directory with --data."),
            NEXUS_NEEDS,
        )
    elif facts.data == "nexus":
        yield warn(
            _("{path} has data of a Nexus: it goes on with them, and with its password.").format(
                path=wanted.data
            ),
            _("Name another directory with --data for a new one."),
            NEXUS_NEEDS,
        )
    if facts.container == "ours":
        return
    for port in wanted.ports:
        if port in facts.taken:
            yield block(
                _("Port {port} is taken.").format(port=port),
                _("Stop what listens there, or choose another one."),
                NEXUS_NEEDS,
            )
