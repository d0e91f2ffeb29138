"""What the commands about Nexus as a container are told, and what they make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from wizard.service import NexusInstallation
from wizard.wording import mark

_Command = Callable[..., Any]
USUAL: Final = NexusInstallation(host="", image="")
_PORT: Final = click.IntRange(1, 65535)

name_option: Final = click.option(
    "--name",
    default=USUAL.name,
    show_default=True,
    metavar="NAME",
    help=mark("What the container is called."),
)


def place_options(command: _Command) -> _Command:
    """Add what says where on a host Nexus is: its name, its data and its ports."""
    for option in (
        click.option(
            "--connector",
            "connectors",
            type=_PORT,
            multiple=True,
            default=USUAL.connectors,
            show_default=True,
            help=mark("A port for a Docker repository; may be repeated. None can be added later."),
        ),
        click.option(
            "--port",
            type=_PORT,
            default=USUAL.port,
            show_default=True,
            help=mark("The port of its pages and its API."),
        ),
        click.option(
            "--data",
            default=USUAL.data,
            show_default=True,
            metavar="PATH",
            help=mark("Where its data will be, a directory of the host."),
        ),
        name_option,
    ):
        command = option(command)
    return command
