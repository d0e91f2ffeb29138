"""The numbers of the doctor's live page."""

from __future__ import annotations

from tests.registries.harbor.stage import Stage
from wizard.registries.harbor.live import Queue, QuotaUse, Volume, read_health, read_numbers


async def test_numbers_are_read_as_they_are(stage: Stage) -> None:
    """Room, queues and quotas, with shares where there is a limit."""
    state = stage.state
    state.storage = (1000, 250)
    state.queues["REPLICATION"] = (12, 340)
    library = state.project_named("library")
    assert library is not None
    library.storage, library.used = 400, 100
    numbers = await read_numbers(stage.harbor())
    assert (numbers.volumes, numbers.volumes[0].used_share) == (
        (Volume(total=1000, free=250),),
        0.75,
    )
    assert numbers.queues == (Queue(job="REPLICATION", waiting=12, latency=340, paused=False),)
    assert numbers.quotas == (QuotaUse(project="library", hard=400, used=100),)
    assert (numbers.quotas[0].used_share, numbers.projects, numbers.stored) == (0.25, 1, 100)


async def test_health_is_read_from_the_body(stage: Stage) -> None:
    """Nobody needs to log in for it, and its status is 200 in any case."""
    stage.state.unwell["trivy"] = "connection refused"
    health = await read_health(stage.harbor(None))
    errors = [one.error for one in health.components if not one.healthy]
    assert (health.healthy, errors) == (False, ["connection refused"])
    stage.state.unwell.clear()
    assert (await read_health(stage.harbor(None))).healthy is True


async def test_no_limit_has_no_share() -> None:
    """Nor has an object store that tells no size."""
    assert QuotaUse(project="p", hard=-1, used=5).used_share is None
    assert Volume(total=0, free=0).used_share == 0.0
