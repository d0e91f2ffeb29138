"""Whether a daemon would ask its HTTP proxy for a registry.

The rules are those of Go's `ProxyFromEnvironment`, which dockerd and containerd use
(facts/runtimes.md §1.5).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit


def proxy_in_the_way(url: str, proxies: Sequence[tuple[str, str]]) -> str:
    """Return the proxy that a request for `url` goes through, empty when it goes directly.

    Args:
        url: of the registry.
        proxies: names and values as the daemon runs with them, `HTTPS_PROXY`, `no_proxy`.
    """
    parts = urlsplit(url)
    named = {name.lower().replace("-", "_"): value for name, value in proxies}
    proxy = named.get(f"{parts.scheme}_proxy", "").strip()
    host = (parts.hostname or "").lower()
    port = parts.port or {"http": 80}.get(parts.scheme, 443)
    if not proxy or _is_local(host):
        return ""
    exceptions = named.get("no_proxy", "").split(",")
    if any(_matches(exception.strip().lower(), host, port) for exception in exceptions):
        return ""
    return proxy


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def _matches(exception: str, host: str, port: int) -> bool:
    if "/" in exception:
        network, address = _network(exception), _address(host)
        return network is not None and address is not None and address in network
    name, colon, only_port = exception.rpartition(":")
    if colon and only_port.isdecimal() and _address(exception) is None:
        if int(only_port) != port:
            return False
        exception = name
    if _address(exception) is not None:
        return _address(exception) == _address(host)
    domain = exception.removeprefix("*")
    if not domain.startswith("."):
        return exception == "*" or host == domain or (bool(domain) and host.endswith(f".{domain}"))
    return host.endswith(domain)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
