"""The registry that is moved to, and how a client must spell it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

UPSTREAM: Final = "docker.io"
"""The upstream that is always moved; others are moved where the operator gives them a place."""

_SERVERS: Final = {UPSTREAM: "https://registry-1.docker.io"}
"""`https://docker.io` is a web site, not a registry (facts/runtimes.md §2.4)."""


def upstream_name(upstream: str) -> str:
    """Return an upstream as people call it."""
    return "Docker Hub" if upstream == UPSTREAM else upstream


def upstream_server(upstream: str) -> str:
    """Return the URL at which an upstream's own API is."""
    return _SERVERS.get(upstream, f"https://{upstream}")


class TargetKind(Enum):
    """What product answers at the target's URL."""

    HARBOR = "harbor"
    NEXUS = "nexus"
    ARTIFACTORY = "artifactory"
    PLAIN = "plain"


class Addressing(Enum):
    """How `docker.io/library/nginx` is spelled at the target (facts/runtimes.md §5)."""

    ROOT = "root"
    """`https://host/v2/library/nginx/…`: the host's root answers as Hub does."""
    PREFIX = "prefix"
    """`https://host/v2/<prefix>/library/nginx/…`: a Harbor project."""
    PATH = "path"
    """`https://host/<prefix>/v2/library/nginx/…`: a Nexus or Artifactory repository."""


class CATrust(Enum):
    """Where hosts keep the CA that they need for the target (facts/runtimes.md §6)."""

    REGISTRY = "registry"
    """In the directory that each runtime has for the registry; read at each pull."""
    SYSTEM = "system"
    """In the system's store, for everything on the host; daemons restart for it."""


class TagSource(Enum):
    """Who says which image a tag is (facts/runtimes.md §7 row 19)."""

    TARGET = "target"
    UPSTREAM = "upstream"
    """A copy may be old, or lack platforms: the target is asked by digest alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """An image that exists at the target and nowhere else: only it proves a pull.

    Attributes:
        repository: as upstream would name it, `library/pilotage-canary`.
        tag: never used before on any host.
        digest: `sha256:…` of the manifest or index that the target serves for the tag.
        pushed: Pilotage made and pushed it, so no other registry can have it; one that the
            operator named may well be upstream too.
        upstream: whose image it pretends to be.
    """

    repository: str
    tag: str
    digest: str
    pushed: bool = False
    upstream: str = UPSTREAM

    @property
    def reference(self) -> str:
        """Return the full reference that a host pulls."""
        return f"{self.upstream}/{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the target has the images of one more upstream; fields as in `Target`.

    Attributes:
        upstream: as image names begin, `registry.k8s.io`.
    """

    upstream: str
    addressing: Addressing = Addressing.PREFIX
    prefix: str = ""
    canary: Canary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The registry that is moved to.

    Attributes:
        url: `https://host[:port]`, without path and trailing slash.
        prefix: project (`PREFIX`) or path (`PATH`) without slashes at its ends; empty for `ROOT`.
        ca_pem: PEM certificates that hosts need to trust it; None for the public roots.
        ca_trust: where they keep them.
        tags: who is asked what a tag is.
        canary: the proof image; None until it has been found or pushed.
        upstream: whose images addressing, prefix and canary are about.
        places: where the images of further upstreams are.
    """

    kind: TargetKind = TargetKind.PLAIN
    url: str
    addressing: Addressing = Addressing.ROOT
    prefix: str = ""
    ca_pem: str | None = None
    ca_trust: CATrust = CATrust.REGISTRY
    tags: TagSource = TagSource.TARGET
    canary: Canary | None = None
    upstream: str = UPSTREAM
    places: tuple[Place, ...] = ()

    @property
    def by_upstream(self) -> tuple[Target, ...]:
        """Return the target as each upstream's images see it, docker.io first, without `places`."""
        alone = dataclasses.replace(self, places=())
        return (alone, *(_at(alone, place) for place in self.places))

    @property
    def authority(self) -> str:
        """Return `host[:port]` exactly as clients write it."""
        return urlsplit(self.url).netloc

    @property
    def api_base(self) -> str:
        """Return the URL that comes before `/<repository>/manifests/<tag>`."""
        match self.addressing:
            case Addressing.ROOT:
                return f"{self.url}/v2"
            case Addressing.PREFIX:
                return f"{self.url}/v2/{self.prefix}"
            case Addressing.PATH:
                return f"{self.url}/{self.prefix}/v2"

    def canary_url(self, *, named: bool) -> str:
        """Return the URL of the canary's manifest as a client asks for it; empty without one.

        `named` is the form of containerd and of what is built on it, which tell a mirror whose
        image they want: `?ns=docker.io` (facts/runtimes.md §1.1, §2.4).
        """
        if self.canary is None:
            return ""
        by_digest = self.tags is TagSource.UPSTREAM
        version = self.canary.digest if by_digest else self.canary.tag
        url = f"{self.api_base}/{self.canary.repository}/manifests/{version}"
        return f"{url}?ns={self.upstream}" if named else url


def _at(target: Target, place: Place) -> Target:
    return dataclasses.replace(
        target,
        upstream=place.upstream,
        addressing=place.addressing,
        prefix=place.prefix,
        canary=place.canary,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReport:
    """What probing a target showed.

    Attributes:
        target: with its addressing and its canary.
        attempts: the URLs asked, with what they answered.
        certificate: subject, issuer and end of validity of the certificate it showed.
    """

    target: Target
    attempts: tuple[str, ...]
    certificate: str = ""
