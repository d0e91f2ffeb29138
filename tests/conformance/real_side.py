"""The real side: hosts of the fleet in `tests.fleet`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.conformance.case import Registry
from tests.conformance.flavour import REAL_HOSTS
from tests.conformance.host import Answer, ConformanceHost
from tests.conformance.host_files import HostFiles
from tests.conformance.host_shell import HostShell
from tests.fleet import Fleet, FleetRegistry, extra_hosts
from tests.fleet.catalogue import DESIGNS, EXTRA_HOSTS, PREFIX

_DROP_IN: Final = "/run/systemd/system/docker.service.d/00-conformance.conf"
"""Goes before the drop-ins of cases, and goes with the next boot."""
_WITHOUT_RULES: Final = (
    f"mkdir -p {_DROP_IN.rpartition('/')[0]} && "
    r"sed -n 's/^ExecStart=.*/[Service]\nExecStart=\n& --iptables=false --ip6tables=false/p' "
    f"/usr/lib/systemd/system/docker.service >{_DROP_IN} && systemctl daemon-reload"
)
_WITH_RULES: Final = (
    f"rm {_DROP_IN} && rmdir --ignore-fail-on-non-empty {_DROP_IN.rpartition('/')[0]} && "
    "systemctl daemon-reload"
)


def real_hosts(fleet: Fleet) -> Mapping[str, ConformanceHost]:
    """Return the hosts that flavours name."""
    return {name: _host(fleet, name) for name in set(REAL_HOSTS.values())}


def _host(fleet: Fleet, name: str) -> RealSideHost:
    root = fleet.machine(name).root
    return RealSideHost(
        name=name,
        fleet=fleet,
        shell=HostShell(fleet.ssh_config, name, root),
        files=HostFiles(root),
    )


@dataclass(slots=True, kw_only=True)
class RealSideHost:
    """A host of the real fleet."""

    name: str
    fleet: Fleet
    shell: HostShell
    files: HostFiles
    _marks: tuple[int, ...] = (0, 0, 0)
    _since: float = 0.0

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

    def prepare(self) -> None:
        """Start a host that is not there from the beginning, and spare Docker costly starts."""
        if self.name in EXTRA_HOSTS and self.name not in self.fleet.hosts:
            extra_hosts.start(self.fleet, self.name)
        self._spare_starts()

    def _spare_starts(self) -> None:
        """Let Docker start without what most of a start goes into: packet filter and container."""
        if self._has_docker:
            self._done(_WITHOUT_RULES)
            if keeper := self.fleet.hosts[self.name].keeper:
                self._done(f"docker stop {keeper}")

    def give_back(self) -> None:
        """Let Docker start as it did."""
        if self._has_docker:
            self._done(_WITH_RULES)

    def run(self, command: str) -> Answer:
        """Run a shell command as root."""
        return self.shell.run(command)

    def undo(self, *commands: str) -> str:
        """Run programs behind a case, and return what the last one prints."""
        *others, last = commands
        quiet = "".join(f"{command} >/dev/null 2>&1; " for command in others)
        return self.run(f"{quiet}{last}").output

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None for no file."""
        return self.files.read(path)

    def write(self, path: str, content: bytes) -> None:
        """Write a file in place, with the directories to it."""
        self.files.write(path, content)

    def remove(self, path: str) -> None:
        """Remove a file if it is there, and the empty directories that were made for it."""
        self.files.remove(path)

    def mark(self) -> None:
        """Begin to count requests and the journal anew."""
        logs = (self._registry(kind).log for kind in Registry)
        self._marks = tuple(log.stat().st_size for log in logs)
        self._since = time.time()

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
        # The host's clock is this machine's.
        since = f"@{self._since:.6f}"
        return self.run(f"journalctl -q -u {unit}.service --since={since} -o cat").output

    def renew(self) -> None:
        """Make the host as new."""
        self.shell.close()
        self.fleet.reset(self.name)
        self._spare_starts()

    def close(self) -> None:
        """See that what ran from the beginning runs, and end the connection."""
        try:
            if self._has_docker and (keeper := self.fleet.hosts[self.name].keeper):
                self._done(f"docker start {keeper}")
        finally:
            self.shell.close()
            if self.name in EXTRA_HOSTS and self.name in self.fleet.hosts:
                extra_hosts.end(self.fleet, self.name)

    @property
    def _has_docker(self) -> bool:
        return "docker" in DESIGNS[self.name].roles

    def _done(self, command: str) -> None:
        answer = self.run(command)
        if answer.status:
            raise OSError(f"{self.name}: {answer.errors}")

    def _registry(self, registry: Registry) -> FleetRegistry:
        return {
            Registry.TARGET: self.fleet.target,
            Registry.PREFIX_TARGET: self.fleet.prefix_target,
            Registry.UPSTREAM: self.fleet.upstream,
        }[registry]
