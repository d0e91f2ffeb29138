"""Putting discoveries together: a second reading of some hosts replaces what the first said."""

from __future__ import annotations

from wizard.discovery.summary import summary
from wizard.run.states import HostState
from wizard.run.view import HostView
from wizard.service import Discovery


def merged(earlier: Discovery | None, later: Discovery) -> Discovery:
    """Return one discovery in which what `later` found replaces what `earlier` found."""
    if earlier is None:
        return later
    again = {facts.host for facts in later.facts} | {trouble.host for trouble in later.troubles}
    return Discovery(
        run=later.run,
        facts=tuple(f for f in earlier.facts if f.host not in again) + later.facts,
        troubles=tuple(t for t in earlier.troubles if t.host not in again) + later.troubles,
        unknown_keys=later.unknown_keys,
        missing_secrets=later.missing_secrets,
    )


def rows_of(discovery: Discovery) -> list[HostView]:
    """Return a fleet table's rows: hosts in trouble with why, read ones with what they run."""
    unread = HostState.UNREACHABLE
    return [
        *(
            HostView(name=facts.host, state=HostState.READ, detail=summary(facts))
            for facts in discovery.facts
        ),
        *(
            HostView(name=trouble.host, state=unread, detail=trouble.what, trouble=trouble)
            for trouble in discovery.troubles
        ),
    ]
