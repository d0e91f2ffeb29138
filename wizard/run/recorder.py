"""Writing a run's journal from within the run, and keeping its state by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from wizard.clock import Clock
from wizard.journal.events import Event
from wizard.journal.store import Draft, Journal
from wizard.run.reduce import RunReducer

_POLL: Final = 0.2


class Recorder:
    """Appends events and feeds every event of the journal, others' too, to the reducer.

    What is recorded at the same time by several hosts is written in one transaction, so a slow
    disk costs each of them one flush, not one per host. A thread of its own waits for the disk.
    All methods raise JournalError when the journal cannot be written.
    """

    def __init__(self, journal: Journal, state: RunReducer, clock: Clock) -> None:
        self.state = state
        self._journal = journal
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._writing = asyncio.Lock()
        self._queue: list[Draft] = []
        self._queued = 0
        self._written = 0
        self._pulse = asyncio.Event()

    async def record(self, *drafts: Draft) -> None:
        """Append the events; they are on disk and in `state` when this returns."""
        self._queue += drafts
        self._queued += len(drafts)
        mine = self._queued
        async with self._writing:
            if self._written < mine:
                batch, self._queue = self._queue, []
                await self._in_thread(lambda: self._write(batch))
                self._written += len(batch)

    async def follow(self) -> None:
        """Take in what others append, until cancelled."""
        while True:
            async with self._writing:
                await self._in_thread(self._look)
            await self._clock.sleep(_POLL)

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; it is asked after each event and each `wake`."""
        while not condition():
            await self._pulse.wait()

    def wake(self) -> None:
        """Let all waiting conditions be asked again."""
        self._pulse.set()
        self._pulse = asyncio.Event()

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], tuple[Event, ...]]) -> None:
        job = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            events = await asyncio.shield(job)
        except asyncio.CancelledError:
            # What is being written will be in the journal, so it has to be in the state.
            self._take_in(await job)
            raise
        self._take_in(events)

    def _take_in(self, events: tuple[Event, ...]) -> None:
        if events:
            self.state.feed_all(events)
            self.wake()

    def _write(self, batch: list[Draft]) -> tuple[Event, ...]:
        events = self._journal.append(*batch)
        if events and events[0].seq == self.state.seq + 1:
            return events
        return self._journal.tail(self.state.seq, light=True)

    def _look(self) -> tuple[Event, ...]:
        return self._journal.tail(self.state.seq, light=True) if self._journal.has_grown() else ()
