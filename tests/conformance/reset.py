"""Bring a host back to how it was, as cheaply as what was done to it allows.

Files are restored to their bytes. A runtime that runs is told to forget by a reload with the empty
values (facts/runtimes.md §1.3). One that is down, or that took up what it reads at a start only,
is started anew, and only when a later case needs that. What several cases are given stays between
them, unless one of them changes more than what is read at every pull.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from tests.conformance.case import Begins, Step
from tests.conformance.host import ConformanceHost
from tests.conformance.patience import problem_after

DAEMON: Final = "/etc/docker/daemon.json"
_BY_RELOAD: Final = "/etc/docker/"
"""What lies below here a running Docker takes up at a reload or a pull, but for this:"""
_LIVE: Final = "/certs.d/"
"""What lies in such a directory is read at every pull."""
_STORE: Final = b"containerd-snapshotter"
_SYSTEMD: Final = "/etc/systemd/"
_FORGET: Final[dict[str, Any]] = {
    "registry-mirrors": [],
    "insecure-registries": [],
    "labels": [],
    "debug": False,
    "live-restore": False,
}
_SECONDS: Final = 5.0
_UNITS: Final = {"docker": "docker.service docker.socket", "containerd": "containerd.service"}
_START: Final = {
    "docker": f"systemctl reset-failed {_UNITS['docker']}; "
    "systemctl start docker.socket && systemctl restart docker",
    "containerd": "systemctl reset-failed containerd; systemctl restart containerd && "
    "i=0; until crictl version >/dev/null 2>&1; do "
    "i=$((i+1)); [ $i -lt 50 ] || exit 1; sleep 0.1; done",
    "podman": "true",
}
"""By unit, or by client where there is none: Podman reads everything at each call."""
_REMOVE: Final = {"docker": "docker rmi -f", "containerd": "crictl rmi", "podman": "podman rmi -f"}
_NO_PROCESS: Final = "none"


class _Debt(Enum):
    NONE = auto()
    RELOAD = auto()
    START = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What a host was brought to for several cases.

    Attributes:
        unit: the runtime's unit.
        steps: what was done.
        before: the files that it changed, as they were.
        restarted: whether the unit is another process since.
    """

    unit: str
    steps: tuple[Step, ...]
    before: Mapping[str, bytes | None]
    restarted: bool


