"""Which Nexus is practised with, and what its calls share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from wizard.practice.exchange import Answer, Request
from wizard.secret import Secret

NEWEST: Final = 96
ADMIN: Final = "admin"
DISCLAIMER: Final = (
    "Use of Sonatype Nexus Repository - Community Edition is governed by the End User License"
    " Agreement at https://links.sonatype.com/products/nxrm/ce-eula. By returning the value from"
    " ‘accepted:false’ to ‘accepted:true’, you acknowledge that you have read and agree to the"
    " “End User License Agreement”."
)
"""In the manner of the real one: its quotation marks are typographic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A version, an edition and its surroundings.

    Attributes:
        minor: 3.`minor`.1.
        edition: `COMMUNITY`, `OSS` or `PRO`.
        shows_version: off where a proxy in front removes the Server header.
        password: of the user admin.
        quota_unit: bytes in one unit of a soft quota's limit; the API's words say MB.
        names: addresses of upstreams by host name; others are public.
        has_h2: off where its database is PostgreSQL, which hides the task that dumps H2.
    """

    minor: int = NEWEST
    edition: str = "COMMUNITY"
    shows_version: bool = True
    password: Secret = field(default_factory=lambda: Secret("practice-admin"))
    quota_unit: int = 1
    names: dict[str, str] = field(default_factory=dict)
    has_h2: bool = True

    @property
    def headers(self) -> dict[str, str]:
        """Return what every answer carries (facts/nexus_artifactory.md §9)."""
        if not self.shows_version:
            return {}
        return {"Server": f"Nexus/3.{self.minor}.1-01 ({self.edition})"}


Handler = Callable[..., Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One call.

    Attributes:
        path: a regular expression whose groups the handler gets after the request.
        since: first minor version that has it.
        until: last one.
        public: needs no credentials.
    """

    method: str
    path: str
    handler: Handler
    since: int = 0
    until: int = 999
    public: bool = False


def find(routes: Sequence[Route], request: Request, minor: int) -> tuple[Route, list[str]] | None:
    """Return the route of a request and the variable parts of its path."""
    for route in routes:
        if route.method != request.method or not route.since <= minor <= route.until:
            continue
        if match := re.fullmatch(route.path, request.path):
            return route, list(match.groups())
    return None
