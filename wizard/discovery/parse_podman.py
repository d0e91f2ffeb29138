"""Facts about Podman (facts/runtimes.md §3); pure."""

from __future__ import annotations

import re
from typing import Final

from wizard.discovery.container_facts import PodmanFacts
from wizard.discovery.sections import Sections

_VERSION: Final = re.compile(r"\bversion (\d+\.\d+\S*)")


def parse_podman(sections: Sections) -> PodmanFacts | None:
    """Return the facts, or None where there is no Podman."""
    ran = sections.ran("podman")
    if ran is None:
        return None
    found = _VERSION.search(ran.output)
    listed = sections.ran("podman.images")
    images = listed.output.split("\n") if listed and not listed.failure else []
    return PodmanFacts(
        version=found[1] if found else "",
        error=ran.failure,
        homes=tuple(home for home in sections.lines("containers.homes") if home),
        serves=sections.one("podman.serves") is not None,
        images=tuple(image for image in images if image and "<none>" not in image),
    )
