"""How a jump host is spelled: `[user@]host[:port]`, an `ssh://` URI or an ssh_config alias."""

from __future__ import annotations

import re
from typing import Final

from wizard.errors import InputError
from wizard.wording import _

_HOP: Final = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@/\s]+)@)?"
    r"(?:\[(?P<literal>[0-9A-Fa-f:.]+(?:%\w+)?)\]|(?P<host>[^@:/\s\[\]]+))(?::(?P<port>\d{1,5}))?/?"
)
_BARE_IPV6: Final = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?")


def hop_parts(hop: str) -> tuple[str, str, int]:
    """Return user, name and port; empty and zero where the spelling leaves them out.

    Raises InputError for what is no jump host.
    """
    if _BARE_IPV6.fullmatch(hop):
        return "", hop, 0
    found = _HOP.fullmatch(hop)
    port = int(found["port"] or 0) if found else 0
    if found is None or port > 65535:  # noqa: PLR2004  # TCP ports
        raise InputError(
            _("“{hop}” is not a jump host.").format(hop=hop),
            todo=_("Expected [user@]host[:port]; an IPv6 address with a port in brackets."),
        )
    return found["user"] or "", found["literal"] or found["host"], port
