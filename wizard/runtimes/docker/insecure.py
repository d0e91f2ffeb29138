"""Whether `insecure-registries` covers a registry (facts/runtimes.md §1.2)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

_ALWAYS = frozenset({"127.0.0.0/8", "::1/128"})


def is_insecure(url: str, insecure_registries: Iterable[str]) -> bool:
    """Return whether an entry makes Docker skip TLS verification for an `https` registry.

    Names in a network (CIDR) entry are looked up by the daemon; here only addresses are.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme != "https":
        return False
    return any(_covers(entry, parts.netloc, parts.hostname or "") for entry in insecure_registries)


def comparable(insecure_registries: Iterable[str]) -> frozenset[str]:
    """Return entries in one spelling, those left out that every daemon has."""
    return frozenset(_plain(entry) for entry in insecure_registries) - _ALWAYS


def _covers(entry: str, authority: str, host: str) -> bool:
    plain = _plain(entry)
    if plain == authority.lower():
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(plain)
    except ValueError:
        return False


def _plain(entry: str) -> str:
    plain = entry.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    try:
        return str(ipaddress.ip_network(plain, strict=False)) if "/" in plain else plain
    except ValueError:
        return plain
