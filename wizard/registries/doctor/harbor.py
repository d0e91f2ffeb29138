"""How a Harbor is, as its API tells it (facts/harbor.md §2.1, §7, §10.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from wizard.registries.doctor.looking import Look, one_after_another, well
from wizard.registries.doctor.observation import (
    Measure,
    Observation,
    Reading,
    Seen,
    Severity,
    Topic,
)
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.room import FREE_SHARE, is_short
from wizard.registries.sources import HARBOR_DOCS, HARBOR_SCANNING, HARBOR_SETTINGS, NO_MIRROR_LOGIN
from wizard.registries.subject_name import SubjectKind, SubjectName, named
from wizard.wording import _, ngettext

OLDEST: Final = (2, 13)
"""The oldest line that was still mended when the facts were gathered."""
FULL_SHARE: Final = 0.9
"""Of a quota: with a full one a proxy project stops caching (GH#13314)."""
WAITING_SECONDS: Final = 600
"""Of the oldest job in a queue; longer than a scan or a copied image takes."""

_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")
_GIB: Final = 1 << 30


async def look_into_harbor(
    harbor: Harbor, *, url: str, projects: tuple[str, ...], is_known: bool
) -> Seen:
    """Return how a Harbor is that hosts reach at `url`, and its `projects` that they pull from.

    Strangers are not told of its inside: without `is_known` that is not asked. Calls follow one
    another, since a failed login locks the user for a while (facts/harbor.md §1).
    """
    looks = _Looks(harbor, url)
    return await one_after_another(looks.all(projects) if is_known else looks.public())


class _Looks:
    def __init__(self, harbor: Harbor, url: str) -> None:
        self._harbor = harbor
        self._url = url

    def public(self) -> Iterator[tuple[Topic, Look]]:
        yield Topic.HEALTH, self._health
        yield Topic.ADDRESS, self._address

    def all(self, projects: tuple[str, ...]) -> Iterator[tuple[Topic, Look]]:
        yield Topic.RIGHTS, self._rights
        yield from self.public()
        yield Topic.STORAGE, self._storage
        yield Topic.SCANNER, self._scanner
        yield Topic.QUEUE, self._queue
        yield Topic.USAGE, self._usage
        for name in projects:
            yield Topic.ANONYMOUS, partial(self._project, name)

    async def _health(self) -> Seen:
        return Seen(observations=(health_observation(await self._harbor.health()),))

    async def _address(self) -> Seen:
        info = await self._harbor.system_info()
        return Seen(observations=tuple(system_observations(info, self._url)))

    async def _rights(self) -> Seen:
        return Seen(observations=(rights_observation(await self._harbor.current_user()),))

    async def _storage(self) -> Seen:
        volumes = (await self._harbor.volumes()).get("storage") or ()
        return Seen(
            observations=tuple(map(volume_observation, volumes)), readings=free_readings(volumes)
        )

    async def _scanner(self) -> Seen:
        return Seen(observations=tuple(scanner_observations(await self._harbor.scanners())))

    async def _queue(self) -> Seen:
        queues = await self._harbor.queues()
        waiting = Reading(measure=Measure.QUEUE, value=_waiting(queues))
        return Seen(observations=(queue_observation(queues),), readings=(waiting,))

    async def _usage(self) -> Seen:
        used = (await self._harbor.statistics()).get("total_storage_consumption")
        return Seen(
            observations=tuple(quota_observations(await self._harbor.quotas())),
            readings=(Reading(measure=Measure.USED, value=used),) if used is not None else (),
        )

    async def _project(self, name: str) -> Seen:
        found = await self._harbor.project(name)
        is_proxy = bool(found and found.get("registry_id"))
        endpoints = await self._harbor.endpoints("") if is_proxy else ()
        return Seen(observations=tuple(project_observations(name, found, endpoints)))


def health_observation(health: Record) -> Observation:
    """Return what `/health` tells in its body; its status is 200 whatever it says."""
    unwell = {
        str(part.get("name")): str(part.get("error") or part.get("status"))
        for part in health.get("components") or ()
        if part.get("status") != "healthy"
    }
    if health.get("status") == "healthy" and not unwell:
        return well(Topic.HEALTH, _("all its parts are healthy"))
    parts = ", ".join(f"{name} ({words})" for name, words in unwell.items())
    return Observation(
        topic=Topic.HEALTH,
        severity=Severity.BROKEN,
        found=_("unhealthy: {parts}").format(parts=parts or health.get("status") or "?"),
        todo=_("On its host: `docker compose up -d log && docker compose up -d`, then its logs."),
        source="goharbor/harbor#9382, goharbor/harbor#16669",
    )


def system_observations(info: Record, url: str) -> list[Observation]:
    """Return what `/systeminfo` tells of version, external URL and read-only mode."""
    if not info.get("harbor_version"):
        return [
            Observation(
                topic=Topic.ADDRESS,
                severity=Severity.UNKNOWN,
                found=_("it tells its version and its external URL only to users"),
                todo=_("Give a user name and password."),
                source="goharbor/harbor, src/server/v2.0/handler/systeminfo.go",
            )
        ]
    return [
        _version_observation(str(info["harbor_version"])),
        _external_url_observation(str(info.get("external_url") or ""), url),
        _read_only_observation(is_read_only=info.get("read_only") is True),
    ]


def _version_observation(version: str) -> Observation:
    parts = _VERSION.match(version)
    found = _("it is Harbor {version}").format(version=version)
    if parts and (int(parts[1]), int(parts[2])) < OLDEST:
        return Observation(
            topic=Topic.HEALTH,
            severity=Severity.TROUBLE,
            found=found,
            todo=_("Upgrade it, at most two minor versions at a time, after a backup."),
            source=f"{HARBOR_DOCS}, administration/upgrade",
        )
    return well(Topic.HEALTH, found)


def _external_url_observation(external: str, url: str) -> Observation:
    if external.rstrip("/") == url.rstrip("/"):
        return well(
            Topic.ADDRESS, _("its external URL is the one that hosts use, {url}").format(url=url)
        )
    return Observation(
        topic=Topic.ADDRESS,
        severity=Severity.BROKEN,
        found=_("its external URL is {external}, and hosts use {url}").format(
            external=external or "?", url=url
        ),
        todo=_(
            "Set hostname or external_url in harbor.yml, run prepare and restart it: tokens and"
            " uploads go where that says."
        ),
        source=HARBOR_SETTINGS,
    )


def _read_only_observation(*, is_read_only: bool) -> Observation:
    if not is_read_only:
        return well(Topic.READ_ONLY, _("it takes pushes"))
    return Observation(
        topic=Topic.READ_ONLY,
        severity=Severity.BROKEN,
        found=_("it is read-only: nothing can be pushed, cached or changed"),
        todo=_("End the maintenance or backup that set it, or set read_only to false."),
        source="goharbor/harbor, src/server/middleware/readonly",
    )


def rights_observation(user: Record | None) -> Observation:
    """Return what the caller may do."""
    if user is None:
        return Observation(
            topic=Topic.RIGHTS,
            severity=Severity.NOTE,
            found=_("this is a robot, which may not change the configuration"),
            todo=_("To provision, log in as an administrator."),
            source="goharbor/harbor, src/common/rbac/const.go",
        )
    name = str(user.get("username") or "?")
    if user.get("sysadmin_flag") is True:
        return well(Topic.RIGHTS, _("{name} is an administrator").format(name=name))
    return Observation(
        topic=Topic.RIGHTS,
        severity=Severity.NOTE,
        found=_("{name} is no administrator").format(name=name),
        todo=_("To provision, log in as an administrator."),
    )


def volume_observation(volume: Record) -> Observation:
    """Return whether a volume has room, given `total` and `free` bytes."""
    total, free = int(volume.get("total") or 0), int(volume.get("free") or 0)
    found = _("{free} GiB of {total} GiB are free").format(free=free // _GIB, total=total // _GIB)
    if is_short(free=free, total=total):
        return Observation(
            topic=Topic.STORAGE,
            severity=Severity.TROUBLE,
            found=found,
            todo=_("Run garbage collection, or give it a larger disk, before images are copied."),
            source="goharbor/harbor#13304",
            fixed_by=named(SubjectKind.GARBAGE_COLLECTION),
        )
    return well(Topic.STORAGE, found)


def scanner_observations(scanners: tuple[Record, ...]) -> list[Observation]:
    """Return whether images can be scanned."""
    names = [str(one.get("name")) for one in scanners if one.get("is_default")]
    if names:
        return [well(Topic.SCANNER, _("images are scanned by {name}").format(name=names[0]))]
    return [
        Observation(
            topic=Topic.SCANNER,
            severity=Severity.NOTE,
            found=_("it has no scanner"),
            todo=_("Install it with `--with-trivy` if images are to be scanned."),
            source=HARBOR_SCANNING,
        )
    ]


def queue_observation(queues: tuple[Record, ...]) -> Observation:
    """Return whether jobs wait, given `count` and `latency` in seconds of each queue."""
    late = [one for one in queues if int(one.get("latency") or 0) > WAITING_SECONDS]
    paused = [str(one.get("job_type")) for one in queues if one.get("paused")]
    if late or paused:
        names = ", ".join(paused or [str(one.get("job_type")) for one in late])
        return Observation(
            topic=Topic.QUEUE,
            severity=Severity.TROUBLE,
            found=_("jobs wait: {names}").format(names=names),
            todo=_("Stop stuck jobs on the page of job queues, or restart jobservice."),
            source="goharbor/harbor#19426",
        )
    count = _waiting(queues)
    return well(
        Topic.QUEUE, ngettext("{count} job waits", "{count} jobs wait", count).format(count=count)
    )


def _waiting(queues: tuple[Record, ...]) -> int:
    return sum(int(one.get("count") or 0) for one in queues)


def free_readings(volumes: Sequence[Record]) -> tuple[Reading, ...]:
    """Return the free bytes of the volume that has the least, nothing where there is none."""
    rooms = [(int(one.get("free") or 0), int(one.get("total") or 0)) for one in volumes]
    if not rooms:
        return ()
    free, total = min(rooms)
    return (Reading(measure=Measure.FREE, value=free, limit=FREE_SHARE * total),)


def quota_observations(quotas: tuple[Record, ...]) -> list[Observation]:
    """Return the projects whose quota is nearly full."""
    return [
        Observation(
            topic=Topic.USAGE,
            severity=Severity.TROUBLE,
            found=_("project {name} uses {used} of {hard} bytes").format(
                name=_project_of(quota) or "?", used=used, hard=hard
            ),
            todo=_("Raise its quota: nothing is evicted, and caching fails as a push does."),
            source="goharbor/harbor#13314",
            fixed_by=(SubjectName(kind=SubjectKind.QUOTA, name=_project_of(quota)),),
        )
        for quota in quotas
        if (hard := int((quota.get("hard") or {}).get("storage") or -1)) > 0
        and (used := int((quota.get("used") or {}).get("storage") or 0)) > FULL_SHARE * hard
    ]


def _project_of(quota: Record) -> str:
    return str((quota.get("ref") or {}).get("name") or "")


def project_observations(
    name: str, project: Record | None, endpoints: tuple[Record, ...]
) -> list[Observation]:
    """Return whether hosts can pull from a project, and its upstream is healthy."""
    if project is None:
        return [
            Observation(
                topic=Topic.ANONYMOUS,
                severity=Severity.BROKEN,
                found=_("there is no project {name}").format(name=name),
                todo=_("Make it, or give the right prefix."),
                fixed_by=(SubjectName(kind=SubjectKind.PROJECT, name=name),),
            )
        ]
    upstream = (one for one in endpoints if one.get("id") == project.get("registry_id"))
    public = _public_observation(name, is_public=_is_public(project))
    return [public, *map(_upstream_observation, upstream)]


def _is_public(project: Record) -> bool:
    return (project.get("metadata") or {}).get("public") == "true"


def _public_observation(name: str, *, is_public: bool) -> Observation:
    if is_public:
        return well(Topic.ANONYMOUS, _("everybody may read project {name}").format(name=name))
    return Observation(
        topic=Topic.ANONYMOUS,
        severity=Severity.BROKEN,
        found=_("project {name} is private").format(name=name),
        todo=_("Make it public: runtimes cannot log in to a mirror."),
        source=NO_MIRROR_LOGIN,
        fixed_by=(SubjectName(kind=SubjectKind.PROJECT, name=name),),
    )


def _upstream_observation(endpoint: Record) -> Observation:
    name = str(endpoint.get("name") or "?")
    if endpoint.get("status") == "healthy":
        return well(Topic.UPSTREAM, _("registry endpoint {name} is healthy").format(name=name))
    return Observation(
        topic=Topic.UPSTREAM,
        severity=Severity.BROKEN,
        found=_("registry endpoint {name} is {status}: only what is cached is served").format(
            name=name, status=endpoint.get("status") or "?"
        ),
        todo=_("Check its account and that Harbor reaches it."),
        source="goharbor/harbor, src/server/middleware/repoproxy/proxy.go",
        fixed_by=(SubjectName(kind=SubjectKind.ENDPOINT, name=name),),
    )
