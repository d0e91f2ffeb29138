"""Daemons that run on a host, and their systemd units; pure."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.discovery.credentials import covered_flags, without_password
from wizard.discovery.sections import Sections, garbage


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A daemon of a container runtime.

    Attributes:
        pid: zero for one that does not run.
        name: as the kernel has it, `dockerd`.
        place: `host`, `container` or `rootless`.
        unit: systemd unit from its control group, or empty.
        program, flags: its arguments; values of credentials are covered.
        proxies: of its environment, names in upper case.
    """

    pid: int
    name: str
    place: str
    unit: str
    program: str
    flags: tuple[str, ...]
    proxies: tuple[tuple[str, str], ...]

    def option(self, *names: str) -> str:
        """Return the last value of `--name value` or `--name=value`, or nothing."""
        value = ""
        for index, flag in enumerate(self.flags):
            if flag in names and index + 1 < len(self.flags):
                value = self.flags[index + 1]
            name, equals, after = flag.partition("=")
            if equals and name in names:
                value = after
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A systemd unit; `bound_to` are the units it cannot run without."""

    name: str
    loaded: bool
    bound_to: frozenset[str]


def parse_processes(sections: Sections) -> tuple[Process, ...]:
    """Return the daemons found; raises ProtocolError."""
    proxies = {section.words: section.lines for section in sections.all("proxies")}
    found = []
    for section in sections.all("process"):
        words = section.words.split(" ")
        if len(words) != 4 or not words[0].isdigit():  # noqa: PLR2004  # pid, name, place, unit
            raise garbage(sections.host, f"{section.words[:80]!r} is not a process")
        pid, name, place, unit = words
        program, *flags = section.text.split("\n") if section.content else [""]
        found.append(
            Process(
                pid=int(pid),
                name=name,
                place=place,
                unit=unit,
                program=program,
                flags=covered_flags(flags),
                proxies=_proxies(proxies.get(pid, [])),
            )
        )
    return tuple(found)


def _proxies(lines: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition("=") for line in lines)
    return tuple((name.upper(), without_password(value)) for name, _, value in pairs if value)


def parse_units(sections: Sections) -> dict[str, Unit]:
    """Return what systemd knows, by unit name; empty where there is no systemd."""
    section = sections.one("units")
    if section is None:
        return {}
    units = {}
    for block in section.text.split("\n\n"):
        values = {
            name: value
            for name, equals, value in (line.partition("=") for line in block.split("\n"))
            if equals
        }
        if "Id" in values:
            bound = f"{values.get('BindsTo', '')} {values.get('Requires', '')}"
            units[values["Id"]] = Unit(
                name=values["Id"],
                loaded=values.get("LoadState") == "loaded",
                bound_to=frozenset(bound.split()),
            )
    return units
