"""What keeps a mirror small: a cleanup policy, and the tasks that give space back.

What a cleanup removes is only marked; Docker's collection, the purge of uploads and the compaction
of the blob store have to follow, in this order (facts/nexus_artifactory.md §2.4). And a dump of the
database, without which no copy of blobs is a backup (§4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from wizard.registries.comparing import spelled
from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.release import Release
from wizard.registries.nexus.values import CleanupPolicy, Task
from wizard.registries.nexus.wanted import Wanted
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.registries.subject_name import SubjectKind, SubjectName
from wizard.registries.typed import Document
from wizard.secret import Secret
from wizard.wording import _


class Cleanup:
    """The policy by which proxies forget what nobody pulls."""

    def __init__(self, nexus: Nexus, name: str, days: int) -> None:
        self._nexus = nexus
        self._wanted = CleanupPolicy(
            name=name, format="docker", notes="", criteria_last_downloaded=days
        )

    async def look(self) -> Finding:
        """Compare its days, wherever this server keeps policies."""
        named = SubjectName(kind=SubjectKind.CLEANUP, name=self._wanted.name)
        subject = str(named)
        days = spelled(self._wanted.criteria_last_downloaded)
        policies = await self._nexus.cleanup_policies()
        if policies is None:
            by_hand = _("Settings, Repository, Cleanup Policies: Docker, last downloaded")
            told = (Difference(field=by_hand, found=_("no API for it here"), wanted=days),)
            return Finding(subject=subject, named=named, action=Action.BY_HAND, differences=told)
        found = next((one for one in policies if one.name == self._wanted.name), None)
        before = spelled(found.criteria_last_downloaded) if found else ""
        if before == days:
            return Finding(subject=subject, named=named, action=Action.NOTHING)
        return Finding(
            subject=subject,
            named=named,
            action=Action.CHANGE if found else Action.CREATE,
            differences=(Difference(field="criteriaLastDownloaded", found=before, wanted=days),),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Make or replace it."""
        policies = await self._nexus.cleanup_policies() or ()
        if any(one.name == self._wanted.name for one in policies):
            await self._nexus.update_cleanup_policy(self._wanted)
        else:
            await self._nexus.create_cleanup_policy(self._wanted)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """A task as it should be; its name is how it is found again, since names may repeat.

    Attributes:
        cron: when, in the server's time.
        properties: in lower case as keys are compared; the server's spelling is asked.
        repository: that it is for; empty for the whole server.
        warning: what else a person has to do for it.
        absent: what to do where the server does not know tasks of that type.
    """

    name: str
    type: str
    cron: str
    properties: Mapping[str, str] = field(default_factory=dict)
    repository: str = ""
    warning: str = ""
    absent: str = ""


def chores(wanted: Wanted) -> Iterator[Chore]:
    """Yield the tasks of a mirror, in the order in which they run at night."""
    proxies = [one.repository for one in wanted.upstreams]
    for name in (*proxies, *(one.repository for one in wanted.hosted)):
        yield Chore(
            name=f"pilotage docker gc {name}",
            type="repository.docker.gc",
            cron="0 0 2 * * ?",
            properties={"repositoryname": name, "deployoffset": "24"},
            repository=name,
        )
    yield Chore(
        name="pilotage docker upload purge",
        type="repository.docker.upload-purge",
        cron="0 30 2 * * ?",
        properties={"age": "24"},
    )
    yield Chore(
        name=f"pilotage compact {wanted.blob_store}",
        type="blobstore.compact",
        cron="0 0 4 * * ?",
        properties={"blobstorename": wanted.blob_store},
    )


