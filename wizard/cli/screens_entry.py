"""Start the wizard's screens, found as an installed entry point: the core does not import them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from wizard.drill import OpenDrill
from wizard.errors import InputError
from wizard.service import MigrationService
from wizard.wording import _

GROUP: Final = "pilotage.screens"
NAME: Final = "wizard"


def start_wizard(
    service: MigrationService,
    migration_path: Path,
    *,
    mouse: bool,
    drill: OpenDrill | None = None,
    read_at_once: bool = False,
    is_practice: bool = False,
) -> int:
    """Run the wizard until the operator leaves it; returns its exit code.

    A drill is told about on every step; read at once, the hosts need no press of a button; that
    it is all practice is said in the title.
    Raises InputError when no screens are installed.
    """
    run_wizard = load_screens()
    code = run_wizard(
        service=service,
        migration_path=migration_path,
        mouse=mouse,
        drill=drill,
        read_at_once=read_at_once,
        is_practice=is_practice,
    )
    return code or 0


def load_screens() -> Callable[..., int | None]:
    """Load the screens and return what runs them; raises InputError when none are installed."""
    found = entry_points(group=GROUP, name=NAME)
    if not found:
        raise InputError(
            _("The wizard's screens are not installed."),
            todo=_("Install the package anew, or use the commands: pilotage --help."),
        )
    run_wizard: Callable[..., int | None] = next(iter(found)).load()
    return run_wizard
