"""Where the style sheets are: the same in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

import assets


def style_path(name: str) -> str:
    """Return the path of `assets/styles/<name>.tcss`."""
    return str(Path(assets.__file__).parent / "styles" / f"{name}.tcss")
