"""The service of the screens with a host that errands are really carried out on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.screens import samples
from tests.screens.scripted_service import ScriptedService
from wizard.errand.errand import Errand, ErrandAnswer, ErrandOutcome
from wizard.journal.events import Event, EventKind, RunKind, RunResult
from wizard.jsonform import to_data
from wizard.run import trouble
from wizard.run.states import HostState, RunState
from wizard.run.view import HostView, RunView
from wizard.secret import Secret
from wizard.service import Discovery, UnknownHostKey

CarryOut = Callable[[Errand, Secret | None], ErrandAnswer]


@dataclass(kw_only=True)
class InstallService(ScriptedService):
    """Scripted runs, and errands whose scripts run against small programs.

    Attributes:
        carry_out: runs the script of an errand.
        key: that the host offers and nobody approved.
        dies: the next errand's process is killed before the host answers.
        hangs: the next errand takes for ever after its first step.
    """

    carry_out: CarryOut
    key: UnknownHostKey | None = None
    dies: bool = False
    hangs: bool = False
    _keys: dict[str, UnknownHostKey] = field(default_factory=dict)

    def begin_errand(self, errand: Errand) -> str:
        """Carry it out at once, and show the run that tells of it."""
        asked = self.called("start_errand")
        run = f"errand-{len(asked)}"
        approved = [key for call in self.called("approve_host_keys") for key in call["keys"]]
        if self.key and self.key not in approved:
            self._keys[run] = self.key
            self.show(_view(run, errand, HostState.UNREACHABLE, result=RunResult.FAILED))
        elif self.dies:
            self.dies = False
            self.show(_view(run, errand, HostState.BUSY, state=RunState.ORPHANED))
        elif self.hangs:
            self.hangs = False
            data = {"subject": "image is here", "result": "changed"}
            told = Event(
                seq=1, at=samples.MOMENT, kind=EventKind.ERRAND_TOLD, host=errand.host, data=data
            )
            busy = HostState.BUSY
            self.show(_view(run, errand, busy, state=RunState.RUNNING, recent=(told,)))
        else:
            answer = self.carry_out(errand, asked[-1]["payload"])
            self.show(_ended(run, errand, answer))
        return run

    def discovery(self, run: str) -> Discovery:
        """Tell the key that stood in the way of an errand, too."""
        if not run.startswith("errand-"):
            return super().discovery(run)
        keys = (self._keys[run],) if run in self._keys else ()
        return Discovery(run=run, facts=(), troubles=(), unknown_keys=keys, missing_secrets=())


def _ended(run: str, errand: Errand, answer: ErrandAnswer) -> RunView:
    is_done = answer.outcome in {ErrandOutcome.DONE, ErrandOutcome.UNCHANGED}
    data = {"errand": errand.name.value, "answer": to_data(answer), "todo": "Start it again."}
    event = Event(
        seq=1, at=samples.MOMENT, kind=EventKind.ERRAND_ENDED, host=errand.host, data=data
    )
    return _view(
        run,
        errand,
        HostState.DONE if is_done else HostState.NOT_DONE,
        result=RunResult.COMPLETED if is_done else RunResult.FAILED,
        trouble_of=None if is_done else data,
        recent=(event,),
    )


def _view(
    run: str,
    errand: Errand,
    host_state: HostState,
    *,
    state: RunState = RunState.ENDED,
    result: RunResult | None = None,
    trouble_of: dict[str, Any] | None = None,
    recent: tuple[Event, ...] = (),
) -> RunView:
    told = trouble.of_errand(errand.host, trouble_of) if trouble_of else None
    return RunView(
        run=run,
        kind=RunKind.ERRAND,
        state=state,
        result=result,
        started_at=samples.MOMENT,
        seq=1,
        hosts=(HostView(name=errand.host, state=host_state, trouble=told),),
        recent=recent,
    )
