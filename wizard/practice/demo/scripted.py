"""The operator of a headless demo: follows a run and does what the scenario's script says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from wizard.journal.events import Event, EventKind, Order
from wizard.practice.demo.memory import PeakMemory
from wizard.practice.demo.scenarios import Move, Script
from wizard.run.states import RunState
from wizard.run.view import RunView
from wizard.service import MigrationService

_PAUSED: Final = "pause"
_ORDERS: Final = {Move.RETRY: Order.RETRY, Move.SKIP: Order.SKIP}
Mend = Callable[[], Awaitable[None]]


class ScriptedOperator:
    """Does what a script says, each of its moves once.

    Args:
        service: the one door.
        script: of the scenario.
        mend: puts the world right by hand.
        tell: is given the events of runs as they come, and the view with them.
        peak: watches the memory of run processes.
    """

    def __init__(
        self,
        service: MigrationService,
        script: Script,
        *,
        mend: Mend,
        tell: Callable[[Sequence[Event], RunView], None],
        peak: PeakMemory,
    ) -> None:
        self._service = service
        self._at_gate = list(script.at_gate)
        self._when_orphaned = list(script.when_orphaned)
        self._mend = mend
        self._tell = tell
        self._peak = peak

    async def follow(self, run: str, *, seconds: float) -> RunView:
        """Follow a run until it has ended, the script has no answer left, or time is up."""
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(run)
        except TimeoutError:
            return self._service.view(run)

    async def do(self, moves: Sequence[Move], run: str = "") -> None:
        """Make moves, in this order."""
        for move in moves:
            match move:
                case Move.MEND:
                    await self._mend()
                case Move.RESUME:
                    await self._service.resume(run, secrets={})
                case Move.RETRY | Move.SKIP:
                    self._service.order(run, _ORDERS[move])

    async def _follow(self, run: str) -> RunView:
        view = self._service.view(run)
        seen = asked = answered = 0
        async for view in self._service.watch(run):
            events = self._service.events(run, after=seen)
            for event in events:
                seen = event.seq
                if event.kind in {EventKind.WAITING, EventKind.ORDER_TAKEN}:
                    asked = event.seq
                if event.kind is EventKind.PROCESS_STARTED:
                    self._peak.watch(int(event.data["pid"]))
            self._peak.look()
            self._tell(events, view)
            if view.state is RunState.ORPHANED:
                if not self._when_orphaned:
                    break
                moves, self._when_orphaned = self._when_orphaned, []
                await self.do(moves, run)
            elif _is_asked(view) and asked > answered:
                moves = self._next_answer()
                if not moves:
                    break
                answered = asked
                await self.do(moves, run)
        return view

    def _next_answer(self) -> list[Move]:
        """Take moves up to the next order off the script."""
        for index, move in enumerate(self._at_gate):
            if move in _ORDERS:
                moves, self._at_gate = self._at_gate[: index + 1], self._at_gate[index + 1 :]
                return moves
        return []


def _is_asked(view: RunView) -> bool:
    is_waiting = view.state is RunState.WAITING and view.waiting_for != _PAUSED
    return is_waiting and bool(view.choices)
