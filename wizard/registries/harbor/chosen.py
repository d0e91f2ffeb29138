"""What the migration file chooses for a Harbor, as what is wanted of it.

Every upstream that is moved gets a proxy project and a hosted one (facts/harbor.md §10.5), public,
since runtimes cannot log in to a mirror; what proxies keep is chosen, because Harbor itself would
delete after 7 days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from wizard.errors import InputError
from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import (
    HarborChoice,
    HarborUpstream,
    ProjectChoice,
    ProvisionChoice,
    ReplicationChoice,
    RobotChoice,
    webhook_key,
)
from wizard.fleet.provision_words import Measure, keep_of, size_of
from wizard.fleet.whole_file import read_whole
from wizard.registries.accounts import accounts, place_of, upstreams_of
from wizard.registries.authority import Login
from wizard.registries.harbor.wanted import (
    NO_LIMIT,
    AuditForward,
    AuditPurge,
    Endpoint,
    GarbageCollection,
    ImmutableTags,
    Keep,
    Member,
    MemberKind,
    Permission,
    Project,
    Replication,
    Retention,
    Robot,
    Role,
    Severity,
    Wanted,
    Webhook,
    upstream_endpoint,
)
from wizard.secret import Secrets
from wizard.target import UPSTREAM
from wizard.wording import _

_OF_A_PROXY: Final = "30d since pull"
_KEPT: Final[Mapping[Measure, Keep]] = {
    "always": Keep.ALWAYS,
    "days since pull": Keep.DAYS_SINCE_PULL,
    "days since push": Keep.DAYS_SINCE_PUSH,
    "last pulled": Keep.LAST_PULLED,
    "last pushed": Keep.LAST_PUSHED,
}


def harbor_wanted(target: TargetChoice, secrets: Secrets) -> Wanted:
    """Return what is wanted of a Harbor.

    `secrets` are by the keys of `provision_secrets`. Raises InputError where the choice
    contradicts itself, or a secret or the account of Docker Hub is missing.
    """
    provision = target.provision or ProvisionChoice()
    choice = provision.harbor or HarborChoice()
    logins = accounts(target, secrets)
    upstreams = tuple(_named(target, one) for one in _upstreams(target, choice))
    standard = Wanted()
    return replace(
        standard,
        settings={**standard.settings, **dict(choice.settings)},
        endpoints=tuple(_endpoint(one, logins.get(one.upstream)) for one in upstreams),
        projects=tuple(_projects(choice, upstreams, secrets)),
        robots=tuple(map(_robot, choice.robots)),
        replications=tuple(_replication(one, upstreams) for one in choice.replications),
        garbage_collection=_garbage_collection(choice),
        scan_cron=choice.scan,
        audit_purge=AuditPurge(
            hours=24 * choice.audit_purge.days,
            events=choice.audit_purge.events,
            cron=choice.audit_purge.cron,
        )
        if choice.audit_purge
        else None,
        audit_forward=AuditForward(
            address=choice.audit_forward.address,
            instead_of_database=choice.audit_forward.instead_of_database,
        )
        if choice.audit_forward
        else None,
    )


def _upstreams(target: TargetChoice, choice: HarborChoice) -> Iterator[HarborUpstream]:
    chosen = {one.upstream: one for one in choice.upstreams}
    for upstream in upstreams_of(target, chosen):
        yield chosen.get(upstream, HarborUpstream(upstream=upstream))


def _named(target: TargetChoice, one: HarborUpstream) -> HarborUpstream:
    """Return an upstream with all names that were left open."""
    usual = "dockerhub" if one.upstream == UPSTREAM else one.upstream.replace(":", "-")
    project = one.project or place_of(target, one.upstream).prefix.partition("/")[0] or usual
    return replace(
        one,
        project=project,
        hosted=(one.hosted or f"{project}-hosted") if one.with_hosted else "",
        endpoint=one.endpoint or usual,
    )


def _endpoint(one: HarborUpstream, login: Login | None) -> Endpoint:
    if one.upstream == UPSTREAM and login is None and not one.server:
        raise InputError(
            _("Harbor needs an account of Docker Hub, which cuts what it tells strangers."),
            todo=_(
                "Add to target.provision:  accounts: {docker.io: {username: NAME, password: ask}}"
            ),
        )
    endpoint = (
        Endpoint(name=one.endpoint, kind="docker-registry", url=one.server, login=login)
        if one.server
        else upstream_endpoint(one.upstream, name=one.endpoint, login=login)
    )
    return replace(endpoint, ca_pem=read_whole(Path(one.ca_file))) if one.ca_file else endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """What a project is by the upstream that it belongs to; of one's own it has none."""

    upstream: HarborUpstream | None = None
    is_proxy: bool = False


