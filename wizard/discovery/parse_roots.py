"""Which daemons are told to trust other certificates than the system's; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from wizard.discovery.container_facts import OwnRoots
from wizard.discovery.parse_processes import Process
from wizard.discovery.sections import Section, Sections

_DAEMONS: Final = {
    "dockerd": "docker",
    "containerd": "containerd",
    "crio": "crio",
    "buildkitd": "buildkit",
}
_OF_K3S: Final = ("k3s", "rke2")
"""They name their process after what it does: `k3s-server`."""


def parse_roots(
    sections: Sections, processes: Iterable[Process], pids: Mapping[str, int]
) -> tuple[OwnRoots, ...]:
    """Return what the daemons run with, and what their units say for the next start.

    Args:
        sections: of the host.
        processes: all that were found.
        pids: of a runtime the process that counts, where there may be several.
    """
    daemons: dict[str, str] = {}
    for process in processes:
        daemon = _daemon(process)
        if daemon and pids.get(daemon, process.pid) == process.pid:
            daemons |= {str(process.pid): daemon, process.unit: daemon}
    return tuple(
        _roots(daemons[section.words], section)
        for section in sections.all("roots")
        if section.words in daemons
    )


def _daemon(process: Process) -> str:
    if process.place == "container":
        return ""
    if process.name.startswith(_OF_K3S):
        return "k3s"
    return _DAEMONS.get(process.name, "")


def _roots(daemon: str, section: Section) -> OwnRoots:
    """Return what is said; of what is said twice the last counts."""
    pairs = (line.partition("=") for line in section.lines)
    said = {name: value.strip("\"'") for name, _, value in pairs}
    return OwnRoots(
        daemon=daemon,
        file=said.get("SSL_CERT_FILE", ""),
        directories=said.get("SSL_CERT_DIR", ""),
        at_start=not section.words.isdigit(),
    )
