"""Having the plan made from the session's answers, off the screen's own thread."""

from __future__ import annotations

import asyncio

from screens.context import Context
from screens.results import Planned
from wizard.planning.plan import Plan


async def make_plan(context: Context) -> Planned | None:
    """Make the plan if the session's is not current, and return it; raises PilotageError.

    Returns None while the fleet has not been read or the target not been probed.
    """
    session = context.session
    if session.plan_is_current():
        return session.planned
    migration, probed, facts = session.migration, session.probed, session.facts
    if probed is None or migration.target is None or not facts:
        return None
    target = probed.report.target

    def compute() -> tuple[Plan, str]:
        plan = context.service.plan(migration, facts, target)
        return plan, plan.hash

    plan, plan_hash = await asyncio.to_thread(compute)
    session.planned = Planned(
        plan=plan,
        plan_hash=plan_hash,
        facts=facts,
        choice=migration.target,
        policy=migration.policy,
    )
    return session.planned
