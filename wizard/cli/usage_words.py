"""What is wrong with a command line, in the chosen language: click's own words are English."""

from __future__ import annotations

import re
from typing import Final

import click

from wizard.wording import _

_NO_COMMAND: Final = re.compile(r"No such command '(?P<name>.+?)'")
_TOO_MANY: Final = re.compile(r"Got unexpected extra arguments? \((?P<names>.*)\)", re.DOTALL)


def usage_words(error: click.ClickException) -> str:
    """Return what is wrong; what is not known here is told in click's words."""
    match error:
        case click.exceptions.NoArgsIsHelpError(ctx=context) if context is not None:
            # Click's own words for a group alone are its whole help.
            command = context.command
            names = command.list_commands(context) if isinstance(command, click.Group) else []
            return _("A command of {group} is missing: {names}.").format(
                group=context.command_path, names=", ".join(names)
            )
        case click.NoSuchOption():
            return _no_option(error)
        case click.BadOptionUsage():
            return _("The option {name} lacks its value, or takes none.").format(
                name=error.option_name
            )
        case click.BadParameter(param=click.Parameter() as parameter):
            return _bad_value(error, parameter)
        case click.UsageError():
            return _other(error)
        case _:
            return error.format_message()


def _no_option(error: click.NoSuchOption) -> str:
    words = _("There is no option {name}.").format(name=error.option_name)
    if not error.possibilities:
        return words
    names = ", ".join(sorted(error.possibilities))
    guess = _("Is one of these meant: {names}?").format(names=names)
    return f"{words} {guess}"


def _bad_value(error: click.BadParameter, parameter: click.Parameter) -> str:
    name, kind = parameter.get_error_hint(error.ctx), parameter.type
    if isinstance(error, click.MissingParameter):
        return _("{name} is missing.").format(name=name)
    if isinstance(kind, click.Choice):
        choices = ", ".join(str(choice) for choice in kind.choices)
        return _("{name} must be one of {choices}.").format(name=name, choices=choices)
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        least, most = getattr(kind, "min", None), getattr(kind, "max", None)
        if least is None:
            return _("{name} must be a number.").format(name=name)
        if most is None:
            return _("{name} must be a number from {least} on.").format(name=name, least=least)
        words = _("{name} must be a number from {least} to {most}.")
        return words.format(name=name, least=least, most=most)
    return f"{name}: {error.message}"


def _other(error: click.UsageError) -> str:
    unknown, too_many = _NO_COMMAND.match(error.message), _TOO_MANY.match(error.message)
    if unknown:
        return _("There is no command {name}.").format(name=unknown["name"])
    if too_many:
        return _("This is one word too many: {names}").format(names=too_many["names"])
    return error.format_message()
