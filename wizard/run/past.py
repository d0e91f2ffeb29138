"""All runs at a glance, from the first and last events of their journals."""

from __future__ import annotations

from contextlib import closing

from wizard.errors import JournalError
from wizard.journal.events import Event, EventKind, RunKind, RunResult
from wizard.journal.folder import RunFolder
from wizard.rollback.steps import as_rolled_back
from wizard.run.reader import read_view
from wizard.run.states import HostState, RunState
from wizard.run.summary import RunSummary
from wizard.run.view import RunView


def summaries(folder: RunFolder) -> tuple[RunSummary, ...]:
    """Return all runs, newest first; journals that cannot be read are left out."""
    found: list[RunSummary] = []
    taken_back: dict[str, set[str]] = {}
    for run in folder.runs():
        try:
            summary, hosts = _summary(folder, run, taken_back.get(run, set()))
        except JournalError:
            continue
        found.append(summary)
        if summary.of:
            taken_back.setdefault(summary.of, set()).update(hosts)
    return tuple(found)


def taken_back_later(folder: RunFolder, of: str) -> set[str]:
    """Return the hosts of a run that ended rollbacks of it left as they were before."""
    hosts: set[str] = set()
    for run in folder.runs():
        if run <= of:
            break
        try:
            created, ended = _first_and_last(folder, run)
        except JournalError:
            continue
        if created.data["of"] == of and ended is not None:
            hosts.update(ended.data["taken_back"])
    return hosts


def view_of(folder: RunFolder, run: str) -> RunView:
    """Return a run's view; an ended rollout's with what later rollbacks took back."""
    view = read_view(folder, run)
    if view.kind is not RunKind.ROLLOUT or view.state is not RunState.ENDED:
        return view
    return as_rolled_back(view, taken_back_later(folder, run))


def _summary(
    folder: RunFolder, run: str, taken_back: set[str]
) -> tuple[RunSummary, tuple[str, ...]]:
    """Return the summary, and the hosts that this run rolled back."""
    created, ended = _first_and_last(folder, run)
    if ended is None:
        view = read_view(folder, run)
        state, result, changed = view.state, None, view.changed
        hosts = tuple(row.name for row in view.hosts if row.state is HostState.ROLLED_BACK)
    else:
        state, result = RunState.ENDED, RunResult(ended.data["result"])
        changed = bool(set(ended.data["changed"]) - taken_back)
        hosts = tuple(ended.data["taken_back"])
    summary = RunSummary(
        run=run,
        kind=RunKind(created.data["kind"]),
        state=state,
        result=result,
        operator=created.data["operator"],
        started_at=created.at,
        hosts=len(created.data["hosts"]),
        changed=changed,
        of=created.data["of"],
    )
    return summary, hosts


def _first_and_last(folder: RunFolder, run: str) -> tuple[Event, Event | None]:
    with closing(folder.open(run)) as journal:
        events = journal.of_kind(EventKind.RUN_CREATED, EventKind.RUN_ENDED)
    ended = events[-1] if events[-1].kind is EventKind.RUN_ENDED else None
    return events[0], ended
