"""Scripts that systemd runs on a practice host: `systemd-run`, and what is enabled for boot.

They are real processes of this machine, started through `Machine.spawn`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.machine.units import WANTS, UnitFile, load_unit

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine, Spawned

_OWN: Final = "pilotage-revert-*.service"
_PATIENCE: Final = 0.1
"""Seconds before a transient unit that failed is started again (systemd's default)."""
_FLAGS: Final = frozenset({"--quiet", "-q", "--collect", "-G", "--no-block", "--no-ask-password"})


class TransientUnits:
    """Transient units of one host, by name, while they run."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._running: dict[str, Spawned] = {}

    def names(self) -> tuple[str, ...]:
        """Return the names of those that run."""
        return tuple(self._running)

    async def run(self, call: Call) -> Reply:
        """Answer a call of `systemd-run`."""
        words = list(call.arguments)
        unit = f"run-r{self._machine.chance.getrandbits(64):x}"
        again = False
        while words and words[0].startswith("-"):
            option = words.pop(0)
            name, equals, value = option.partition("=")
            if name not in _FLAGS and not equals:
                value = words.pop(0)
            if name == "--unit":
                unit = value
            again = again or value in {"Restart=on-failure", "Restart=always"}
        name = unit if unit.endswith(".service") else f"{unit}.service"
        if name in self._running:
            taken = f"Unit {name} was already loaded or has a fragment file."
            words_of_systemd = f"Failed to start transient service unit: {taken}\n"
            return Reply(status=1, errors=words_of_systemd)
        self._running[name] = await self._machine.spawn(words)
        self._machine.background(self._keep(name, words, again=again))
        quiet = bool({"--quiet", "-q"} & set(call.arguments))
        return Reply(errors="" if quiet else f"Running as unit: {name}\n")

    async def boot(self) -> None:
        """Run what takes back unconfirmed runs before any daemon starts, and wait for it."""
        root = self._machine.root
        for link in sorted((root / WANTS).glob(_OWN)):
            unit = load_unit(root, link.name)
            if unit and _conditions_hold(unit, self._machine.file):
                script = await self._machine.spawn(unit.command)
                self._running[unit.name] = script
                await script.wait()
                self._running.pop(unit.name, None)

    def end(self) -> None:
        """End all of them at once."""
        for script in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                script.kill()
        self._running.clear()

    async def _keep(self, name: str, command: Sequence[str], *, again: bool) -> None:
        while await self._running[name].wait() and again:
            await self._machine.clock.sleep(_PATIENCE)
            self._running[name] = await self._machine.spawn(command)
        self._running.pop(name, None)


def _conditions_hold(unit: UnitFile, file: Callable[[str], Path]) -> bool:
    """Tell whether the paths of a unit's conditions are there: one with `|`, all without."""
    conditions = unit.all("Unit", "ConditionPathExists")
    any_of = [file(path[1:]).exists() for path in conditions if path.startswith("|")]
    all_of = [file(path).exists() for path in conditions if not path.startswith("|")]
    return all(all_of) and (not any_of or any(any_of))
