"""What Docker accepts in `registry-mirrors` and `insecure-registries`, and whom it trusts less."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wizard.practice.runtimes.releases import Release

PATHS_SINCE: Final = (24, 0, 8)
"""First release that takes a path in a mirror (facts/runtimes.md §1.1)."""
CHECKED_EARLY_SINCE: Final = (28, 3, 0)
"""First release that looks at mirrors while it reads the file (§1.3)."""
IPV6_LOOPBACK_SINCE: Final = (28, 0, 0)
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_EITHER: Final = "must use either 'https://' or 'http://'"


class BadOption(ValueError):
    """Docker does not take this value; the message is its own."""


def mirror_url(text: str, release: Release) -> str:
    """Return a mirror as the daemon keeps it, with one `/` at its end; raises BadOption (§1.1)."""
    early = release >= CHECKED_EARLY_SINCE
    found = _SCHEME.match(text)
    if not found and re.match(r"[^/]*:", text):
        reason = f'parse "{text}": first path segment in URL cannot contain colon'
        raise BadOption(f'invalid mirror: "{text}" is not a valid URI: {reason}')
    scheme = found[1].lower() if found else ""
    if scheme not in {"http", "https"}:
        raise BadOption(f"invalid mirror: {_scheme_words(text, scheme, early=early)}")
    parts = urlsplit(text)
    if release < PATHS_SINCE and (parts.path.strip("/") or parts.query or parts.fragment):
        raise BadOption(f'invalid mirror: path, query, or fragment at end of the URI "{text}"')
    if parts.query or parts.fragment:
        raise BadOption(f'invalid mirror: query or fragment at end of the URI "{text}"')
    if "@" in parts.netloc:
        shown = re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:xxxxx@", text)
        raise BadOption(f'invalid mirror: username/password not allowed in URI "{shown}"')
    return f"{text.removesuffix('/')}/"


def _scheme_words(text: str, scheme: str, *, early: bool) -> str:
    if not early:
        return f'unsupported scheme "{scheme}" in "{text}"'
    if "://" not in text:
        return f'no scheme specified for "{text}": {_EITHER}'
    return f'unsupported scheme "{scheme}" in "{text}": {_EITHER}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Insecure:
    """Registries whose certificate does not count: networks, and names as they are written."""

    networks: tuple[str, ...]
    names: tuple[str, ...] = ()

    def covers(self, authority: str, resolve: Callable[[str], str]) -> bool:
        """Tell whether `host[:port]` is one of them; `resolve` returns a name's address or ""."""
        if authority in self.names:
            return True
        host = re.sub(r":\d+$", "", authority).strip("[]")
        try:
            address = ipaddress.ip_address(resolve(host) or "")
        except ValueError:
            return False
        return any(address in ipaddress.ip_network(network) for network in self.networks)


def insecure_registries(texts: Iterable[str], release: Release) -> Insecure:
    """Return what is marked insecure, loopback among it (§1.2); raises BadOption."""
    networks: list[str] = []
    names: list[str] = []
    for text in texts:
        stripped = re.sub(r"^https?://", "", text)
        if "://" in stripped:
            raise BadOption(f"insecure registry {text} should not contain '://'")
        try:
            networks.append(str(ipaddress.ip_network(stripped, strict=False)))
        except ValueError:
            names.append(stripped)
        else:
            if "/" not in stripped:
                names.append(stripped)
                networks.pop()
    if release >= IPV6_LOOPBACK_SINCE:
        networks.append("::1/128")
    return Insecure(networks=(*networks, "127.0.0.0/8"), names=tuple(names))
