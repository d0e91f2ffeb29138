"""Help texts in the chosen language: they are marked where they stand, translated here."""

from __future__ import annotations

import copy
from typing import TypeVar

import click

from wizard.wording import _

_Command = TypeVar("_Command", bound=click.Command)


def translated(command: _Command) -> _Command:
    """Return a copy of `command`, its help and that of its options and subcommands translated."""
    told = copy.copy(command)
    told.help = _(command.help) if command.help else None
    told.epilog = _(command.epilog) if command.epilog else None
    told.params = [_translated_parameter(parameter) for parameter in command.params]
    if isinstance(told, click.Group):
        told.commands = {name: translated(one) for name, one in told.commands.items()}
    return told


def _translated_parameter(parameter: click.Parameter) -> click.Parameter:
    if not isinstance(parameter, click.Option) or not parameter.help:
        return parameter
    told = copy.copy(parameter)
    told.help = _(parameter.help)
    return told
