"""Reading a run from outside: its state as the journal grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from wizard.clock import Clock
from wizard.journal.folder import RunFolder
from wizard.journal.store import Journal
from wizard.run.last_words import last_words
from wizard.run.reduce import RunReducer
from wizard.run.states import RunState
from wizard.run.view import RunView

_LOOK_FOR_PROCESS: Final = 1.0
"""Seconds between looks whether the process still lives."""


class RunReader:
    """One run, read on from where it was read before; use it from one thread at a time."""

    def __init__(self, folder: RunFolder, run: str) -> None:
        self._folder = folder
        self._run = run
        self._journal: Journal = folder.open(run)
        self._state = RunReducer(run)

    def view(self) -> RunView:
        """Return the run as its journal tells it now; raises JournalError."""
        if self._journal.has_grown():
            self._state.feed_all(self._journal.tail(self._state.seq, light=True))
        if self._state.state is RunState.ENDED or self._folder.is_running(self._run):
            return self._state.view()
        # It may have written its last words between the two looks.
        self._state.feed_all(self._journal.tail(self._state.seq, light=True))
        view = self._state.view(running=False)
        if view.state is not RunState.ORPHANED:
            return view
        log = self._folder.log(self._run)
        return replace(view, log=str(log), last_words=last_words(log))

    def grown(self, since: int) -> RunView | None:
        """Return the view if the journal has grown beyond event `since`, else None."""
        if self._journal.has_grown():
            self._state.feed_all(self._journal.tail(self._state.seq, light=True))
        return self._state.view() if self._state.seq > since else None

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


async def watch(
    folder: RunFolder, run: str, *, clock: Clock, hertz: float
) -> AsyncIterator[RunView]:
    """Yield the run's view now, each time its journal grows, and when its process is lost.

    Ends after the view of the ended run. A run that lost its process is yielded once as
    orphaned and then watched on, because somebody may resume it.
    """
    reader = await asyncio.to_thread(RunReader, folder, run)
    try:
        view = await asyncio.to_thread(reader.view)
        yield view
        looked = clock.monotonic()
        while view.state is not RunState.ENDED:
            await clock.sleep(1 / hertz)
            if clock.monotonic() - looked >= _LOOK_FOR_PROCESS or view.state is RunState.ORPHANED:
                looked = clock.monotonic()
                fresh = await asyncio.to_thread(reader.view)
            else:
                grown = await asyncio.to_thread(reader.grown, view.seq)
                fresh = view if grown is None else grown
            if fresh.seq != view.seq or fresh.state is not view.state:
                view = fresh
                yield view
    finally:
        await asyncio.to_thread(reader.close)


def read_view(folder: RunFolder, run: str) -> RunView:
    """Return a run's view; raises JournalError."""
    reader = RunReader(folder, run)
    try:
        return reader.view()
    finally:
        reader.close()
