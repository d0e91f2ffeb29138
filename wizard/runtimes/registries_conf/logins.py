"""Logins that are used at the target: who has one is no anonymous client there (§3.2)."""

from __future__ import annotations

from collections.abc import Callable

from wizard.discovery.facts import HostFacts
from wizard.target import Target
from wizard.wording import _


def login_warnings(
    facts: HostFacts, target: Target, is_read: Callable[[str], bool]
) -> tuple[str, ...]:
    """Return the logins for the target in files that a runtime reads.

    A login is kept for a host, or for a path of it with everything below.
    """
    places = [f"{one.authority}/{one.prefix}".rstrip("/") for one in target.by_upstream]
    return tuple(
        _(
            "{file} has a login for {registry}, which pulls from the target use: where it is no"
            " longer valid, they fall back to upstream."
        ).format(file=login.file, registry=login.registry)
        for login in facts.logins
        if is_read(login.file)
        and any(f"{place}/".startswith(f"{login.registry.rstrip('/')}/") for place in places)
    )
