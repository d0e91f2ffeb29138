"""A run from its journal to its end, whatever its kind: the same for the first start and resume."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import assert_never

from wizard.clock import Clock
from wizard.errors import PilotageError
from wizard.journal.events import EventKind, RunKind
from wizard.journal.store import Draft, Journal
from wizard.planning.plan import HostPlan
from wizard.rollback.runner import RollbackRunner
from wizard.rollout.runner import PATIENCE, RolloutRunner
from wizard.run.acting import HostActor, Tools
from wizard.run.discovering import DiscoveryRunner
from wizard.run.ending import Ending
from wizard.run.errand_runner import ErrandRunner
from wizard.run.hosts import ErrandActions, HostActions
from wizard.run.keeper import LeaseKeeper
from wizard.run.orders import OrderDesk
from wizard.run.recorder import Recorder
from wizard.run.reduce import RunReducer
from wizard.run.spec import RunSpec
from wizard.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What a run is made of; `journal` is this process's own from here on.

    Attributes:
        errands: what carries out the errand of such a run.
        payload: what the errand is sent with, where it has one.
        patience: seconds for which armed hosts are kept while an operator is waited for.
    """

    spec: RunSpec
    journal: Journal
    actions: HostActions
    clock: Clock
    patience: float = PATIENCE
    errands: ErrandActions | None = None
    payload: Secret | None = None

    async def run(self) -> Ending:
        """Do what the spec says and journal how it ended; raises PilotageError.

        When the journal cannot be written, everything stops at once: nothing more is changed
        or renewed, and hosts that are not confirmed revert by themselves.
        """
        state = RunReducer(self.spec.run)
        state.feed_all(self.journal.tail(light=True))
        recorder = Recorder(self.journal, state, self.clock)
        try:
            return await self._run(recorder)
        except BaseExceptionGroup as group:
            raise _first(group) from group
        finally:
            recorder.close()
            await self.actions.aclose()

    async def _run(self, recorder: Recorder) -> Ending:
        actor = HostActor(self._tools(recorder))
        keeper = LeaseKeeper(actor)
        beside: list[Awaitable[None]] = [recorder.follow(), OrderDesk(recorder).run()]
        if self.spec.kind not in {RunKind.DISCOVERY, RunKind.ERRAND}:
            beside.append(keeper.run())
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_awaited(work)) for work in beside]
            ending = await self._work(actor, keeper)
            await recorder.record(Draft(kind=EventKind.RUN_ENDED, data=ending.data(recorder.state)))
            for task in tasks:
                task.cancel()
        return ending

    async def _work(self, actor: HostActor, keeper: LeaseKeeper) -> Ending:
        spec = self.spec
        match spec.kind:
            case RunKind.DISCOVERY:
                return await DiscoveryRunner(actor.tools.recorder, self.actions).run()
            case RunKind.ROLLOUT:
                rollout = RolloutRunner(
                    actor,
                    keeper,
                    spec.policy,
                    unattended=spec.unattended,
                    patience=self.patience,
                )
                return await rollout.run()
            case RunKind.ROLLBACK:
                return await RollbackRunner(
                    actor, keeper, spec.policy, is_journaled=bool(spec.ledgers)
                ).run()
            case RunKind.ERRAND:
                recorder = actor.tools.recorder
                return await ErrandRunner(
                    recorder, spec, self.errands, self.payload, self.actions
                ).run()
            case _:
                assert_never(spec.kind)

    def _tools(self, recorder: Recorder) -> Tools:
        plans: dict[str, HostPlan] = {}
        if self.spec.plan is not None:
            plans = {plan.host: plan for plan in self.spec.plan.hosts}
        return Tools(
            recorder=recorder,
            actions=self.actions,
            clock=self.clock,
            ledger_run=self.spec.of or self.spec.run,
            lease=self.spec.policy.lease,
            plan_of=plans.__getitem__,
            force=self.spec.forced(),
        )


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that a person should read: ours before others."""
    flat: list[BaseException] = []
    todo: list[BaseException] = [group]
    while todo:
        error = todo.pop(0)
        if isinstance(error, BaseExceptionGroup):
            todo += error.exceptions
        else:
            flat.append(error)
    return next((error for error in flat if isinstance(error, PilotageError)), flat[0])
