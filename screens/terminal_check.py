"""Whether this terminal can show the wizard: told in one line before anything is drawn."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

from wizard.wording import _


def refusal(environ: Mapping[str, str], *, encoding: str | None, is_terminal: bool) -> str:
    """Return why the wizard cannot be drawn here, or nothing if it can.

    Args:
        environ: of the process; TERM is looked at.
        encoding: of standard error, where Textual draws.
        is_terminal: both standard input and standard error are terminals.
    """
    if not is_terminal:
        return _("The wizard needs a terminal. Headless: pilotage discover, plan, apply, rollback.")
    term = environ.get("TERM", "")
    if term in {"", "dumb", "unknown"}:
        return _(
            "TERM={term} cannot show the wizard. Set TERM (xterm-256color), or work headless:"
            " pilotage discover, plan, apply, rollback."
        ).format(term=term or "''")
    if not _is_utf8(encoding):
        return _(
            "This terminal's encoding is {encoding}; the wizard needs UTF-8."
            " Set LC_ALL=C.UTF-8, or work headless: pilotage discover, plan, apply, rollback."
        ).format(encoding=encoding or "?")
    return ""


def _is_utf8(encoding: str | None) -> bool:
    try:
        return codecs.lookup(encoding or "").name == "utf-8"
    except LookupError:
        return False
