"""Having hosts read: start a discovery, show each view of it, return what it found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from screens.context import Context
from wizard.errors import RunError
from wizard.run.states import RunState
from wizard.wording import _

# Types only: the first paint does not wait for what later steps need.
if TYPE_CHECKING:
    from wizard.run.view import RunView
    from wizard.service import Discovery
    from wizard.target import Target


async def read_hosts(
    context: Context,
    *,
    target: Target | None,
    hosts: Sequence[str] = (),
    on_view: Callable[[RunView], None],
) -> Discovery:
    """Read all (or the named) hosts of the session's fleet; raises PilotageError."""
    service, session = context.service, context.session
    run = await service.start_discovery(
        session.migration, secrets=session.secrets, target=target, hosts=hosts
    )
    async for view in service.watch(run):
        on_view(view)
        if view.state is RunState.ORPHANED:
            raise RunError(
                _("the discovery's process is gone"),
                state=_("Nothing was changed on any host."),
                todo=_("Read the hosts again; `pilotage show {run}` tells how far it came.").format(
                    run=run
                ),
            )
    return await asyncio.to_thread(service.discovery, run)
