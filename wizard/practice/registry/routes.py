"""The routes of the distribution API: which repository and what of it a URL means; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

_COMPONENT: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_NAME: Final = rf"(?P<name>{_COMPONENT}(?:/{_COMPONENT})*)"
_TAG: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_DIGEST_LIKE: Final = r"[A-Za-z0-9+._-]+:[A-Za-z0-9=_-]+"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class Resource(Enum):
    """What there is in the API."""

    ROOT = "root"
    CATALOGUE = "catalogue"
    TAGS = "tags"
    MANIFEST = "manifest"
    BLOB = "blob"
    UPLOADS = "uploads"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A URL of the API, understood.

    Attributes:
        name: the repository, as it is kept.
        reference: a tag, a digest, or the number of an upload.
    """

    resource: Resource
    name: str = ""
    reference: str = ""


_ROUTES: Final = (
    (Resource.ROOT, re.compile("")),
    (Resource.CATALOGUE, re.compile("_catalog")),
    (Resource.TAGS, re.compile(f"{_NAME}/tags/list")),
    (Resource.MANIFEST, re.compile(f"{_NAME}/manifests/(?P<reference>{_TAG}|{_DIGEST_LIKE})")),
    (Resource.UPLOADS, re.compile(f"{_NAME}/blobs/uploads/?")),
    (Resource.UPLOAD, re.compile(f"{_NAME}/blobs/uploads/(?P<reference>[A-Za-z0-9_.=-]+)")),
    (Resource.BLOB, re.compile(f"{_NAME}/blobs/(?P<reference>{_DIGEST_LIKE})")),
)


def find_route(rest: str) -> Route | None:
    """Return what a path below the API's root means, or None where it means nothing."""
    for resource, pattern in _ROUTES:
        if found := pattern.fullmatch(rest):
            return Route(resource=resource, **found.groupdict())
    return None


def is_digest(text: str) -> bool:
    """Tell whether a text is a SHA-256 digest, the one algorithm that is known here."""
    return _DIGEST.fullmatch(text) is not None
