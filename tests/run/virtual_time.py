"""An event loop whose time jumps: hours of soaking pass in milliseconds, nothing waits."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any, TypeVar, TypeVarTuple

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")
_EPOCH = 1_800_000_000.0
_STUCK = 5.0


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits for a timer: when nothing is ready, the clock is put forward instead."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0
        self.jobs = 0

    def select(self, timeout: float | None = None) -> Any:
        """Return what is ready; with jobs in threads, really wait for them."""
        if timeout == 0:
            return super().select(0)
        if self.jobs:
            return super().select(None)
        ready = super().select(_STUCK if timeout is None else 0)
        if not ready:
            if timeout is None:
                raise AssertionError("nothing will ever happen any more")
            self.skipped += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Counts jobs in threads, so that time stands still while one is at work."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return seconds of virtual time."""
        return self._jumping.skipped

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Arguments], Result], *args: *Arguments
    ) -> asyncio.Future[Result]:
        """Run a job; time stands still until its result has arrived."""
        self._jumping.jobs += 1
        job = super().run_in_executor(executor, func, *args)
        job.add_done_callback(self._job_done)
        return job

    def _job_done(self, _job: asyncio.Future[Any]) -> None:
        self._jumping.jobs -= 1


class VirtualClock:
    """`wizard.clock.Clock` on the virtual loop it was first asked in, from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def now(self) -> float:
        """Return seconds since the epoch."""
        return _EPOCH + self.monotonic()

    def monotonic(self) -> float:
        """Return seconds since the start of the loop; before there is one, none has passed."""
        with suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()
        return self._loop.time() if self._loop else 0.0

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)


def run_virtually(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` on a virtual loop of its own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)
