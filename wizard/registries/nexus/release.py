"""Which Nexus answers, and what it knows; pure.

Where an endpoint moved it is asked, not guessed; versions decide only about fields that an older
server would refuse (facts/nexus_artifactory.md §9).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.registries.choice.load import COMPONENTS, REQUESTS_PER_DAY

_SERVER: Final = re.compile(r"Nexus/(\d+)\.(\d+)\.(\d+)\S*(?:\s+\((\w+)\))?")


class Edition(Enum):
    """Which Nexus it is, in its own word."""

    COMMUNITY = "COMMUNITY"
    OSS = "OSS"
    """What the free edition was before 3.77."""
    PRO = "PRO"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A Nexus.

    Attributes:
        version: (0, 0, 0) where a proxy in front hides it: then nothing new is taken for known.
    """

    version: tuple[int, int, int] = (0, 0, 0)
    edition: Edition = Edition.UNKNOWN

    def since(self, minor: int) -> bool:
        """Tell whether it is 3.`minor` or newer."""
        return self.version >= (3, minor, 0)

    @property
    def text(self) -> str:
        """Return what people call it; empty where it is hidden."""
        if self.version == (0, 0, 0):
            return ""
        number = ".".join(str(part) for part in self.version)
        return f"Nexus {number} {self.edition.value}".strip()

    @property
    def routes_by_path(self) -> bool:
        """Tell whether `host/<repository>/image` can be served: 3.83."""
        return self.since(83)

    @property
    def makes_tasks(self) -> bool:
        """Tell whether tasks can be made through the API: 3.74."""
        return self.since(74)

    @property
    def limits(self) -> Limits | None:
        """Return what the free edition may hold and serve; None where nothing is metered.

        40,000 components and 100,000 requests a day since 3.87, 100,000 and 200,000 before; the
        OSS edition, before 3.77, was not metered (facts/nexus_artifactory.md §1.2).
        """
        if self.edition is not Edition.COMMUNITY:
            return None
        if self.since(87) or not self.text:
            return Limits(components=COMPONENTS, requests_a_day=REQUESTS_PER_DAY)
        return Limits(components=100_000, requests_a_day=200_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the Community Edition stops at: above either, no component is added."""

    components: int
    requests_a_day: int


def release_of(server: str) -> Release:
    """Return the release in a Server header, `Nexus/3.96.1-01 (COMMUNITY)`."""
    match = _SERVER.search(server)
    if match is None:
        return Release()
    major, minor, patch, word = match.groups()
    known = {edition.value: edition for edition in Edition}
    return Release(
        version=(int(major), int(minor), int(patch)),
        edition=known.get((word or "").upper(), Edition.UNKNOWN),
    )
