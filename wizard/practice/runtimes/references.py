"""Names of images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HUB: Final = "docker.io"
_HUB_ALIASES: Final = frozenset({"index.docker.io", "registry-1.docker.io"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An image by its whole name.

    Attributes:
        domain: registry as people name it, `docker.io` for Docker Hub.
        repository: path in it, as `library/nginx`.
        tag: empty where only a digest was given.
        digest: as `sha256:…`, or empty.
    """

    domain: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def version(self) -> str:
        """Return what a registry is asked for: the digest, else the tag."""
        return self.digest or self.tag

    @property
    def name(self) -> str:
        """Return the name without version, as `docker.io/library/nginx`."""
        return f"{self.domain}/{self.repository}"

    @property
    def familiar_name(self) -> str:
        """Return the name as Docker shows it, as `nginx`."""
        if self.domain != HUB:
            return self.name
        return self.repository.removeprefix("library/")

    def __str__(self) -> str:
        """Return the whole name."""
        return f"{self.name}{self._suffix}"

    @property
    def familiar(self) -> str:
        """Return the name with its version as Docker shows it."""
        return f"{self.familiar_name}{self._suffix}"

    @property
    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{tag}@{self.digest}" if self.digest else tag


def parse_reference(text: str) -> Reference:
    """Return the image that `text` names; without tag and digest it is `latest`."""
    rest, _at, digest = text.partition("@")
    head, slash, tail = rest.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        domain, path = head, tail
    else:
        domain, path = HUB, rest
    if domain in _HUB_ALIASES:
        domain = HUB
    name, colon, tag = path.rpartition(":")
    if not colon or "/" in tag:
        name, tag = path, ""
    if domain == HUB and "/" not in name:
        name = f"library/{name}"
    if not tag and not digest:
        tag = "latest"
    return Reference(domain=domain, repository=name, tag=tag, digest=digest)