def _projects(
    choice: HarborChoice, upstreams: tuple[HarborUpstream, ...], secrets: Secrets
) -> Iterator[Project]:
    origins: dict[str, _Origin] = {}
    for one in upstreams:
        for name, is_proxy in ((one.project, True), (one.hosted, False)):
            if name and name in origins:
                raise InputError(
                    _("the project {name} is there twice").format(name=name),
                    todo=_("Give each upstream “project” and “hosted” of its own."),
                )
            if name:
                origins[name] = _Origin(upstream=one, is_proxy=is_proxy)
    chosen = {one.name: one for one in choice.projects}
    for name in dict.fromkeys((*origins, *chosen)):
        project = chosen.get(name, ProjectChoice(name=name))
        yield _project(project, origins.get(name, _Origin()), secrets)


def _project(choice: ProjectChoice, origin: _Origin, secrets: Secrets) -> Project:
    proxied = origin.upstream if origin.is_proxy else None
    keep = choice.keep or (_OF_A_PROXY if proxied else "")
    return Project(
        name=choice.name,
        public=origin.upstream is not None if choice.public is None else choice.public,
        endpoint=proxied.endpoint if proxied else "",
        quota=size_of(choice.quota) if choice.quota else None,
        retention=_retention(keep) if keep else None,
        speed=(proxied.speed if proxied else 0) or NO_LIMIT,
        connections=(proxied.connections if proxied else 0) or NO_LIMIT,
        members=tuple(
            Member(name=one.name, role=Role[one.role.upper()], kind=MemberKind(one.kind))
            for one in choice.members
        ),
        immutable=tuple(
            ImmutableTags(repositories=one.repositories, tags=one.tags, excluding=one.excluding)
            for one in choice.immutable
        ),
        webhooks=tuple(
            Webhook(
                name=one.name,
                address=one.address,
                events=one.events,
                kind=one.kind,
                header=secrets[webhook_key(choice.name, one.name)] if one.header else None,
            )
            for one in choice.webhooks
        ),
        scan_on_push=choice.scan_on_push,
        block_from=Severity(choice.block_from) if choice.block_from else None,
        cosign=choice.cosign,
    )


def _retention(text: str) -> Retention:
    kept = keep_of(text)
    return Retention(keep=_KEPT[kept.measure], count=kept.count)


def _robot(choice: RobotChoice) -> Robot:
    """Return a robot; one of which nothing is said may pull."""
    everywhere = choice.project or "*"
    pull = choice.pull or (() if choice.push else (everywhere,))
    may = [(name, "pull") for name in dict.fromkeys((*pull, *choice.push))]
    may += [(name, "push") for name in choice.push]
    return Robot(
        name=choice.name,
        project=choice.project,
        permissions=tuple(
            Permission(namespace=name, resource="repository", action=action) for name, action in may
        ),
        days=choice.days or NO_LIMIT,
        description=choice.description,
    )


def _replication(choice: ReplicationChoice, upstreams: tuple[HarborUpstream, ...]) -> Replication:
    upstream = next((one for one in upstreams if one.upstream == choice.upstream), None)
    project = choice.project or (upstream.hosted if upstream else "")
    if upstream is None or not project:
        raise InputError(
            _("replication {name} has no upstream, or no project to copy into").format(
                name=choice.name
            ),
            todo=_("Name one of “upstreams”, and a hosted project."),
        )
    return Replication(
        name=choice.name,
        endpoint=upstream.endpoint,
        project=project,
        repositories=choice.repositories,
        tags=choice.tags,
        cron=choice.cron,
        now=choice.now,
    )


def _garbage_collection(choice: HarborChoice) -> GarbageCollection | None:
    chosen = choice.garbage_collection
    if not chosen.enabled:
        return None
    return GarbageCollection(cron=chosen.cron, untagged=chosen.untagged, workers=chosen.workers)
