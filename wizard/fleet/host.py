"""A host of the fleet and how it is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Sudo(Enum):
    """How the login user becomes root."""

    NONE = "none"
    """The login user is root."""
    PASSWORDLESS = "passwordless"
    PASSWORD = "password"  # noqa: S105  # a mode, not a password
    AUTO = "auto"
    """Root if the login user is root, else `sudo`, asking for a password if it wants one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host by its name in the fleet.

    Attributes:
        name: unique in the fleet; what the operator reads everywhere.
        address: DNS name or IP address that is connected to.
        proxy_jump: hops in order, each `[user@]host[:port]` or an alias of ssh_config.
        identity_files: absolute paths of private keys, tried in order; empty means the
            agent and the default keys.
        known_hosts_files: absolute paths; empty means the operator's own file.
        group: the group that gave it its options.
        labels: sorted by key.
        alias: name in ssh_config that it takes options from, or empty.
        credential: hosts of the same credential name share passwords and passphrases.
    """

    name: str
    address: str
    port: int = 22
    user: str = "root"
    sudo: Sudo = Sudo.AUTO
    proxy_jump: tuple[str, ...] = ()
    identity_files: tuple[str, ...] = ()
    identities_only: bool = False
    identity_agent: str | None = None
    known_hosts_files: tuple[str, ...] = ()
    host_key_alias: str | None = None
    group: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    credential: str = "default"
    alias: str = ""
    ssh_warnings: tuple[str, ...] = field(default=(), compare=False)
    """What of the operator's ssh_config is not honoured for this host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The hosts of a migration, in the operator's order, names unique."""

    hosts: tuple[Host, ...]

    def host(self, name: str) -> Host:
        """Return the host of that name; raises KeyError."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise KeyError(name)
