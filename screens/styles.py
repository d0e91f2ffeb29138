"""Where the style sheets are: the same in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

from textual.css.stylesheet import Stylesheet

import assets


class Sheet(Stylesheet):
    """A style sheet that is taken apart again only for other colours.

    An application asks for that whenever a theme is set, and so before the first paint, too.
    """

    def __init__(self, *, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._colours = variables
        self._is_current = True

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take the values of names such as `$accent`."""
        if variables != self._colours:
            super().set_variables(variables)
            self._colours = variables
            self._is_current = False

    def reparse(self) -> None:
        """Take the sources apart again where that makes a difference."""
        if not self._is_current:
            super().reparse()
            self._is_current = True


def style_path(name: str) -> str:
    """Return the path of `assets/styles/<name>.tcss`."""
    return str(Path(assets.__file__).parent / "styles" / f"{name}.tcss")
