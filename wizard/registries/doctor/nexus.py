"""How a Nexus is, as its API tells it (facts/nexus_artifactory.md §1, §2, §8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from wizard.registries.choice.load import NEAR
from wizard.registries.doctor.looking import Look, one_after_another, well
from wizard.registries.doctor.nexus_repositories import (
    repository_observations,
    width_observation,
)
from wizard.registries.doctor.observation import (
    Measure,
    Observation,
    Reading,
    Seen,
    Severity,
    Topic,
)
from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.release import Release
from wizard.registries.nexus.values import Anonymous, BlobStore, Eula
from wizard.registries.room import FREE_SHARE, is_short
from wizard.registries.sources import NEXUS_API, NEXUS_DOCKER, NEXUS_EULA, NEXUS_LIMITS, NEXUS_ROLES
from wizard.registries.subject_name import PULLS_WITHOUT_LOGIN, SubjectKind, named
from wizard.wording import _

OLDEST: Final = 71
"""3.71 was the first to keep OCI images whole (facts/nexus_artifactory.md §8)."""
REALM: Final = "DockerToken"


async def look_into_nexus(nexus: Nexus) -> Seen:
    """Return how a Nexus is; most of it is told to administrators only."""
    return await one_after_another(_looks(nexus))


def _looks(nexus: Nexus) -> Iterator[tuple[Topic, Look]]:
    known: list[Release] = []

    async def the_release() -> Release:
        """Ask once, whichever look comes first or fails."""
        if not known:
            known.append(await nexus.release())
        return known[0]

    async def health() -> Seen:
        release = await the_release()
        is_writable = await nexus.is_writable()
        return Seen(
            observations=(
                release_observation(release),
                writable_observation(is_writable=is_writable),
            )
        )

    async def licence() -> Seen:
        return Seen(observations=(licence_observation(await nexus.eula()),))

    async def anonymous() -> Seen:
        realms = await nexus.active_realms()
        who = await nexus.anonymous()
        # How much somebody without credentials may read matters once anybody is let in.
        widths = (width_observation(await nexus.user(who.user_id)),) if who.enabled else ()
        return Seen(observations=(realm_observation(realms), anonymous_observation(who), *widths))

    async def repositories() -> Seen:
        return Seen(observations=tuple(repository_observations(await nexus.repository_settings())))

    async def storage() -> Seen:
        stores = await nexus.blob_stores()
        return Seen(observations=tuple(map(store_observation, stores)), readings=room(stores))

    async def usage() -> Seen:
        release = await the_release()
        requests = await nexus.daily("requests")
        components = await nexus.daily("components")
        readings = usage_readings(
            release,
            requests=requests.data[-1].value if requests and requests.data else None,
            components=components.data[-1].value if components and components.data else None,
        )
        return Seen(observations=tuple(map(usage_observation, readings)), readings=readings)

    yield Topic.ANONYMOUS, anonymous
    yield Topic.HEALTH, health
    yield Topic.LICENCE, licence
    yield Topic.UPSTREAM, repositories
    yield Topic.STORAGE, storage
    yield Topic.USAGE, usage


def release_observation(release: Release) -> Observation:
    """Return whether the version keeps images whole."""
    if not release.text:
        return Observation(
            topic=Topic.HEALTH,
            severity=Severity.NOTE,
            found=_("a front hides which version it is"),
        )
    found = _("it is {release}").format(release=release.text)
    if release.since(OLDEST):
        return well(Topic.HEALTH, found)
    return Observation(
        topic=Topic.HEALTH,
        severity=Severity.TROUBLE,
        found=found,
        todo=_("Upgrade it to 3.71 or newer: older ones lose manifests of OCI images in cleanup."),
        source=NEXUS_DOCKER,
    )


def writable_observation(*, is_writable: bool) -> Observation:
    """Return whether it takes anything new."""
    if is_writable:
        return well(Topic.READ_ONLY, _("it takes what is new"))
    return Observation(
        topic=Topic.READ_ONLY,
        severity=Severity.BROKEN,
        found=_("it is frozen, or not ready: nothing can be pushed or cached"),
        todo=_("Have it released, in Settings, System, Nodes; see its log if it stays so."),
        source=NEXUS_API,
    )


def licence_observation(eula: Eula | None) -> Observation:
    """Return whether its licence agreement stands in the way."""
    if eula is None or eula.accepted:
        return well(Topic.LICENCE, _("no licence agreement is left to accept"))
    return Observation(
        topic=Topic.LICENCE,
        severity=Severity.BROKEN,
        found=_("its licence agreement is not accepted: every pull is refused"),
        todo=_("Read it and accept it, there or when it is provisioned."),
        source=NEXUS_EULA,
        fixed_by=named(SubjectKind.LICENCE),
    )


def realm_observation(realms: tuple[str, ...]) -> Observation:
    """Return whether clients of Docker are given tokens."""
    if REALM in realms:
        return well(Topic.TOKENS, _("it gives tokens to clients of Docker"))
    return Observation(
        topic=Topic.TOKENS,
        severity=Severity.BROKEN,
        found=_("the realm DockerToken is not active: nobody pulls without a login"),
        todo=_("Activate it, in Settings, Security, Realms."),
        source="sonatype/nexus-public#921",
        fixed_by=named(SubjectKind.REALMS),
    )


def anonymous_observation(anonymous: Anonymous) -> Observation:
    """Return whether somebody without credentials is anybody."""
    if not anonymous.enabled:
        return Observation(
            topic=Topic.ANONYMOUS,
            severity=Severity.BROKEN,
            found=_("anonymous access is off"),
            todo=_(
                "Switch it on, and first give the user anonymous a role that reads the mirrors"
                " alone: the stock role reads every repository."
            ),
            source=NEXUS_ROLES,
            fixed_by=PULLS_WITHOUT_LOGIN,
        )
    if anonymous.user_id != "anonymous":
        return Observation(
            topic=Topic.ANONYMOUS,
            severity=Severity.TROUBLE,
            found=_("somebody without credentials is the user {user}").format(
                user=anonymous.user_id
            ),
            todo=_("Use the user anonymous: with others Docker's tokens break."),
            source="sonatype/nexus-public#311",
            fixed_by=PULLS_WITHOUT_LOGIN,
        )
    return well(Topic.ANONYMOUS, _("anonymous access is on"))


def store_observation(store: BlobStore) -> Observation:
    """Return whether a blob store is there and has room."""
    total = store.total_size_in_bytes + store.available_space_in_bytes
    if store.unavailable:
        return Observation(
            topic=Topic.STORAGE,
            severity=Severity.BROKEN,
            found=_("blob store {name} is not available").format(name=store.name),
            todo=_("See that its disk or bucket is there and can be written."),
        )
    found = _("blob store {name} has {free} bytes free").format(
        name=store.name, free=store.available_space_in_bytes
    )
    if _tells_room(store) and is_short(free=store.available_space_in_bytes, total=total):
        return Observation(
            topic=Topic.STORAGE,
            severity=Severity.TROUBLE,
            found=found,
            todo=_("Clean up, then compact the blob store: only that gives space back."),
            source="sonatype-nexus-community/terraform-provider-sonatyperepo, tasks",
            fixed_by=named(SubjectKind.CLEANUP),
        )
    return well(Topic.STORAGE, found)


def _tells_room(store: BlobStore) -> bool:
    """Tell whether its room is known: a bucket says 0, which does not mean that it is full."""
    return store.available_space_in_bytes > 0 or store.type.casefold() == "file"


def room(stores: tuple[BlobStore, ...]) -> tuple[Reading, ...]:
    """Return the free bytes of the store that has the least, and the bytes of all."""
    if not stores:
        return ()
    rooms = sorted(
        (one.available_space_in_bytes, one.available_space_in_bytes + one.total_size_in_bytes)
        for one in stores
        if _tells_room(one)
    )
    return (
        *(
            Reading(measure=Measure.FREE, value=free, limit=FREE_SHARE * total)
            for free, total in rooms[:1]
        ),
        Reading(measure=Measure.USED, value=sum(one.total_size_in_bytes for one in stores)),
    )


def usage_readings(
    release: Release, *, requests: int | None, components: int | None
) -> tuple[Reading, ...]:
    """Return what is counted beside what the edition may; nothing where nothing is told."""
    limits = release.limits
    told = (
        (Measure.REQUESTS, requests, limits.requests_a_day if limits else None),
        (Measure.COMPONENTS, components, limits.components if limits else None),
    )
    return tuple(
        Reading(measure=measure, value=value, limit=limit)
        for measure, value, limit in told
        if value is not None
    )


def usage_observation(reading: Reading) -> Observation:
    """Return how near a count is to what the licence allows."""
    names = {Measure.REQUESTS: _("requests a day"), Measure.COMPONENTS: _("components")}
    name, count = names[reading.measure], round(reading.value)
    if reading.limit is None:
        return well(
            Topic.USAGE, _("{count} {name}, without a limit").format(count=count, name=name)
        )
    found = _("{count} of {limit} {name}").format(
        count=count, limit=round(reading.limit), name=name
    )
    if 100 * reading.value <= NEAR * reading.limit:
        return well(Topic.USAGE, found)
    return Observation(
        topic=Topic.USAGE,
        severity=Severity.BROKEN if reading.value > reading.limit else Severity.TROUBLE,
        found=found,
        todo=_("Clean up or get a licence: above a limit nothing new is kept until it is below."),
        source=f"{NEXUS_LIMITS}, sonatype/nexus-public#883",
    )
