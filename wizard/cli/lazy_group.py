"""A group of commands whose modules are imported when they are used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from wizard.cli.translation import translated
from wizard.wording import _

Commands = Mapping[str, tuple[str, str, str]]
"""By name: module of `wizard.cli`, function in it, marked words for the list of commands."""


class LazyGroup(click.Group):
    """Commands by name, in the order in which they are given.

    Args:
        lazy: the commands.
        unlisted: names that are not shown in the list.
    """

    def __init__(
        self, *args: Any, lazy: Commands, unlisted: frozenset[str] = frozenset(), **extra: Any
    ) -> None:
        super().__init__(*args, **extra)
        self._lazy = lazy
        self._unlisted = unlisted

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's own signature
        """Return the names of the commands."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's own signature
        """Return the command of that name, its module imported."""
        if cmd_name not in self._lazy:
            return None
        module, function, _summary = self._lazy[cmd_name]
        command: click.Command = getattr(import_module(f"wizard.cli.{module}"), function)
        return translated(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's own signature
        """Write the list of commands without importing them."""
        rows = [
            (name, _(entry[2])) for name, entry in self._lazy.items() if name not in self._unlisted
        ]
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)
