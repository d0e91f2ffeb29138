"""Taking up what an earlier session left: open runs, orphaned runs, saved answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.context import Context
from screens.session import Step
from screens.steps.step_screen import StepScreen
from screens.words import hosts_counted
from wizard.journal.events import RunKind
from wizard.run.states import RunState
from wizard.wording import _

# Types only: the first paint does not wait for what later steps need.
if TYPE_CHECKING:
    from wizard.service import RunSummary


async def offer_open_runs(screen: StepScreen, context: Context) -> None:
    """Load saved answers; ask about open runs if there are any; raises PilotageError."""
    saved = await _load_answers(context)
    screen.enter()
    known = context.service.runs()
    changed = (run for run in known if run.changed and run.kind is RunKind.ROLLOUT)
    if rollout := next(changed, None):
        context.session.rollout = context.service.view(rollout.run)
    runs = [
        run
        for run in known
        if run.state is not RunState.ENDED and run.kind is not RunKind.DISCOVERY
    ]
    if not runs:
        return
    from screens.dialogs.resume import LOOK, RESUME, ResumeDialog  # noqa: PLC0415  # when needed

    answer = await screen.app.push_screen_wait(ResumeDialog(runs, saved=saved)) or ""
    for run in runs:
        if answer in (LOOK + run.run, RESUME + run.run):
            await _attach(context, run, resumes=answer == RESUME + run.run)


async def _load_answers(context: Context) -> str:
    """Load the migration file where there is one, and say what is in it."""
    path = context.session.path
    if not path.exists():
        return ""
    await context.load(path)
    migration = context.session.migration
    target = migration.target.url if migration.target else _("no target yet")
    return _("Saved answers in {path}: {hosts}, {target}").format(
        path=path.name, hosts=hosts_counted(len(migration.fleet.hosts)), target=target
    )


async def _attach(context: Context, run: RunSummary, *, resumes: bool) -> None:
    if resumes:
        await context.service.resume(run.run, secrets=context.session.secrets)
    view = context.service.view(run.run)
    if run.kind is RunKind.ROLLBACK:
        context.session.rollback = view
        context.go(Step.ROLL_BACK)
    else:
        context.session.rollout = view
        context.go(Step.ROLL_OUT)
