"""The HTTP proxy through which this machine reaches the target: a URL, or a reference to one."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from wizard.errors import InputError
from wizard.fleet.secret_reference import SecretSource, absolute_reference
from wizard.secret import Secret
from wizard.wording import _

_REFERENCES: Final = ("env:", "file:")
_PLACE: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]+)?")
_LIKE_IPV4: Final = re.compile(r"[0-9]+(\.[0-9]+){3}")


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
    """Raise ValueError for what HTTP clients refuse, who would quote it with its login."""
    wrong = ValueError(_("expected http://host:port, env:NAME or file:PATH."))
    try:
        parts = urlsplit(text)
        port = parts.port
        if _LIKE_IPV4.fullmatch(parts.hostname or ""):
            IPv4Address(parts.hostname or "")
    except ValueError:
        raise wrong from None
    place = parts.netloc.rpartition("@")[2]
    if not text.isprintable() or " " in text or not _PLACE.fullmatch(place):
        raise wrong
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise wrong
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise wrong
