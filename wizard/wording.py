"""Words for people: translation, and foreign text made safe to show.

Translations are gettext catalogues in `assets/locale`; English is the source.
"""

from __future__ import annotations

import gettext
import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import assets

_DOMAIN: Final = "pilotage"
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_UNSAFE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def choose_language(environ: Mapping[str, str] | None = None) -> None:
    """Load the catalogue for the first language of LANGUAGE, LC_ALL, LC_MESSAGES or LANG."""
    global _catalogue  # noqa: PLW0603  # one language per process, chosen at start
    environ = os.environ if environ is None else environ
    wanted = next(
        (
            environ[name]
            for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
            if environ.get(name)
        ),
        "",
    )
    languages = [part.split(".")[0] for part in wanted.split(":") if part]
    folder = Path(assets.__file__).parent / "locale"
    _catalogue = gettext.translation(_DOMAIN, folder, languages or ["en"], fallback=True)


def _(message: str) -> str:
    """Return `message` in the chosen language."""
    return _catalogue.gettext(message)


def mark(message: str) -> str:
    """Return `message` as it is: it stands in a table and is translated when shown."""
    return message


def ngettext(one: str, many: str, count: int) -> str:
    """Return the singular or plural form for `count` in the chosen language."""
    return _catalogue.ngettext(one, many, count)


def safe_text(foreign: object, *, limit: int = 2000) -> str:
    """Return text of a host, registry or file as one line that no terminal will obey.

    Control, format and unassigned characters become U+FFFD; line breaks and tabs become
    spaces; anything over `limit` characters is cut with an ellipsis.
    """
    text = str(foreign)
    if len(text) > limit:
        text = text[:limit] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_safe_character(character) for character in text)


def safe_lines(foreign: object, *, limit: int = 2000) -> list[str]:
    """Return foreign text as safe lines, each cut at `limit` characters."""
    return [safe_text(line, limit=limit) for line in str(foreign).split("\n")]


def _safe_character(character: str) -> str:
    if character in "\t\n\r":
        return " "
    if unicodedata.category(character) in _UNSAFE_CATEGORIES:
        return _REPLACEMENT
    return character
