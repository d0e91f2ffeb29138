"""All subjects of what is wanted, in the order in which they rest on each other (§10.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx

from wizard.clock import Clock
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.endpoints import EndpointSubject
from wizard.registries.harbor.projects import MemberSubject, ProjectSubject, QuotaSubject
from wizard.registries.harbor.replication import Progress, ReplicationRun, ReplicationSubject
from wizard.registries.harbor.robots import RobotSubject
from wizard.registries.harbor.rules import ImmutableSubject, RetentionSubject, WebhookSubject
from wizard.registries.harbor.scanning import FullScan, pull_policies
from wizard.registries.harbor.schedules import audit_purge, garbage_collection, scans
from wizard.registries.harbor.server import Server
from wizard.registries.harbor.settings import Settings, audit_forward
from wizard.registries.harbor.wanted import Project, Wanted
from wizard.registries.provisioning import Subject
from wizard.wording import _


def subjects(
    harbor: Harbor,
    server: Server,
    wanted: Wanted,
    *,
    client: httpx.AsyncClient,
    clock: Clock,
    told: Callable[[Progress], None] = lambda _progress: None,
) -> tuple[Subject, ...]:
    """Return the subjects for `provision`.

    Args:
        harbor: as an administrator, since a robot may not change settings (§2.6).
        server: from `read_server`.
        wanted: all that is wanted.
        client: with which accounts upstream are checked before Harbor is given them.
        clock: for what is waited for.
        told: is given the progress of replications.
    """
    found: list[Subject] = []
    if wanted.settings:
        found.append(Settings(harbor=harbor, name=_("settings"), wanted=wanted.settings))
    found += [
        EndpointSubject(harbor=harbor, server=server, client=client, clock=clock, wanted=one)
        for one in wanted.endpoints
    ]
    for project in wanted.projects:
        found.append(ProjectSubject(harbor=harbor, server=server, wanted=project))
        if project.retention:
            found.append(RetentionSubject(harbor=harbor, project=project, wanted=project.retention))
    found += [RobotSubject(harbor=harbor, wanted=one) for one in wanted.robots]
    found += [
        MemberSubject(harbor=harbor, project=project.name, wanted=one)
        for project in wanted.projects
        for one in project.members
    ]
    found += [
        QuotaSubject(harbor=harbor, project=project, storage=project.quota)
        for project in wanted.projects
        if project.quota is not None
    ]
    for replication in wanted.replications:
        found.append(ReplicationSubject(harbor=harbor, server=server, wanted=replication))
        if replication.now:
            found.append(ReplicationRun(harbor=harbor, clock=clock, wanted=replication, told=told))
    found += _policies(harbor, wanted.projects, clock)
    found += _by_the_clock(harbor, wanted)
    found += [
        WebhookSubject(harbor=harbor, project=project.name, wanted=one)
        for project in wanted.projects
        for one in project.webhooks
    ]
    if wanted.audit_forward:
        found.append(audit_forward(harbor, wanted.audit_forward))
    return tuple(found)


def _policies(harbor: Harbor, projects: tuple[Project, ...], clock: Clock) -> Iterator[Subject]:
    """Yield what blocks pulls or pushes: last, when all images are there."""
    if any(project.block_from for project in projects):
        yield FullScan(harbor=harbor, clock=clock)
    for project in projects:
        yield from pull_policies(harbor, project)
        for one in project.immutable:
            yield ImmutableSubject(harbor=harbor, project=project.name, wanted=one)


def _by_the_clock(harbor: Harbor, wanted: Wanted) -> Iterator[Subject]:
    if wanted.garbage_collection:
        yield garbage_collection(harbor, wanted.garbage_collection)
    if wanted.scan_cron:
        yield scans(harbor, wanted.scan_cron)
    if wanted.audit_purge:
        yield audit_purge(harbor, wanted.audit_purge)
