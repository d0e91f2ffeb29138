"""Options that every command has; they may stand before or after the command's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from wizard.cli.surroundings import Session
from wizard.wording import mark

Function = TypeVar("Function", bound=Callable[..., Any])


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Return a callback that stores a given option in the session."""

    def store(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        session = context.find_object(Session)
        if session is not None and value is not None:
            setattr(session, name, value)

    return store


_OPTIONS: Final = (
    click.option(
        "-m",
        "--migration",
        metavar="FILE",
        type=click.Path(path_type=Path),
        default=None,
        expose_value=False,
        callback=_remember("migration_path"),
        help=mark("The migration file; ./migration.yaml by default."),
    ),
    click.option(
        "--state-dir",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        default=None,
        expose_value=False,
        callback=_remember("state_dir"),
        help=mark("Where runs are kept; $XDG_STATE_HOME/pilotage by default."),
    ),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        default=None,
        expose_value=False,
        callback=_remember("as_json"),
        help=mark("Write JSON documents on standard output."),
    ),
    click.option(
        "-y",
        "--yes",
        is_flag=True,
        default=None,
        expose_value=False,
        callback=_remember("yes"),
        help=mark("Agree to every question; for unattended use."),
    ),
    click.option(
        "--color",
        "colour",
        type=click.Choice(["auto", "always", "never"]),
        default=None,
        expose_value=False,
        callback=_remember("colour"),
        help=mark("Colour the output; auto heeds NO_COLOR."),
    ),
)


def common_options(function: Function) -> Function:
    """Give a command the options that all commands share."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
