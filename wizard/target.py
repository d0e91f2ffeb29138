"""The registry that is moved to, and how a client must spell it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """An image that exists at the target and nowhere else: only it proves a pull.

    Attributes:
        repository: as upstream would name it, `library/pilotage-canary`.
        tag: never used before on any host.
        digest: `sha256:…` of the manifest or index that the target serves for the tag.
        pushed: Pilotage made and pushed it, so no other registry can have it; one that the
            operator named may well be upstream too.
    """

    repository: str
    tag: str
    digest: str
    pushed: bool = False

    @property
    def reference(self) -> str:
        """Return the full reference that a host pulls."""
        return f"docker.io/{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The registry that is moved to.

    Attributes:
        url: `https://host[:port]`, without path and trailing slash.
        prefix: project (`PREFIX`) or path (`PATH`) without slashes at its ends; empty for `ROOT`.
        ca_pem: PEM certificates that hosts need to trust it; None for the public roots.
        canary: the proof image; None until it has been found or pushed.
    """

    kind: TargetKind = TargetKind.PLAIN
    url: str
    addressing: Addressing = Addressing.ROOT
    prefix: str = ""
    ca_pem: str | None = None
    canary: Canary | None = None

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
