"""All subjects of what is wanted, in the order in which they rest on each other (§10.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import httpx

from wizard.clock import Clock
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.endpoints import EndpointSubject
from wizard.registries.harbor.projects import MemberSubject, ProjectSubject, QuotaSubject
from wizard.registries.harbor.replication import Progress, ReplicationSubject
from wizard.registries.harbor.replication_run import ReplicationRun
from wizard.registries.harbor.resting import Resting
from wizard.registries.harbor.robots import RobotSubject
from wizard.registries.harbor.rules import ImmutableSubject, RetentionSubject, WebhookSubject
from wizard.registries.harbor.scanning import FullScan, pull_policies
from wizard.registries.harbor.schedules import AuditPurgeSubject, garbage_collection, scans
from wizard.registries.harbor.server import Server
from wizard.registries.harbor.settings import Settings, audit_forward
from wizard.registries.harbor.wanted import Wanted
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
    endpoints: dict[str, Subject] = {
        one.name: EndpointSubject(
            harbor=harbor, server=server, client=client, clock=clock, wanted=one
        )
        for one in wanted.endpoints
    }
    projects = _projects(harbor, server, wanted, endpoints)
    return (
        *_settings(harbor, wanted),
        *endpoints.values(),
        *_with_retention(harbor, wanted, projects),
        *_robots(harbor, wanted, projects),
        *_belongings(harbor, wanted, projects),
        *_replications(harbor, server, wanted, (endpoints, projects), (clock, client, told)),
        *_policies(harbor, wanted, projects, clock),
        *_by_the_clock(harbor, wanted),
        *_telling(harbor, wanted, projects),
    )


_Named = Mapping[str, Subject]


def _resting(subject: Subject, name: str, *others: _Named) -> Subject:
    """Return a subject that rests on what is named so, where that is wanted too."""
    on = tuple(named[name] for named in others if name in named)
    return Resting(subject=subject, on=on) if on else subject


def _settings(harbor: Harbor, wanted: Wanted) -> Iterator[Subject]:
    if wanted.settings:
        yield Settings(harbor=harbor, name=_("settings"), wanted=wanted.settings)


def _projects(
    harbor: Harbor, server: Server, wanted: Wanted, endpoints: _Named
) -> dict[str, Subject]:
    return {
        one.name: _resting(
            ProjectSubject(harbor=harbor, server=server, wanted=one), one.endpoint, endpoints
        )
        for one in wanted.projects
    }


def _with_retention(harbor: Harbor, wanted: Wanted, projects: _Named) -> Iterator[Subject]:
    """Yield each project, and at once how long it keeps what is in it."""
    for one in wanted.projects:
        yield projects[one.name]
        if one.retention:
            retention = RetentionSubject(harbor=harbor, project=one, wanted=one.retention)
            yield _resting(retention, one.name, projects)


def _robots(harbor: Harbor, wanted: Wanted, projects: _Named) -> Iterator[Subject]:
    for one in wanted.robots:
        yield _resting(RobotSubject(harbor=harbor, wanted=one), one.project, projects)


def _belongings(harbor: Harbor, wanted: Wanted, projects: _Named) -> Iterator[Subject]:
    """Yield who may do what in the projects, and then how much they may hold."""
    for project in wanted.projects:
        for one in project.members:
            member = MemberSubject(harbor=harbor, project=project.name, wanted=one)
            yield _resting(member, project.name, projects)
    for project in wanted.projects:
        if project.quota is not None:
            quota = QuotaSubject(harbor=harbor, project=project, storage=project.quota)
            yield _resting(quota, project.name, projects)


def _replications(
    harbor: Harbor,
    server: Server,
    wanted: Wanted,
    bases: tuple[_Named, _Named],
    waiting: tuple[Clock, httpx.AsyncClient, Callable[[Progress], None]],
) -> Iterator[Subject]:
    endpoints, projects = bases
    clock, client, told = waiting
    sources = {one.name: one for one in wanted.endpoints}
    for one in wanted.replications:
        policy = _resting(
            _resting(
                ReplicationSubject(harbor=harbor, server=server, wanted=one),
                one.endpoint,
                endpoints,
            ),
            one.project,
            projects,
        )
        yield policy
        if one.now:
            run = ReplicationRun(
                harbor=harbor,
                clock=clock,
                wanted=one,
                endpoint=sources.get(one.endpoint),
                client=client,
                told=told,
            )
            yield Resting(subject=run, on=(policy,))


def _policies(harbor: Harbor, wanted: Wanted, projects: _Named, clock: Clock) -> Iterator[Subject]:
    """Yield what blocks pulls or pushes: late, when all images are there."""
    if any(project.block_from for project in wanted.projects):
        yield FullScan(harbor=harbor, clock=clock)
    for project in wanted.projects:
        for policy in pull_policies(harbor, project):
            yield _resting(policy, project.name, projects)
        for one in project.immutable:
            rule = ImmutableSubject(harbor=harbor, project=project.name, wanted=one)
            yield _resting(rule, project.name, projects)


def _by_the_clock(harbor: Harbor, wanted: Wanted) -> Iterator[Subject]:
    if wanted.garbage_collection:
        yield garbage_collection(harbor, wanted.garbage_collection)
    if wanted.scan_cron:
        yield scans(harbor, wanted.scan_cron)
    if wanted.audit_purge:
        yield AuditPurgeSubject(harbor=harbor, wanted=wanted.audit_purge)


def _telling(harbor: Harbor, wanted: Wanted, projects: _Named) -> Iterator[Subject]:
    for project in wanted.projects:
        for one in project.webhooks:
            webhook = WebhookSubject(harbor=harbor, project=project.name, wanted=one)
            yield _resting(webhook, project.name, projects)
    if wanted.audit_forward:
        yield audit_forward(harbor, wanted.audit_forward)
