"""Colours: one calm accent, status colours only for status, in three themes."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DARK: Final = "pilotage-dark"
LIGHT: Final = "pilotage-light"
ANSI: Final = "pilotage-ansi"
ORDER: Final = (DARK, LIGHT, ANSI)

DEFAULTS: Final[dict[str, str]] = {
    "ok": "#8fbf8a",
    "warn": "#d8b26e",
    "bad": "#e27d72",
    "live": "#74b8c9",
    "muted": "#828c99",
    "rule": "#323b47",
    "lit": "#26303b",
    "lit-text": "#f2f5f8",
}
"""Our own colour names; every theme may give them other values."""


def themes() -> tuple[Theme, ...]:
    """Return the dark, the light and the ansi theme."""
    return (_dark(), _light(), _ansi())


def _dark() -> Theme:
    return Theme(
        name=DARK,
        primary="#74b8c9",
        secondary="#74b8c9",
        accent="#74b8c9",
        warning="#d8b26e",
        error="#e27d72",
        success="#8fbf8a",
        foreground="#d5dbe3",
        background="#13171c",
        surface="#13171c",
        panel="#1c222a",
        dark=True,
        variables=DEFAULTS | {"scrollbar": "#323b47", "scrollbar-background": "#13171c"},
    )


def _light() -> Theme:
    return Theme(
        name=LIGHT,
        primary="#1c6b80",
        secondary="#1c6b80",
        accent="#1c6b80",
        warning="#855c00",
        error="#b02e24",
        success="#33702c",
        foreground="#262c33",
        background="#f7f6f2",
        surface="#f7f6f2",
        panel="#ecebe4",
        dark=False,
        variables={
            "ok": "#33702c",
            "warn": "#855c00",
            "bad": "#b02e24",
            "live": "#1c6b80",
            "muted": "#69717b",
            "rule": "#cfcdc4",
            "lit": "#e0e7e8",
            "lit-text": "#101418",
            "scrollbar": "#cfcdc4",
            "scrollbar-background": "#f7f6f2",
        },
    )


def _ansi() -> Theme:
    return Theme(
        name=ANSI,
        ansi=True,
        primary="ansi_cyan",
        secondary="ansi_cyan",
        accent="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            "ok": "ansi_green",
            "warn": "ansi_yellow",
            "bad": "ansi_red",
            "live": "ansi_cyan",
            "muted": "ansi_bright_black",
            "rule": "ansi_bright_black",
            "lit": "ansi_default",
            "lit-text": "ansi_default",
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "border-blurred": "ansi_bright_black",
            "block-cursor-foreground": "ansi_default",
            "block-cursor-background": "ansi_default",
            "input-cursor-background": "ansi_default",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-text-style": "reverse",
            "input-selection-background": "ansi_cyan",
            "input-selection-foreground": "ansi_black",
            "screen-selection-background": "ansi_cyan",
            "screen-selection-foreground": "ansi_black",
        },
    )
