"""Host names as an operator types them: `web1 admin@db2:2222 [2001:db8::1]:22`."""

from __future__ import annotations

import re
from typing import Final

from wizard.fleet.host import Host
from wizard.wording import _

_TYPED: Final = re.compile(
    r"(?:(?P<user>[^@\s\[\]]+)@)?(?P<address>\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(?P<port>\d{1,5}))?"
)
_HIGHEST_PORT: Final = 65535


def parse_typed(text: str) -> tuple[Host, ...]:
    """Return the hosts that `text` names; raises ValueError with words for the operator."""
    hosts: dict[str, Host] = {}
    for word in re.split(r"[\s,]+", text.strip()):
        if not word:
            continue
        host = _parse_one(word)
        if host.name in hosts:
            raise ValueError(_("{name} is named twice").format(name=host.name))
        hosts[host.name] = host
    if not hosts:
        raise ValueError(_("name at least one host"))
    return tuple(hosts.values())


def _parse_one(word: str) -> Host:
    match = _TYPED.fullmatch(word)
    port = int(match["port"] or 22) if match else 0
    if match is None or not 0 < port <= _HIGHEST_PORT:
        raise ValueError(_("{word} is not [user@]host[:port]").format(word=word))
    address = match["address"].strip("[]")
    return Host(name=address, address=address, port=port, user=match["user"] or "root")


def is_bare(host: Host) -> bool:
    """Tell whether only a name was typed, so that ssh_config may say the rest."""
    return host == Host(name=host.name, address=host.name)


def wrong_with(text: str) -> str:
    """Return what is wrong with the typed names, or nothing."""
    try:
        parse_typed(text)
    except ValueError as error:
        return str(error)
    return ""
