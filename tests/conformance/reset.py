"""Bring a host back to how it was, as cheaply as what was done to it allows.

Files are restored to their bytes. A runtime that still is the process it was is told to forget by
a reload with the empty values (facts/runtimes.md §1.3); one that was restarted or is down is
started anew, and only when a later case needs that.
"""

from __future__ import annotations

import json
from enum import Enum, auto
from typing import Any, Final

from tests.conformance.case import Begins
from tests.conformance.host import ConformanceHost
from tests.conformance.patience import problem_after

DAEMON: Final = "/etc/docker/daemon.json"
_SYSTEMD: Final = "/etc/systemd/"
_FORGET: Final[dict[str, Any]] = {
    "registry-mirrors": [],
    "insecure-registries": [],
    "labels": [],
    "debug": False,
    "live-restore": False,
}
_TAGS: Final = ("latest", "common", "only-target")
_SECONDS: Final = 5.0
_SETTINGS: Final = (
    "docker info -f '[{{json .RegistryConfig.Mirrors}}, {{json .LiveRestoreEnabled}}]'"
)
_PATIENCE: Final = "i=0; until {test}; do i=$((i+1)); [ $i -lt 50 ] || exit 1; sleep 0.1; done"
_CLEAN: Final = {
    "docker": "docker rm -f kept >/dev/null 2>&1; for tag in {tags}; do "
    "docker rmi -f hello:$tag >/dev/null 2>&1; done; true",
    "containerd": "for tag in {tags}; do crictl rmi docker.io/library/hello:$tag "
    ">/dev/null 2>&1; done; true",
}
_UNITS: Final = {"docker": "docker.service docker.socket", "containerd": "containerd.service"}
_START: Final = {
    "docker": f"systemctl reset-failed {_UNITS['docker']}; "
    "systemctl start docker.socket && systemctl restart docker",
    "containerd": "systemctl reset-failed containerd; systemctl restart containerd && "
    + _PATIENCE.format(test="crictl version >/dev/null 2>&1"),
}


class _Debt(Enum):
    NONE = auto()
    RELOAD = auto()
    START = auto()


class Cleaner:
    """What has to be undone on one host."""

    def __init__(self, host: ConformanceHost) -> None:
        self._host = host
        self._before: dict[str, bytes | None] = {}
        self._debts: dict[str, _Debt] = {}
        self._pid = ""

    def touched(self, path: str) -> None:
        """Remember a file as it is, before it is changed."""
        if path not in self._before:
            self._before[path] = self._host.read(path)

    def begin(self, unit: str, begins: Begins) -> None:
        """Bring the unit into the state that a case begins with."""
        if begins is Begins.CLEAN:
            self.settle(unit)
        # Starts of the case before count for systemd's limit.
        self._host.run(f"systemctl reset-failed {_UNITS[unit]}")
        self._pid = self._main_pid(unit)

    def end(self, unit: str, *, pulled: bool) -> None:
        """Restore all files after a case, and see what the unit needs."""
        changed = set(self._before)
        for path, content in self._before.items():
            if content is None:
                self._host.remove(path)
            else:
                self._host.write(path, content)
        self._before.clear()
        if any(path.startswith(_SYSTEMD) for path in changed):
            self._host.run("systemctl daemon-reload")
        if pulled:
            self._host.run(_CLEAN[unit].replace("{tags}", " ".join(_TAGS)))
        pid = self._main_pid(unit)
        if pid in {"", "0"} or pid != self._pid:
            self._debts[unit] = _Debt.START
        elif DAEMON in changed and self._debts.get(unit) is not _Debt.START:
            self._debts[unit] = _Debt.RELOAD

    def settle(self, unit: str) -> None:
        """Pay what is owed to a unit; a host that takes nothing any more is made as new."""
        debt = self._debts.pop(unit, _Debt.NONE)
        if debt is _Debt.RELOAD and self._forget():
            return
        if debt is not _Debt.NONE and self._host.run(_START[unit]).status:
            self._host.renew()
            self._debts.clear()

    def distrust(self, unit: str) -> None:
        """Have the unit started anew before a case that needs it clean."""
        self._debts[unit] = _Debt.START

    def settle_all(self) -> None:
        """Pay everything."""
        for unit in tuple(self._debts):
            self.settle(unit)

    def _forget(self) -> bool:
        """Have Docker forget what cases set by reloads; return whether it did."""
        own = self._host.read(DAEMON)
        meant = _FORGET | (json.loads(own) if own else {})
        self._host.write(DAEMON, json.dumps(meant).encode())
        self._host.run("systemctl reload docker")
        wanted = [
            [f"{one.rstrip('/')}/" for one in meant["registry-mirrors"]],
            meant["live-restore"],
        ]

        def remembers() -> str:
            said = self._host.run(_SETTINGS).output
            mirrors, live_restore = json.loads(said or "[null, null]")
            return "" if [mirrors or [], live_restore] == wanted else said or "nothing"

        problem = problem_after(remembers, _SECONDS)
        if own is None:
            self._host.remove(DAEMON)
        else:
            self._host.write(DAEMON, own)
        return not problem

    def _main_pid(self, unit: str) -> str:
        return self._host.run(f"systemctl show -p MainPID --value {unit}").output.strip()
