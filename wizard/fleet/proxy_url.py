"""The HTTP proxy through which this machine reaches the target: a URL, or a reference to one."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from wizard.errors import InputError
from wizard.fleet.secret_reference import SecretSource, absolute_reference
from wizard.secret import Secret
from wizard.wording import _

_REFERENCES: Final = ("env:", "file:")


def proxy_of(text: str, base: Path | None = None) -> str:
    """Return `http://host:port`, or a reference whose content may hold a login as well.

    With `base` a path of a reference becomes absolute. Raises ValueError, which repeats nothing.
    """
    if not text:
        return ""
    if text.startswith(_REFERENCES):
        return text if base is None else absolute_reference(text, base)
    if "@" in text:
        raise ValueError(_("a login does not belong here; name the whole URL by env:NAME."))
    _check(text)
    return text.rstrip("/")


def resolved_proxy(text: str, source: SecretSource) -> Secret | None:
    """Return the proxy's URL, with its login where a reference says one; None for no proxy.

    Raises InputError, which tells nothing of what the reference names.
    """
    if not text:
        return None
    if not text.startswith(_REFERENCES):
        return Secret(text)
    found = source.resolve(text, purpose=_("the URL of the proxy"))
    try:
        _check(found.reveal())
    except ValueError as error:
        raise InputError(
            _("What {reference} names is no proxy: {reason}").format(reference=text, reason=error)
        ) from None
    return found


def _check(text: str) -> None:
    wrong = ValueError(_("expected http://host:port, env:NAME or file:PATH."))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise wrong
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise wrong
