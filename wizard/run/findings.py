"""What a discovery run found, out of its journal."""

from __future__ import annotations

from wizard.discovery.facts import HostFacts
from wizard.journal.events import Event, EventKind
from wizard.journal.store import Journal
from wizard.jsonform import from_data
from wizard.run.found import Discovery, MissingSecret, UnknownHostKey
from wizard.run.reduce import RunReducer


def findings(journal: Journal, run: str) -> Discovery:
    """Return facts in the fleet's order, troubles, keys to approve and secrets to ask for.

    Raises JournalError.
    """
    state = RunReducer(run)
    facts: dict[str, HostFacts] = {}
    failures: dict[str, Event] = {}
    for event in journal.tail():
        state.feed(event)
        host = event.host or ""
        if event.kind is EventKind.HOST_READ:
            facts[host] = from_data(HostFacts, event.data["facts"], source=str(journal.path))
            failures.pop(host, None)
        elif event.kind is EventKind.FAILED_TO_REACH:
            failures[host] = event
    troubles = (row.trouble for row in state.rows.values())
    return Discovery(
        run=run,
        facts=tuple(facts[name] for name in state.rows if name in facts),
        troubles=tuple(trouble for trouble in troubles if trouble is not None),
        unknown_keys=_keys(failures),
        missing_secrets=_secrets(failures),
    )


def _keys(failures: dict[str, Event]) -> tuple[UnknownHostKey, ...]:
    """Return each key once: hosts behind one jump host all fail with the jump host's key."""
    offered = (event.data.get("key") for event in failures.values())
    keys = (UnknownHostKey(**key) for key in offered if key)
    return tuple(dict.fromkeys(keys))


def _secrets(failures: dict[str, Event]) -> tuple[MissingSecret, ...]:
    hosts: dict[str, list[str]] = {}
    for host, event in failures.items():
        if event.data.get("secret"):
            hosts.setdefault(event.data["secret"], []).append(host)
    return tuple(MissingSecret(key=key, hosts=tuple(names)) for key, names in hosts.items())
