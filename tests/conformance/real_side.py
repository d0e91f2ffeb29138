"""The real side: hosts of the fleet in `tests.fleet`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.conformance.case import Registry
from tests.conformance.flavour import REAL_HOSTS
from tests.conformance.host import Answer, ConformanceHost
from tests.fleet import Fleet, FleetRegistry
from tests.fleet.catalogue import PREFIX

_CURSOR: Final = "-- cursor: "


def real_hosts(fleet: Fleet) -> Mapping[str, ConformanceHost]:
    """Return the hosts that flavours name."""
    return {name: RealSideHost(name=name, fleet=fleet) for name in set(REAL_HOSTS.values())}


@dataclass(slots=True, kw_only=True)
class RealSideHost:
    """A host of the real fleet."""

    name: str
    fleet: Fleet
    _marks: tuple[int, ...] = (0, 0, 0)
    _cursor: str = ""

    @property
    def words(self) -> Mapping[str, str]:
        """Return what the placeholders of registries stand for."""
        return {
            "target": self.fleet.target.url,
            "target_host": self.fleet.target.host,
            "prefix_target": self.fleet.prefix_target.url,
            "prefix_host": self.fleet.prefix_target.host,
            "project": PREFIX,
            "target_ca": self.fleet.target.ca_pem.read_text(),
        }

    def run(self, command: str, given: bytes = b"") -> Answer:
        """Run a shell command as root."""
        done = self.fleet.exec(self.name, command, given)
        return Answer(
            status=done.returncode,
            output=done.stdout.decode(errors="replace"),
            errors=done.stderr.decode(errors="replace"),
        )

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None for no file."""
        done = self.fleet.exec(self.name, f"test ! -f {_quoted(path)} || cat {_quoted(path)}")
        if done.stdout:
            return done.stdout
        there = self.fleet.exec(self.name, f"test -f {_quoted(path)}").returncode == 0
        return b"" if there else None

    def write(self, path: str, content: bytes) -> None:
        """Write a file in place, with the directories to it."""
        folder = shlex.quote(path.rpartition("/")[0])
        done = self.fleet.exec(self.name, f"mkdir -p {folder} && cat >{_quoted(path)}", content)
        done.check_returncode()

    def remove(self, path: str) -> None:
        """Remove a file if it is there, and the directories that it leaves empty."""
        folder = shlex.quote(path.rpartition("/")[0])
        empty = f"rmdir -p --ignore-fail-on-non-empty {folder} 2>/dev/null || true"
        self.fleet.exec(self.name, f"rm -f {_quoted(path)}; {empty}").check_returncode()

    def mark(self) -> None:
        """Begin to count requests and the journal anew."""
        logs = (self._registry(kind).log for kind in Registry)
        self._marks = tuple(log.stat().st_size for log in logs)
        shown = self.run("journalctl -q -n 1 -o cat --show-cursor").output
        self._cursor = shown.rpartition(_CURSOR)[2].strip()

    def requests(self, registry: Registry) -> Sequence[str]:
        """Return this host's requests since the mark."""
        since = self._marks[list(Registry).index(registry)]
        own = self.fleet.hosts[self.name].address
        return [
            f"{one.method} {one.path} {one.status}"
            for one in self._registry(registry).requests(since)
            if one.client == own
        ]

    def journal(self, unit: str) -> str:
        """Return what a unit and systemd about it logged since the mark."""
        cursor = shlex.quote(self._cursor)
        return self.run(f"journalctl -q -u {unit}.service --after-cursor={cursor} -o cat").output

    def renew(self) -> None:
        """Make the host as new."""
        self.fleet.reset(self.name)

    def _registry(self, registry: Registry) -> FleetRegistry:
        return {
            Registry.TARGET: self.fleet.target,
            Registry.PREFIX_TARGET: self.fleet.prefix_target,
            Registry.UPSTREAM: self.fleet.upstream,
        }[registry]


def _quoted(path: str) -> str:
    return shlex.quote(path)
