"""What a test does with all that is wanted of a Harbor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.registries.harbor.stage import Stage
from tests.registries.harbor.wanting import EVERYTHING, REPLICATION
from wizard.registries.harbor.plan import subjects
from wizard.registries.harbor.replication import Progress
from wizard.registries.harbor.server import read_server
from wizard.registries.harbor.wanted import Project, Wanted
from wizard.registries.provisioning import Done, Finding, look_at, provision

ENDPOINTS: Final = EVERYTHING.endpoints
HOSTED_ALONE: Final = Wanted(
    endpoints=ENDPOINTS,
    projects=(Project(name="hosted", public=False),),
    replications=(REPLICATION,),
)


async def look(stage: Stage, wanted: Wanted) -> tuple[Finding, ...]:
    """Return what would be done."""
    harbor = stage.harbor()
    server = await read_server(harbor)
    made = subjects(harbor, server, wanted, client=stage.client(), clock=stage.clock)
    return await look_at(made)


async def provisioned(
    stage: Stage, wanted: Wanted, progress: list[Progress] | None = None
) -> list[Done]:
    """Do it all, and add the progress of replications to `progress`."""
    harbor = stage.harbor()
    made = subjects(
        harbor,
        await read_server(harbor),
        wanted,
        client=stage.client(),
        clock=stage.clock,
        told=(progress if progress is not None else []).append,
    )
    return [done async for done in provision(made)]


def warnings(findings: Sequence[Finding], subject: str) -> str:
    """Return the warnings of one subject in one line."""
    return "; ".join(w for one in findings if one.subject == subject for w in one.warnings)
