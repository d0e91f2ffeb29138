"""Where the style sheets are: the same in a checkout and in an installed package."""

from __future__ import annotations

from importlib import resources


def style_path(name: str) -> str:
    """Return the path of `assets/styles/<name>.tcss`."""
    return str(resources.files("assets") / "styles" / f"{name}.tcss")
