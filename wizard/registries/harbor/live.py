"""What the doctor's live page shows: health, room, queues, quotas, replications (§2.1, §2.8)."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor

_HEALTHY = "healthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of Harbor; `error` is empty where it is healthy."""

    name: str
    healthy: bool
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Harbor's health, from the body: the status of the answer is 200 in any case."""

    healthy: bool
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Room for images, in bytes; of an object store there is none to tell."""

    total: int
    free: int

    @property
    def used_share(self) -> float:
        """Return how full it is, 0 to 1."""
        return 1 - self.free / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Jobs that wait; `latency` is the age of the oldest, in seconds."""

    job: str
    waiting: int
    latency: int
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUse:
    """What a project holds, in bytes; `hard` is -1 without a limit."""

    project: str
    hard: int
    used: int

    @property
    def used_share(self) -> float | None:
        """Return how full it is, 0 to 1; None without a limit."""
        return self.used / self.hard if self.hard > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """All numbers of one look."""

    health: Health
    volumes: tuple[Volume, ...]
    queues: tuple[Queue, ...]
    quotas: tuple[QuotaUse, ...]
    projects: int
    repositories: int
    stored: int


async def read_health(harbor: Harbor) -> Health:
    """Return Harbor's health; anybody may ask. Raises RegistryFailure."""
    found = await harbor.health()
    return Health(
        healthy=found.get("status") == _HEALTHY,
        components=tuple(
            Component(
                name=str(one.get("name", "")),
                healthy=one.get("status") == _HEALTHY,
                error=str(one.get("error") or ""),
            )
            for one in found.get("components") or ()
        ),
    )


async def read_numbers(harbor: Harbor) -> Numbers:
    """Return all numbers, as an administrator; raises RegistryFailure."""
    statistics = await harbor.statistics()
    volumes = await harbor.volumes()
    return Numbers(
        health=await read_health(harbor),
        volumes=tuple(
            Volume(total=_number(one, "total"), free=_number(one, "free"))
            for one in volumes.get("storage") or ()
        ),
        queues=tuple(
            Queue(
                job=str(one.get("job_type", "")),
                waiting=_number(one, "count"),
                latency=_number(one, "latency"),
                paused=one.get("paused") is True,
            )
            for one in await harbor.queues()
        ),
        quotas=tuple(
            QuotaUse(
                project=str((one.get("ref") or {}).get("name", "")),
                hard=_number(one.get("hard") or {}, "storage"),
                used=_number(one.get("used") or {}, "storage"),
            )
            for one in await harbor.quotas()
        ),
        projects=_number(statistics, "total_project_count"),
        repositories=_number(statistics, "total_repo_count"),
        stored=_number(statistics, "total_storage_consumption"),
    )


def _number(record: Record, name: str) -> int:
    value = record.get(name)
    return value if isinstance(value, int) else 0
