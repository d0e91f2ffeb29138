"""Jobs of the system by the clock: garbage collection, purge of the audit log, scans (§2.17)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wizard.registries.harbor.bodies import ScheduleBody
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor, Job
from wizard.registries.harbor.comparing import compare, to_change, to_create
from wizard.registries.harbor.wanted import AuditPurge, GarbageCollection
from wizard.registries.provisioning import Action, Finding
from wizard.registries.subject_name import SubjectKind, SubjectName
from wizard.secret import Secret
from wizard.wording import _


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSubject:
    """When a job of the system runs, and with what."""

    harbor: Harbor
    name: SubjectName | str
    job: Job
    cron: str
    parameters: Mapping[str, bool | int | str] = field(default_factory=dict)

    async def look(self) -> Finding:
        """Compare the time and those parameters that are wanted; the server adds its own."""
        wanted = {"at": self.cron, **self.parameters}
        found = await self.harbor.schedule(self.job)
        if found is None:
            return to_create(self.name, wanted)
        known = {"at": (found.get("schedule") or {}).get("cron"), **_parameters(found)}
        return to_change(self.name, compare(known, wanted))

    async def change(self) -> tuple[str, Secret] | None:
        """Make or change it."""
        body: ScheduleBody = {"schedule": {"type": "Custom", "cron": self.cron}}
        if self.parameters:
            body["parameters"] = dict(self.parameters)
        if await self.harbor.schedule(self.job) is None:
            await self.harbor.create_schedule(self.job, body)
        else:
            await self.harbor.update_schedule(self.job, body)
        return None


def _parameters(found: Record) -> dict[str, Any]:
    """Return a job's parameters, which are told as JSON in a text."""
    try:
        parameters = json.loads(found.get("job_parameters") or "{}")
    except ValueError:
        return {}
    return parameters if isinstance(parameters, dict) else {}


def garbage_collection(harbor: Harbor, wanted: GarbageCollection) -> ScheduleSubject:
    """Return the schedule of garbage collection."""
    return ScheduleSubject(
        harbor=harbor,
        name=SubjectName(kind=SubjectKind.GARBAGE_COLLECTION),
        job="gc",
        cron=wanted.cron,
        parameters={
            "delete_untagged": wanted.untagged,
            "workers": wanted.workers,
            "dry_run": False,
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPurgeSubject:
    """The purge of the audit log; of an event that Harbor has not, it would keep all (§2.14)."""

    harbor: Harbor
    wanted: AuditPurge

    async def look(self) -> Finding:
        """Compare, once all events are known."""
        finding = await self._schedule().look()
        unknown = sorted(set(self.wanted.events) - await self.harbor.audit_events())
        if not unknown:
            return finding
        why = _("Harbor has no events {names}").format(names=", ".join(unknown))
        return replace(finding, action=Action.BY_HAND, warnings=(why,))

    async def change(self) -> tuple[str, Secret] | None:
        """Make or change its schedule."""
        return await self._schedule().change()

    def _schedule(self) -> ScheduleSubject:
        # Both of the first two are mandatory.
        return ScheduleSubject(
            harbor=self.harbor,
            name=_("purge of the audit log"),
            job="purgeaudit",
            cron=self.wanted.cron,
            parameters={
                "audit_retention_hour": self.wanted.hours,
                "include_event_types": ",".join(self.wanted.events),
                "dry_run": False,
            },
        )


def scans(harbor: Harbor, cron: str) -> ScheduleSubject:
    """Return the schedule of the scan of everything."""
    return ScheduleSubject(harbor=harbor, name=_("scan of all images"), job="scanAll", cron=cron)
