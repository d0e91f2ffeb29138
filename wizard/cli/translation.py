"""Help texts in the chosen language: they are marked where they stand, translated here."""

from __future__ import annotations

import click

from wizard.wording import _


def translated(command: click.Command) -> click.Command:
    """Return `command`, its help and that of its options and subcommands translated."""
    command.help = _(command.help) if command.help else None
    command.epilog = _(command.epilog) if command.epilog else None
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = _(parameter.help)
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            translated(subcommand)
    return command
