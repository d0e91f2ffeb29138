"""References to secrets as they are typed: never the secret itself."""

from __future__ import annotations

from wizard.wording import _


def wrong_reference(text: str) -> str:
    """Return what is wrong with a reference to a secret, or nothing."""
    if not text or text == "ask" or text.startswith(("env:", "file:")):
        return ""
    return _("not the password itself: ask, env:NAME or file:PATH")
