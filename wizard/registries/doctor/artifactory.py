"""How an Artifactory is, as its API tells it, and who may pull (facts/nexus_artifactory.md §6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from wizard.registries.artifactory.client import (
    Artifactory,
    Listed,
    Provisioning,
    Room,
    Server,
)
from wizard.registries.doctor.looking import Look, one_after_another, well
from wizard.registries.doctor.observation import (
    Measure,
    Observation,
    Reading,
    Seen,
    Severity,
    Topic,
)
from wizard.registries.room import FREE_SHARE, is_short
from wizard.registries.sources import JFROG_ANONYMOUS, JFROG_REMOTE, JFROG_REST, JFROG_STORAGE
from wizard.wording import _

_CACHING: Final = frozenset({"REMOTE", "VIRTUAL"})
_GIB: Final = 1 << 30
MOST: Final = 10
"""Repositories that are asked for without an account, where the target names none."""


async def look_into_artifactory(artifactory: Artifactory, *, prefixes: Collection[str]) -> Seen:
    """Return how an Artifactory is.

    `prefixes` are those of the target and its upstreams; each ends in the key of a repository.
    """
    return await one_after_another(_looks(artifactory, prefixes))


def _looks(artifactory: Artifactory, prefixes: Collection[str]) -> Iterator[tuple[Topic, Look]]:
    async def licence() -> Seen:
        return Seen(observations=(licence_observation(await artifactory.server()),))

    async def health() -> Seen:
        return Seen(observations=(health_observation(is_up=await artifactory.is_up()),))

    async def repositories() -> Seen:
        found = caching(await artifactory.repositories(), prefixes)
        return Seen(observations=tuple(upstream_observations(found)))

    async def storage() -> Seen:
        room = await artifactory.room()
        if room is None:
            return Seen()
        free = Reading(measure=Measure.FREE, value=room.free, limit=FREE_SHARE * room.total)
        return Seen(observations=(room_observation(room),), readings=(free,))

    async def anonymous() -> Seen:
        found = caching(await artifactory.repositories(), prefixes)
        seen = [
            pull_observation(one.key, is_open=await artifactory.anybody_may_pull(one.key))
            for one in found[:MOST]
        ]
        return Seen(observations=tuple(seen))

    yield Topic.LICENCE, licence
    yield Topic.HEALTH, health
    yield Topic.UPSTREAM, repositories
    yield Topic.ANONYMOUS, anonymous
    yield Topic.STORAGE, storage


def caching(repositories: Collection[Listed], prefixes: Collection[str]) -> tuple[Listed, ...]:
    """Return the Docker repositories that cache an upstream, only those that hosts use if named."""
    found = tuple(one for one in repositories if one.type.upper() in _CACHING)
    used = {prefix.rstrip("/").rpartition("/")[2] for prefix in prefixes}
    return tuple(one for one in found if one.key in used) or found


def licence_observation(server: Server) -> Observation:
    """Return what its licence lets us do."""
    found = _("it is Artifactory {version} ({licence})").format(
        version=server.version, licence=server.licence or "?"
    )
    match server.provisioning:
        case Provisioning.POSSIBLE:
            return well(Topic.LICENCE, found)
        case Provisioning.LICENSED_ONLY:
            words = _(
                "Make repositories in its web pages: this edition refuses them through its API."
                " Provisioning tells the form, field by field."
            )
        case Provisioning.UNKNOWN:
            words = _("Give the login of an administrator: only he is told the licence.")
    return Observation(
        topic=Topic.LICENCE, severity=Severity.NOTE, found=found, todo=words, source=JFROG_REST
    )


def room_observation(room: Room) -> Observation:
    """Return whether the disk of its file store has room."""
    found = _("{free} GiB of {total} GiB are free").format(
        free=room.free // _GIB, total=room.total // _GIB
    )
    if not is_short(free=room.free, total=room.total):
        return well(Topic.STORAGE, found)
    return Observation(
        topic=Topic.STORAGE,
        severity=Severity.TROUBLE,
        found=found,
        todo=_("Clean up, or give it a larger disk, before images are copied or cached."),
        source=JFROG_STORAGE,
    )


def health_observation(*, is_up: bool) -> Observation:
    """Return whether it is ready."""
    if is_up:
        return well(Topic.HEALTH, _("it is up"))
    return Observation(
        topic=Topic.HEALTH,
        severity=Severity.BROKEN,
        found=_("it says itself that it is not ready"),
        todo=_("See its log, artifactory-service.log, and that its database and disk are there."),
        source="jfrog/jfrog-client-go, ping.go",
    )


def upstream_observations(found: Collection[Listed]) -> Iterator[Observation]:
    """Yield what repositories would serve hosts, or that none would."""
    if not found:
        yield Observation(
            topic=Topic.UPSTREAM,
            severity=Severity.BROKEN,
            found=_("it has no Docker repository that caches an upstream"),
            todo=_("Make a remote Docker repository of Docker Hub, with token authentication on."),
            source=JFROG_REMOTE,
        )
    for one in found:
        yield well(Topic.UPSTREAM, _("repository {name} is there").format(name=one.key))


def pull_observation(key: str, *, is_open: bool) -> Observation:
    """Return whether somebody without an account may pull from a repository."""
    if is_open:
        return well(
            Topic.ANONYMOUS, _("{name} can be pulled from without a login").format(name=key)
        )
    return Observation(
        topic=Topic.ANONYMOUS,
        severity=Severity.BROKEN,
        found=_("nobody pulls from {name} without a login").format(name=key),
        todo=_(
            "Allow anonymous access for that repository alone; the default permission"
            " “Anything” would publish all of them."
        ),
        source=JFROG_ANONYMOUS,
    )
