"""Hosts as the operator's ssh_config knows them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from wizard.fleet.host import Host
from wizard.fleet.host_options import HostOptions
from wizard.fleet.hosts_section import DEFAULT_SSH_CONFIG, Lookup, SSHConfigHost
from wizard.ssh.ssh_config import SSHConfig
from wizard.wording import _


def ssh_lookup(home: Path) -> Lookup:
    """Return a lookup that reads each ssh_config file once; `home` stands for `~` in it."""

    @cache
    def config(file: str) -> SSHConfig:
        return SSHConfig.read(Path(file), home=home)

    def lookup(alias: str, file: str) -> SSHConfigHost:
        found = config(file).resolve(alias)
        return SSHConfigHost(
            address=found.address,
            options=HostOptions(
                user=found.user,
                port=found.port,
                identity_files=found.identity_files or None,
                identities_only=found.identities_only or None,
                identity_agent=found.identity_agent,
                proxy_jump=found.proxy_jump or None,
                known_hosts_files=found.known_hosts_files or None,
                host_key_alias=found.host_key_alias,
            ),
            warnings=tuple(
                _("{directive} of ssh_config is not honoured").format(directive=directive)
                for directive in found.ignored
            ),
        )

    return lookup


def ssh_hosts(aliases: Sequence[str], *, lookup: Lookup, home: Path) -> tuple[Host, ...]:
    """Return a host for each alias of the operator's own ssh_config."""
    file = str(home / DEFAULT_SSH_CONFIG.removeprefix("~/"))
    hosts: list[Host] = []
    for alias in aliases:
        found = lookup(alias, file)
        hosts.append(
            found.options.host(
                name=alias, address=found.address, alias=alias, ssh_warnings=found.warnings
            )
        )
    return tuple(hosts)