class Cleaner:
    """What has to be undone on one host."""

    def __init__(self, host: ConformanceHost) -> None:
        self._host = host
        self._before: dict[str, bytes | None] = {}
        self._given: _Given | None = None
        self._debts: dict[str, _Debt] = {}
        self._pids: dict[str, str] = {}
        self._restarted: set[str] = set()

    def touched(self, path: str) -> None:
        """Remember a file as it is, before it is changed."""
        if path not in self._before:
            self._before[path] = self._host.read(path)

    def begin(self, unit: str, begins: Begins, given: tuple[Step, ...] = ()) -> bool:
        """Bring the unit into the state that a case begins with.

        Returns whether the host has what is given from the case before. Otherwise it has to be
        done now, and `keep` called.
        """
        kept = self._given
        if kept and given and (kept.unit, kept.steps) == (unit, given):
            return True
        self._take_back_given()
        if begins is Begins.CLEAN:
            self.settle(unit)
        if unit not in self._pids:
            self._note_process(unit)
        return False

    def keep(self, unit: str, given: tuple[Step, ...]) -> None:
        """Leave what was changed until now to the cases that are given the same."""
        former = self._pids[unit]
        self._note_process(unit)
        self._given = _Given(
            unit=unit,
            steps=given,
            before=dict(self._before),
            restarted=self._pids[unit] != former,
        )
        self._before.clear()

    def end(self, unit: str, *, images: Iterable[str] = (), container: str = "") -> None:
        """Restore all files after a case, remove what it brought, and see what the unit needs."""
        undo = []
        if container:
            undo.append(f"docker rm -f {container}")
        if named := " ".join(images):
            undo.append(f"{_REMOVE[unit]} {named}")
        self._undo(unit, undo, keeps_given=True)

    def settle(self, unit: str) -> None:
        """Pay what is owed to a unit; a host that takes nothing any more is made as new."""
        debt = self._debts.pop(unit, _Debt.NONE)
        if debt is _Debt.RELOAD and self._forget():
            return
        if debt is not _Debt.NONE:
            self._pids.pop(unit, None)
            self._restarted.add(unit)
            if self._host.run(_START[unit]).status:
                self._host.renew()
                self._debts.clear()

    def distrust(self, unit: str) -> None:
        """Have the unit started anew before a case that needs it clean."""
        self._take_back_given()
        self._debts[unit] = _Debt.START

    def settle_all(self) -> None:
        """Pay everything, and have every unit that was ever started anew run as it is meant to."""
        self._take_back_given()
        for unit in tuple(self._restarted):
            self.distrust(unit)
        for unit in tuple(self._debts):
            self.settle(unit)

    def _take_back_given(self) -> None:
        if self._given:
            self._undo(self._given.unit, keeps_given=False)

    def _undo(self, unit: str, commands: Iterable[str] = (), *, keeps_given: bool) -> None:
        given = self._given
        reads_at_start = self._reads_at_start(given.before if given else {})
        live = all(_LIVE in path for path in self._before)
        changed = set(self._before)
        self._restore(self._before)
        self._before.clear()
        pid = self._main_pid(unit, *commands)
        restarted = pid != self._pids[unit]
        if given and keeps_given and live and not restarted:
            return
        if given:
            self._restore(given.before)
            changed |= given.before.keys()
            restarted |= given.restarted
            self._given = None
        down = pid in {"", "0"}
        if restarted or down:
            self._pids.pop(unit)
            self._restarted.add(unit)
        if down or (restarted and reads_at_start):
            self._debts[unit] = _Debt.START
        elif unit == "docker" and (restarted or DAEMON in changed):
            self._debts.setdefault(unit, _Debt.RELOAD)

    def _restore(self, before: Mapping[str, bytes | None]) -> None:
        for path, content in before.items():
            if content is None:
                self._host.remove(path)
            else:
                self._host.write(path, content)
        if any(path.startswith(_SYSTEMD) for path in before):
            self._host.undo("systemctl daemon-reload")

    def _reads_at_start(self, given: Mapping[str, bytes | None]) -> bool:
        """Tell whether a start took something up that a reload does not give back."""
        before = {**self._before, **given}
        if any(not path.startswith(_BY_RELOAD) for path in before):
            return True
        if DAEMON not in before:
            return False
        now, own = self._host.read(DAEMON) or b"", before[DAEMON] or b""
        return (_STORE in now) is not (_STORE in own)

    def _forget(self) -> bool:
        """Have Docker forget what cases set; return whether it did."""
        own = self._host.read(DAEMON)
        meant = _FORGET | (json.loads(own) if own else {})
        self._host.write(DAEMON, json.dumps(meant).encode())
        self._host.mark()
        self._host.undo("systemctl reload docker")
        problem = problem_after(
            lambda: "" if "Reloaded configuration" in self._host.journal("docker") else "silence",
            _SECONDS,
        )
        if own is None:
            self._host.remove(DAEMON)
        else:
            self._host.write(DAEMON, own)
        return not problem

    def _note_process(self, unit: str) -> None:
        # Starts until now count for systemd's limit.
        forget = (f"systemctl reset-failed {_UNITS[unit]}",) if unit in _UNITS else ()
        self._pids[unit] = self._main_pid(unit, *forget)

    def _main_pid(self, unit: str, *first: str) -> str:
        """Return the unit's main process after some commands, which may fail."""
        if unit in _UNITS:
            return self._host.undo(*first, f"systemctl show -p MainPID --value {unit}").strip()
        if first:
            self._host.undo(*first)
        return _NO_PROCESS
