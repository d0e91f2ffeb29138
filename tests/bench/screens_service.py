"""A service for the benchmark that never stops saying something."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator

from tests.screens.scripted_service import ScriptedService
from wizard.journal.events import Event, EventKind, Order, RunKind
from wizard.run.states import HostState, RunState
from wizard.run.view import HostView, RunView, WaveView

_SEED = 7
_WAVES = 20
_KEPT = 200
_NEXT = {
    HostState.WAITING: HostState.APPLYING,
    HostState.APPLYING: HostState.ARMED,
    HostState.ARMED: HostState.CONFIRMING,
    HostState.CONFIRMING: HostState.CONFIRMED,
    HostState.CONFIRMED: HostState.WAITING,
}


class BusyService(ScriptedService):
    """A rollout whose hosts change state at a steady rate, in no order."""

    def __init__(self, *, rows: int, updates_per_second: int) -> None:
        super().__init__()
        order = list(range(rows))
        random.Random(_SEED).shuffle(order)  # noqa: S311  # a load, not a secret
        self._order = itertools.cycle(order)
        self._rate = updates_per_second
        self._hosts = [
            HostView(name=f"host-{number:04d}", state=HostState.WAITING, wave=number % _WAVES)
            for number in range(rows)
        ]
        self._names = [
            tuple(host.name for host in self._hosts if host.wave == wave) for wave in range(_WAVES)
        ]
        self._counts = [{HostState.WAITING: len(names)} for names in self._names]
        self._events: list[Event] = []
        self._seq = 0

    def view(self, run: str) -> RunView:
        """Return the run as it is now; hosts that did not change are the same values."""
        return RunView(
            run=run,
            kind=RunKind.ROLLOUT,
            state=RunState.RUNNING,
            operator="ana",
            seq=self._seq,
            hosts=tuple(self._hosts),
            waves=tuple(
                WaveView(index=index, hosts=names, counts=tuple(counts.items()), started=True)
                for index, (names, counts) in enumerate(zip(self._names, self._counts, strict=True))
            ),
            current_wave=3,
            choices=(Order.PAUSE, Order.STOP),
            changed=True,
            recent=tuple(self._events[-_KEPT:]),
        )

    async def watch(self, run: str, *, hertz: float = 5.0) -> AsyncIterator[RunView]:
        """Yield a view `hertz` times a second, with so many changes in between."""
        share = round(self._rate / hertz)
        while True:
            await asyncio.sleep(1 / hertz)
            for _update in range(share):
                self._change()
            yield self.view(run)

    def _change(self) -> None:
        index = next(self._order)
        host = self._hosts[index]
        self._seq += 1
        state = _NEXT[host.state]
        self._hosts[index] = HostView(
            name=host.name, state=state, wave=host.wave, detail=f"pass {self._seq}"
        )
        counts = self._counts[host.wave or 0]
        counts[host.state] -= 1
        counts[state] = counts.get(state, 0) + 1
        if self._seq % 100 == 0:
            self._events.append(
                Event(
                    seq=self._seq,
                    at=float(self._seq),
                    kind=EventKind.INTENT,
                    host=host.name,
                    data={"verb": "apply"},
                )
            )
            del self._events[:-_KEPT]
