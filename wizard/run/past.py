"""All runs at a glance, from the first and last events of their journals."""

from __future__ import annotations

from collections.abc import Mapping
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
    taken_back: dict[str, dict[str, float]] = {}
    for run in folder.runs():
        try:
            summary, hosts = _summary(folder, run, taken_back.get(run, {}))
        except JournalError:
            continue
        found.append(summary)
        if summary.of:
            _add(taken_back.setdefault(summary.of, {}), hosts)
    return tuple(found)


def taken_back_later(folder: RunFolder, of: str) -> dict[str, float]:
    """Return when rollbacks of a run that have ended last took each host back, by its name."""
    hosts: dict[str, float] = {}
    for run in folder.runs():
        if run <= of:
            break
        try:
            created, ended = _first_and_last(folder, run)
        except JournalError:
            continue
        if created.data["of"] == of and ended is not None:
            _add(hosts, ended.data["taken_back"])
    return hosts


def view_of(folder: RunFolder, run: str) -> RunView:
    """Return a run's view; a rollout's that no process runs with what rollbacks took back."""
    view = read_view(folder, run)
    at_rest = view.state in {RunState.ENDED, RunState.ORPHANED}
    if view.kind is not RunKind.ROLLOUT or not at_rest:
        return view
    return as_rolled_back(view, taken_back_later(folder, run))


def _add(known: dict[str, float], more: Mapping[str, float]) -> None:
    for host, moment in more.items():
        known[host] = max(moment, known.get(host, 0.0))


def _summary(
    folder: RunFolder, run: str, taken_back: Mapping[str, float]
) -> tuple[RunSummary, Mapping[str, float]]:
    """Return the summary, and when this run rolled back which hosts."""
    created, ended = _first_and_last(folder, run)
    hosts: Mapping[str, float]
    if ended is None:
        view = as_rolled_back(read_view(folder, run), taken_back)
        state, result, changed = view.state, None, view.changed
        hosts = {row.name: row.since for row in view.hosts if row.state is HostState.ROLLED_BACK}
    else:
        state, result = RunState.ENDED, RunResult(ended.data["result"])
        # Until its very end the run knew better: one that was resumed asked its hosts.
        changed = any(taken_back.get(host, 0.0) <= ended.at for host in ended.data["changed"])
        hosts = ended.data["taken_back"]
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
