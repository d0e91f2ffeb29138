"""Facts about a BuildKit of the host's own and about nerdctl (facts/runtimes.md §0, §2.4); pure."""

from __future__ import annotations

import re
from typing import Final

from wizard.discovery.container_facts import (
    ROOTLESS_NERDCTL,
    BuildKitFacts,
    NerdctlFacts,
    OtherRuntime,
)
from wizard.discovery.parse_processes import Process
from wizard.discovery.sections import Sections, number

DEFAULT_CONFIG: Final = "/etc/buildkit/buildkitd.toml"
_BUILDKIT_VERSION: Final = re.compile(r"\bv?(\d+\.\d+\S*)")
_NERDCTL_VERSION: Final = re.compile(r"\bversion v?(\d+\.\d+\S*)")
_START_STEP: Final = 1
"""Seconds: a start is told in whole ones, rounded down."""


def parse_buildkit(sections: Sections, processes: tuple[Process, ...]) -> BuildKitFacts | None:
    """Return the facts of a buildkitd that runs, or None; raises ProtocolError."""
    section = sections.one("buildkit")
    daemon = next((one for one in processes if section and str(one.pid) == section.words), None)
    if daemon is None:
        return None
    ran = sections.ran("buildkit.version")
    found = _BUILDKIT_VERSION.search(ran.output.partition(" ")[2]) if ran else None
    values = dict(line.split("=", 1) for line in sections.lines("buildkit.times") if "=" in line)
    changed, started = (
        number(sections.host, values.get(key, "0")) for key in ("changed", "started")
    )
    return BuildKitFacts(
        version=found[1] if found else "",
        error=ran.failure if ran else "",
        pid=daemon.pid,
        unit=daemon.unit,
        config_file=daemon.option("--config") or DEFAULT_CONFIG,
        address=daemon.option("--addr"),
        buildctl="".join(sections.lines("buildkit.buildctl")),
        proxies=daemon.proxies,
        config_changed_at=changed,
        config_loaded_at=started + _START_STEP if started else 0.0,
    )


def parse_nerdctl(sections: Sections) -> NerdctlFacts | None:
    """Return the facts, or None where there is no nerdctl."""
    ran = sections.ran("nerdctl")
    if ran is None or ran.failure:
        return None
    found = _NERDCTL_VERSION.search(ran.output)
    listed = sections.ran("nerdctl.images")
    images = listed.output.split("\n") if listed and not listed.failure else []
    return NerdctlFacts(
        version=found[1] if found else "",
        error=listed.failure if listed else "",
        images=tuple(dict.fromkeys(image for image in images if image and "<none>" not in image)),
    )


def rootless_nerdctl(sections: Sections) -> tuple[OtherRuntime, ...]:
    """Return the users that have a containerd of their own, which is what nerdctl is rootless."""
    return tuple(
        OtherRuntime(name=ROOTLESS_NERDCTL, version="", user=section.words, home=section.text)
        for section in sections.all("nerdctl.user")
    )
