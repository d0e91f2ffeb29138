"""Having an errand carried out: a run of its own, followed, and what it lacked asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from textual.screen import Screen

from screens.context import Context
from screens.missing import ask_for_missing
from wizard.errors import HostError, PilotageError, RunError
from wizard.fleet.policy import Migration
from wizard.journal.events import EventKind, RunResult
from wizard.jsonform import from_data
from wizard.run.states import RunState
from wizard.run.view import RunView
from wizard.secret import Secret
from wizard.service import Errand, ErrandAnswer
from wizard.wording import _

_ROUNDS: Final = 3
"""A key of a jump host, one of the host, and a password behind them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandSender:
    """Whoever sends errands to hosts of a migration; the run of each goes on without it."""

    context: Context
    migration: Migration

    async def send(
        self,
        errand: Errand,
        *,
        screen: Screen[Any],
        payload: Secret | None = None,
        told: Callable[[RunView], None],
    ) -> ErrandAnswer:
        """Return what the host answered once it is done; `told` is given each view of its run.

        Raises PilotageError where it is not done: refused, failed, lost, or never sent.
        """
        service = self.context.service
        for _round in range(_ROUNDS):
            run = await service.start_errand(
                self.migration, errand, secrets=self.context.session.secrets, payload=payload
            )
            view = await self._ended(run, told)
            if view.result is RunResult.COMPLETED:
                return self._answer(run)
            if not await ask_for_missing(screen, self.context, service.discovery(run)):
                break
        raise _failure(view, errand.host)

    async def _ended(self, run: str, told: Callable[[RunView], None]) -> RunView:
        view = self.context.service.view(run)
        told(view)
        async for view in self.context.service.watch(run):
            told(view)
            if view.state is RunState.ORPHANED:
                raise RunError(
                    _("Run {run} has lost its process.").format(run=run),
                    state=_("What was done on the host by then stays."),
                    todo=_("Install it again: that goes on where it was."),
                )
        return view

    def _answer(self, run: str) -> ErrandAnswer:
        for event in self.context.service.events(run):
            if event.kind is EventKind.ERRAND_ENDED:
                return from_data(ErrandAnswer, event.data["answer"], source=run)
        raise RunError(_("Run {run} ended without an answer of the host.").format(run=run))


def _failure(view: RunView, host: str) -> PilotageError:
    trouble = next((one.trouble for one in view.hosts if one.trouble), None)
    if trouble is None:
        words = _("Run {run} ended before it was done.").format(run=view.run)
        return HostError(words, host=host)
    return HostError(trouble.what, host=host, state=trouble.state, todo=trouble.todo)
