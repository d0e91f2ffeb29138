"""Whether `insecure-registries` covers a registry (facts/runtimes.md §1.2)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

_ALWAYS = frozenset({"127.0.0.0/8", "::1/128"})


def is_insecure(
    url: str, insecure_registries: Iterable[str], addresses: Iterable[str] = ()
) -> bool:
    """Return whether an entry makes Docker skip TLS verification for an `https` registry.

    The daemon looks up a name before it compares it with networks (CIDR): `addresses` are what it
    finds, as far as that is known.
    """
    authority, host = _https_host(url)
    if not host:
        return False
    known = (host, *addresses)
    return any(_covers(entry, authority, known) for entry in insecure_registries)


def untold_networks(
    url: str, insecure_registries: Iterable[str], addresses: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the networks of which nobody knows whether they hold an `https` registry."""
    _authority, host = _https_host(url)
    if not host or any(_address(one) is not None for one in (host, *addresses)):
        return ()
    return tuple(sorted(entry for entry in comparable(insecure_registries) if _network(entry)))


def comparable(insecure_registries: Iterable[str]) -> frozenset[str]:
    """Return entries in one spelling, those left out that every daemon has."""
    return frozenset(_plain(entry) for entry in insecure_registries) - _ALWAYS


def _https_host(url: str) -> tuple[str, str]:
    """Return authority and host of an `https` URL, empty for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return (parts.netloc, parts.hostname or "") if parts.scheme == "https" else ("", "")


def _covers(entry: str, authority: str, hosts: Iterable[str]) -> bool:
    plain = _plain(entry)
    if plain == authority.lower():
        return True
    network = _network(plain)
    if network is None:
        return False
    return any(address in network for address in map(_address, hosts) if address is not None)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(plain: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the network that an entry is; to Docker an address without `/` is a name."""
    if "/" not in plain:
        return None
    try:
        return ipaddress.ip_network(plain)
    except ValueError:
        return None


def _plain(entry: str) -> str:
    plain = entry.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    try:
        return str(ipaddress.ip_network(plain, strict=False)) if "/" in plain else plain
    except ValueError:
        return plain
