"""Jump hosts by their spelling: hosts of the fleet, aliases of ssh_config, or plain addresses."""

from __future__ import annotations

from dataclasses import replace

from wizard.fleet.host import Fleet, Host, Sudo
from wizard.fleet.hosts_section import Lookup
from wizard.ssh.hops import hop_parts
from wizard.ssh.tunnels import ResolveHop


def hop_resolver(fleet: Fleet, *, lookup: Lookup, ssh_config: str) -> ResolveHop:
    """Return what makes a Host of `[user@]host[:port]`.

    A hop that ssh_config gives no key for is logged in to with the keys, and checked against the
    known hosts, of the first host behind it.
    """
    by_name = {host.name: host for host in fleet.hosts}

    def resolve(spelled: str) -> Host:
        user, name, port = hop_parts(spelled)
        if name in by_name:
            hop = by_name[name]
        else:
            found = lookup(name, ssh_config)
            hop = found.options.host(name=spelled, address=found.address)
            behind = next((host for host in fleet.hosts if spelled in host.proxy_jump), None)
            if behind is not None:
                hop = _with_means_of(hop, behind)
        hop = replace(hop, sudo=Sudo.NONE)
        if user:
            hop = replace(hop, user=user)
        return replace(hop, port=port) if port else hop

    return resolve


def _with_means_of(hop: Host, behind: Host) -> Host:
    if not hop.identity_files:
        hop = replace(
            hop,
            identity_files=behind.identity_files,
            identities_only=behind.identities_only,
            identity_agent=hop.identity_agent or behind.identity_agent,
        )
    if not hop.known_hosts_files:
        hop = replace(hop, known_hosts_files=behind.known_hosts_files)
    return replace(hop, credential=behind.credential)
