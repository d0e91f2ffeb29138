"""What `tests/bench/screens.py` runs in its terminals: a program that the first argument names."""

from __future__ import annotations

import sys
from pathlib import Path

# ruff: noqa: PLC0415  # what a program does not use must not cost it time

ROWS = 5000
UPDATES_PER_SECOND = 1000
HERTZ = 4.0
MARK = "ready-mark"


def minimal() -> None:
    """Show the smallest Textual application that has something to show."""
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Minimal(App[None]):
        def compose(self) -> ComposeResult:
            yield Static(MARK)

    Minimal().run()


def wizard(folder: Path) -> None:
    """Show the wizard's first step."""
    from screens.app import run_wizard
    from tests.bench.idle_service import idle_service

    run_wizard(service=idle_service(), migration_path=folder / "migration.yaml")


def real(folder: Path) -> None:
    """Show the wizard's first step, with the service that operators have."""
    from screens.app import run_wizard
    from wizard.service import open_service

    service = open_service(state_dir=folder / "state")
    run_wizard(service=service, migration_path=folder / "migration.yaml")


def load(folder: Path) -> None:
    """Show Roll out over 5,000 hosts of which 1,000 change each second, in a drill."""
    import time

    from screens.app import PilotageApp
    from screens.session import Step
    from tests.bench.screens_service import BusyService
    from wizard.drill import OpenDrill

    service = BusyService(rows=ROWS, updates_per_second=UPDATES_PER_SECOND)

    class Loaded(PilotageApp):
        def on_mount(self) -> None:
            super().on_mount()
            self.session.rollout = service.view("rollout-1")
            self.call_after_refresh(self.go, Step.ROLL_OUT)

    drill = OpenDrill(goal="Every host is on the target.", began_at=time.monotonic())
    Loaded(service=service, migration_path=folder / "migration.yaml", drill=drill).run()


def feed() -> None:
    """Play the same rollout without any screen: what the script of it costs by itself."""
    import asyncio

    from tests.bench.screens_service import BusyService

    async def play() -> None:
        service = BusyService(rows=ROWS, updates_per_second=UPDATES_PER_SECOND)
        async for _view in service.watch("rollout-1", hertz=HERTZ):
            print(MARK, end="\r", flush=True)

    asyncio.run(play())


def main() -> None:
    """Run what the first argument names, in the folder that the second names."""
    match sys.argv[1]:
        case "minimal":
            minimal()
        case "wizard":
            wizard(Path(sys.argv[2]))
        case "real":
            real(Path(sys.argv[2]))
        case "load":
            load(Path(sys.argv[2]))
        case "feed":
            feed()
        case other:
            raise SystemExit(f"unknown program {other}")


if __name__ == "__main__":
    main()
