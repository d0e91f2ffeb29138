"""Where a runtime asks for an image, in which order; pure.

facts/runtimes.md §1.4 (Docker) and §2.4 (containerd).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from wizard.practice.machine.network import Trust
from wizard.practice.runtimes.references import HUB
from wizard.practice.runtimes.releases import Release

UPSTREAM: Final = "registry-1.docker.io"
PATHS_IN_FRONT_SINCE: Final = (28, 0, 0)
"""First release whose containerd store asks `/P/v2/…`; 25 to 27 ask `/v2/P/…` (§1.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One place to ask.

    Attributes:
        base: URL before `/<repository>/manifests/…`, as `https://h.test/P/v2`.
        mirror: whether it is another registry than the image names.
        resolves: whether it may say what a tag is.
        pulls: whether manifests and blobs come from it.
        trust: whom its client trusts.
        headers: what every request carries.
        credentials: `Basic …` for its token server, or empty.
        ping: URL that says whether the API is there; empty for the base itself.
    """

    base: str
    mirror: bool = False
    resolves: bool = True
    pulls: bool = True
    trust: Trust = field(default_factory=Trust)
    headers: Mapping[str, str] = field(default_factory=dict)
    credentials: str = ""
    ping: str = ""

    @property
    def authority(self) -> str:
        """Return `host[:port]`."""
        return urlsplit(self.base).netloc

    def with_trust(self, trust: Trust) -> Endpoint:
        """Return the endpoint with other trust."""
        return replace(self, trust=trust)


def upstream_of(domain: str) -> str:
    """Return the `host[:port]` that an image's registry really has."""
    return UPSTREAM if domain == HUB else domain


def graph_driver_endpoints(domain: str, mirrors: Iterable[str]) -> tuple[Endpoint, ...]:
    """Return where a pull into Docker's classic store asks (§1.4).

    The path of a mirror comes before `/v2`, in every release that takes one. Mirrors serve Docker
    Hub only, and Hub is always the last (§1.1).
    """
    own = Endpoint(base=f"https://{upstream_of(domain)}/v2")
    if domain != HUB:
        return (own,)
    return (*(Endpoint(base=f"{url}v2", mirror=True) for url in mirrors), own)


def containerd_store_endpoints(
    domain: str, mirrors: Iterable[str], release: Release
) -> tuple[Endpoint, ...]:
    """Return where a pull into Docker's containerd store asks, without any hosts.toml (§1.4)."""
    own = Endpoint(base=f"https://{upstream_of(domain)}/v2")
    if domain != HUB:
        return (own,)
    in_front = release >= PATHS_IN_FRONT_SINCE
    bases = (_path_in_front(url) if in_front else _path_behind(url) for url in mirrors)
    return (*(Endpoint(base=base, mirror=True) for base in bases), own)


def _path_in_front(mirror: str) -> str:
    base = mirror.rstrip("/")
    return base if base.endswith("/v2") else f"{base}/v2"


def _path_behind(mirror: str) -> str:
    parts = urlsplit(mirror)
    return f"{parts.scheme}://{parts.netloc}/v2{parts.path.rstrip('/')}"


def old_style_endpoints(domain: str, mirrors: Mapping[str, object]) -> tuple[Endpoint, ...]:
    """Return where CRI asks by `registry.mirrors` (§2.4, old style).

    The path of an endpoint is taken as it stands; the registry itself is the last, unless an
    endpoint is on the host that the image names. `*` counts where the registry has no own entry.
    """
    entry = mirrors.get(domain, mirrors.get("*"))
    urls = entry.get("endpoint", ()) if isinstance(entry, dict) else ()
    found = [Endpoint(base=_verbatim(url), mirror=True) for url in urls]
    own = upstream_of(domain)
    if all(endpoint.authority != domain for endpoint in found):
        found.append(Endpoint(base=f"https://{own}/v2"))
    return tuple(replace(one, mirror=one.authority != own) for one in found)


def _verbatim(url: str) -> str:
    base = url if "://" in url else f"https://{url}"
    return base.rstrip("/") if urlsplit(base).path.strip("/") else f"{base.rstrip('/')}/v2"
