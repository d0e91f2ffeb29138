"""What is told at the end of a drill: what was done, how long it took, what was left; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from wizard.journal.events import Event, EventKind, RunKind
from wizard.practice.demo.drills import HostLeft, open_runs
from wizard.run.summary import RunSummary


class Deed(Enum):
    """What somebody, or a run, did."""

    STARTED = "started"
    RESUMED = "resumed"
    ORDERED = "ordered"
    REFUSED = "refused"
    """An order that the run did not take."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that was done.

    Attributes:
        after: seconds since the drill began.
        what: name of the `Order`, or of the `RunResult` of a run that ended; else empty.
    """

    after: float
    deed: Deed
    run: str
    kind: RunKind
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """A whole drill.

    Attributes:
        drill: its name.
        seconds: from the moment that the operator took over until they left.
        done: in the order of time.
        hosts: what each was left as, by files and pulls.
        open: runs that somebody has still to see to.
    """

    drill: str
    seconds: float
    done: tuple[Done, ...]
    hosts: tuple[HostLeft, ...]
    open: tuple[str, ...]

    @property
    def unmet(self) -> tuple[HostLeft, ...]:
        """Return the hosts that are not what they were to be."""
        return tuple(host for host in self.hosts if not host.is_as_wanted)

    @property
    def is_reached(self) -> bool:
        """Tell whether the goal was reached: every host is as wanted and no run is open."""
        return bool(self.hosts) and not self.unmet and not self.open

    def document(self) -> dict[str, Any]:
        """Return the content of a `drill` document."""
        return {
            "drill": self.drill,
            "reached": self.is_reached,
            "seconds": round(self.seconds, 1),
            "done": [
                {
                    "after": round(done.after, 1),
                    "deed": done.deed.value,
                    "run": done.run,
                    "kind": done.kind.value,
                    "what": done.what,
                }
                for done in self.done
            ],
            "hosts": [
                {
                    "name": host.name,
                    "wanted": host.wanted.value,
                    "found": host.found.value,
                    "wrong": list(host.wrong),
                }
                for host in self.hosts
            ],
            "open": list(self.open),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """A run and all of its events."""

    summary: RunSummary
    events: tuple[Event, ...]


def report(
    name: str,
    *,
    journals: Sequence[Journal],
    hosts: tuple[HostLeft, ...],
    began_at: float,
    seconds: float,
) -> DrillReport:
    """Return the report of a drill that began at an epoch second and took so many seconds."""
    done = [one for journal in journals for one in _deeds(journal, began_at)]
    return DrillReport(
        drill=name,
        seconds=seconds,
        done=tuple(sorted(done, key=lambda one: one.after)),
        hosts=hosts,
        open=open_runs([journal.summary for journal in journals]),
    )


def _deeds(journal: Journal, began_at: float) -> Iterator[Done]:
    refused = _refused(journal.events)
    processes = [event for event in journal.events if event.kind is EventKind.PROCESS_STARTED]
    for event in journal.events:
        deed = _deed(event, is_refused=refused.get(event.seq, False), first=processes[:1])
        if deed is not None and event.at >= began_at:
            yield Done(
                after=event.at - began_at,
                deed=deed,
                run=journal.summary.run,
                kind=journal.summary.kind,
                what=str(event.data.get("order") or event.data.get("result") or ""),
            )


def _deed(event: Event, *, is_refused: bool, first: Sequence[Event]) -> Deed | None:
    """Return what an event says was done; `first` holds the run's first process, if it had one."""
    match event.kind:
        case EventKind.RUN_CREATED:
            return Deed.STARTED
        case EventKind.PROCESS_STARTED if event not in first:
            return Deed.RESUMED
        case EventKind.ORDER_GIVEN:
            return Deed.REFUSED if is_refused else Deed.ORDERED
        case EventKind.RUN_ENDED:
            return Deed.ENDED
        case _:
            return None


def _refused(events: Sequence[Event]) -> dict[int, bool]:
    """Return by the number of each order that was answered whether the run refused it."""
    return {
        int(event.data["seq"]): not event.data["accepted"]
        for event in events
        if event.kind is EventKind.ORDER_TAKEN
    }