def backups(wanted: Wanted) -> Iterator[Chore]:
    """Yield the dump of the database: before the blobs are copied, and before any is collected."""
    if wanted.backup:
        yield Chore(
            name="pilotage backup of the database",
            type="h2.backup.task",
            cron="0 0 1 * * ?",
            properties={"location": wanted.backup},
            warning=_(
                "a dump alone is no backup: “pilotage registry nexus-backup” takes it with blobs,"
                " keystores and etc as one set; without it dumps are kept until you delete them"
            ),
            absent=_("its database is not H2: have it dumped by pg_dump, then copy the blobs"),
        )


class ScheduledTask:
    """One task as a subject."""

    def __init__(
        self, nexus: Nexus, release: Release, chore: Chore, absent: AbstractSet[str] = frozenset()
    ) -> None:
        self._nexus = nexus
        self._release = release
        self._chore = chore
        self._absent = absent

    async def look(self) -> Finding:
        """Compare what this version tells of it."""
        chore = self._chore
        warnings = (chore.warning,) if chore.warning else ()
        finding = Finding(
            subject=_("task {name}").format(name=chore.name),
            action=Action.CREATE,
            differences=(
                Difference(field="type", found="", wanted=chore.type),
                Difference(field="cronExpression", found="", wanted=chore.cron),
                *(
                    Difference(field=key, found="", wanted=value)
                    for key, value in chore.properties.items()
                ),
            ),
            warnings=warnings,
        )
        if chore.repository in self._absent:
            words = _("its repository is not there yet")
            return replace(finding, action=Action.NOTHING, differences=(), warnings=(words,))
        found = await self._found()
        if found is not None:
            told = tuple(self._differences(found))
            action = Action.CHANGE if told else Action.NOTHING
            return replace(finding, action=action, differences=told)
        if self._release.makes_tasks:
            if chore.absent and await self._nexus.task_template(chore.type) is None:
                return replace(finding, action=Action.BY_HAND, warnings=(chore.absent,))
            return finding
        # Older ones list and run tasks only.
        words = _("make it in Settings, System, Tasks; the API does it from 3.74 on")
        return replace(finding, action=Action.BY_HAND, warnings=(words, *warnings))

    async def change(self) -> tuple[str, Secret] | None:
        """Make or replace it."""
        template = await self._nexus.task_template(self._chore.type) or {}
        body: Document = {
            "name": self._chore.name,
            "enabled": True,
            "notificationCondition": "FAILURE",
            "frequency": {
                "schedule": "cron",
                "cronExpression": self._chore.cron,
                "timeZoneOffset": "+00:00",
            },
            "properties": self._spelled(template),
        }
        found = await self._found()
        if found is None:
            await self._nexus.create_task(body | {"type": self._chore.type})
        else:
            await self._nexus.update_task(found.id, body)
        return None

    def _spelled(self, template: Document) -> dict[str, str]:
        """Return the properties with the keys that this server has for them.

        Sources and tools differ: `blobstoreName` (CompactBlobStoreTaskDescriptor) and
        `blobStoreName` (facts/nexus_artifactory.md §2.4).
        """
        usual = {
            key.lower(): key for key in ("repositoryName", "deployOffset", "age", "blobstoreName")
        }
        own = {str(key).lower(): str(key) for key in template.get("properties") or {}}
        keys = usual | own
        return {keys.get(key, key): value for key, value in self._chore.properties.items()}

    def _differences(self, found: Task) -> Iterator[Difference]:
        if found.enabled is False:
            yield Difference(field="enabled", found="false", wanted="true")
        if found.cron_expression not in {None, self._chore.cron}:
            yield Difference(
                field="cronExpression",
                found=found.cron_expression or "",
                wanted=self._chore.cron,
            )
        before = {key.lower(): value for key, value in (found.properties or {}).items()}
        for key, value in self._chore.properties.items():
            if found.properties is not None and before.get(key) != value:
                yield Difference(field=key, found=before.get(key, ""), wanted=value)

    async def _found(self) -> Task | None:
        tasks = await self._nexus.tasks(self._chore.type)
        return next((task for task in tasks if task.name == self._chore.name), None)
