"""What runs on a host in a few words; pure."""

from __future__ import annotations

from wizard.discovery.facts import HostFacts


def summary(facts: HostFacts) -> str:
    """Return the runtimes of a host and its system; foreign text, cleaned when shown."""
    runtimes = list(facts.flavours) + [f"{other.name} {other.version}" for other in facts.others]
    return " · ".join([*runtimes, facts.os_name] if facts.os_name else runtimes)
