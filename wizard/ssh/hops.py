"""Jump hosts by their spelling: `[user@]host[:port]`, an `ssh://` URI or an ssh_config alias."""

from __future__ import annotations

import re
from typing import Final

from wizard.errors import InputError
from wizard.fleet.host import Host
from wizard.ssh.ssh_config import SSHConfig
from wizard.ssh.tunnels import ResolveHop
from wizard.wording import _

_HOP: Final = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@/\s]+)@)?"
    r"(?:\[(?P<literal>[0-9A-Fa-f:.]+(?:%\w+)?)\]|(?P<host>[^@:/\s\[\]]+))(?::(?P<port>\d{1,5}))?/?"
)
_BARE_IPV6: Final = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?")


def hop_resolver(config: SSHConfig) -> ResolveHop:
    """Return what turns a hop into a Host, with what ssh_config says of it.

    Parts of the spelling win over ssh_config. The resolver raises InputError for a hop that
    cannot be read.
    """

    def resolve(hop: str) -> Host:
        user, name, port = hop_parts(hop)
        said = config.resolve(name)
        return Host(
            name=hop,
            address=said.address,
            port=port or said.port or 22,
            user=user or said.user or config.local_user,
            proxy_jump=said.proxy_jump,
            identity_files=said.identity_files,
            identities_only=said.identities_only,
            identity_agent=said.identity_agent,
            known_hosts_files=said.known_hosts_files,
            host_key_alias=said.host_key_alias,
            alias=name,
        )

    return resolve


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
