"""The spelling of a jump host: `[user@]host[:port]`, an `ssh://` URI or an ssh_config alias."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wizard.errors import InputError
from wizard.wording import _

_HOP: Final = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@/\s]+)@)?"
    r"(?:\[(?P<literal>[0-9A-Fa-f:.]+(?:%\w+)?)\]|(?P<host>[^@:/\s\[\]]+))(?::(?P<port>\d{1,5}))?/?"
)
_BARE_IPV6: Final = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """The parts of a spelling; `user` is empty and `port` zero where they are left out."""

    user: str
    name: str
    port: int


def parse_hop(hop: str) -> Hop:
    """Return the parts of a jump host's spelling; raises InputError if it is none."""
    if _BARE_IPV6.fullmatch(hop):
        return Hop(user="", name=hop, port=0)
    found = _HOP.fullmatch(hop)
    port = int(found["port"] or 0) if found else 0
    if found is None or port > 65535:  # noqa: PLR2004  # TCP ports
        raise InputError(
            _("“{hop}” is not a jump host.").format(hop=hop),
            todo=_("Expected [user@]host[:port]; an IPv6 address with a port in brackets."),
        )
    return Hop(user=found["user"] or "", name=found["literal"] or found["host"], port=port)
