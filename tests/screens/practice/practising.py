"""An operator at the wizard, on a practice fleet that runs in a process of its own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from textual.pilot import Pilot

from screens.app import PilotageApp
from tests.screens.hands import Hands
from wizard.drill import OpenDrill
from wizard.planning.diff import CARRIAGE_RETURN
from wizard.practice.demo.control import Asked
from wizard.practice.demo.running import FleetRequest, RunningFleet, running_fleet
from wizard.practice.demo.truth import Photograph, photograph
from wizard.wording import safe_text

PATIENCE = 60.0
PAUSE = 0.2
SIZE = (120, 50)
_NUMBERED = re.compile(r"(.{4}) (.{4}) ([ +-]) (.*)")


class Numbered(NamedTuple):
    """A line of a file as a difference shows it; a number is 0 where that side lacks it."""

    before: int
    after: int
    text: str


class Practising(Hands):
    """Hands at the wizard, and eyes on the hosts themselves."""

    def __init__(self, app: PilotageApp, pilot: Pilot[None], fleet: RunningFleet) -> None:
        super().__init__(app, pilot, patience=PATIENCE, pause=PAUSE)
        self.fleet = fleet

    # What is on the screen

    def shown(self, selector: str) -> list[str]:
        """Return the lines that a part of the screen shows."""
        region = self.part(selector).content_region
        lines = self.text.splitlines()[region.y : region.bottom]
        return [line[region.x : region.right].rstrip() for line in lines]

    def states(self) -> dict[str, str]:
        """Return the words that the fleet table shows for each host, its sign before them."""
        found = {}
        for line in self.shown("FleetTable"):
            names = [name for name in self.fleet.hosts if f" {name} " in f"{line} "]
            if names:
                found[names[0]] = line.partition(f" {names[0]}")[0].lstrip(" ▸").rstrip()
        return found

    async def see_states(self, expected: Mapping[str, str]) -> None:
        """Wait until the fleet table shows these; it may follow the line above it by a frame."""
        await self.until(lambda: self.states() == expected, f"{expected}")

    def difference(self) -> list[Numbered]:
        """Return the numbered lines of the difference that Preview shows."""
        found = (_NUMBERED.fullmatch(f"{line:<12}") for line in self.shown("#detail")[1:])
        return [
            Numbered(int(match[1].strip() or 0), int(match[2].strip() or 0), match[4].rstrip())
            for match in found
            if match
        ]

    # What is on the hosts

    def photograph(self) -> Photograph:
        """Read what is on all hosts now."""
        return photograph({name: host.root for name, host in self.fleet.hosts.items()})

    def lines_of(self, host: str, path: str) -> list[str]:
        """Return the lines of a host's file as the screens spell them; none without a file."""
        place = self.file(host, path)
        text = place.read_bytes().decode() if place.exists() else ""
        spelt = text.replace("\r", CARRIAGE_RETURN)
        return [safe_text(line).rstrip() for line in spelt.split("\n")]

    def file(self, host: str, path: str) -> Path:
        """Return where a host's file is on this machine."""
        return self.fleet.hosts[host].root / path.lstrip("/")

    async def serves(self) -> Mapping[str, str]:
        """Return who answers a real pull on each host: `target`, `upstream` or `nothing`."""
        answered: dict[str, str] = await self.fleet.order(
            Asked.SERVES, hosts=list(self.fleet.hosts)
        )
        return answered

    # The way through the wizard

    async def read_fleet(self) -> None:
        """Read all hosts of the migration file."""
        count = len(self.fleet.hosts)
        await self.see("step 1/5", f"migration file: {count} hosts")
        await self.focus("#read")
        await self.press("enter")
        await self.see("F10: Registry", f"{count} hosts · trouble first")

    async def probe_registry(self) -> None:
        """Go on to Registry and probe the target that the migration file names."""
        await self.press("f10")
        await self.see("step 2/5")
        await self.focus("#probe")
        await self.press("enter")
        await self.see("F10: Preview")

    async def look_at_plan(self) -> None:
        """Go on to Preview."""
        await self.press("f10")
        await self.see("step 3/5", "F10: Start canary wave")
        await self.until(lambda: self.shown("#detail")[0].startswith("/"), "the first difference")

    async def start_rollout(self) -> None:
        """Confirm the start and come to Roll out."""
        await self.press("f10")
        await self.see("Start the rollout?")
        await self.focus("#count-input")
        await self.type(str(len(self.fleet.hosts)))
        await self.until(lambda: not self.part("#yes").disabled, "the button to be armed")
        await self.press("enter")
        await self.see("step 4/5")

    async def roll_back_all(self) -> None:
        """Go to Roll back, undo the whole run and wait for its end."""
        await self.press("f9")
        await self.see("step 5/5", "the whole run")
        await self.focus("#undo")
        await self.press("enter")
        await self.see("Each host gets back the bytes")
        await self.press("tab", "enter")
        await self.see("State now  completed")


@asynccontextmanager
async def at_the_wizard(
    fleet: RunningFleet, state_folder: Path, drill: OpenDrill | None = None
) -> AsyncIterator[Practising]:
    """Open the wizard on a fleet, with the service that its operator gets."""
    app = PilotageApp(
        service=fleet.open_service(),
        migration_path=fleet.migration_file,
        environ={},
        state_folder=lambda: state_folder,
        drill=drill,
    )
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        yield Practising(app, pilot, fleet)


@asynccontextmanager
async def practising(
    *, hosts: int, seed: int, rollout: Mapping[str, Any], state_folder: Path
) -> AsyncIterator[Practising]:
    """Run a fleet, and the wizard on it."""
    with running_fleet(FleetRequest(hosts=hosts, seed=seed, rollout=rollout)) as fleet:
        async with at_the_wizard(fleet, state_folder) as operator:
            yield operator
