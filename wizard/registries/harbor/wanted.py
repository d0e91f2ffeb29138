"""What an operator wants of a Harbor: plain values, checked as they are made.

Projects come in pairs: a *proxy* project for convenience, and a *hosted* one for what production
needs, because a proxy cache is no offline mirror and nothing can be replicated into it
(facts/harbor.md §7, §10.5). Sub-paths are the same in both, so moving on is a change of prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Final, Literal

from wizard.errors import InputError
from wizard.registries.authority import Login
from wizard.secret import Secret
from wizard.target import UPSTREAM
from wizard.wording import _

NO_LIMIT: Final = -1
_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_EVERY_NIGHT: Final = "0 0 3 * * *"
_CRON_FIELDS: Final = 6
_LONGEST_DURATION: Final = 2**31

_SECRET_SETTINGS: Final = frozenset(
    {"ldap_search_password", "oidc_client_secret", "uaa_client_secret"}
)

Setting = bool | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An upstream as Harbor reaches it.

    Attributes:
        kind: Harbor's word, `docker-hub`, `docker-registry`, `github-ghcr`…
        login: mandatory for Docker Hub, which cuts anonymous listings (facts/harbor.md §7).
        ca_pem: CA of the upstream, for Harbor 2.15 and later.
    """

    name: str
    kind: str
    url: str
    login: Login | None = None
    ca_pem: str = ""

    def __post_init__(self) -> None:
        """Refuse Docker Hub without an account."""
        if self.kind == "docker-hub" and self.login is None:
            raise InputError(
                _("the endpoint {name} has no account of Docker Hub").format(name=self.name),
                todo=_("Give one: without an account Docker Hub refuses what Harbor asks it."),
            )


class Keep(Enum):
    """What retention keeps; values are Harbor's templates (§2.9)."""

    ALWAYS = "always"
    DAYS_SINCE_PULL = "nDaysSinceLastPull"
    DAYS_SINCE_PUSH = "nDaysSinceLastPush"
    LAST_PULLED = "latestPulledN"
    LAST_PUSHED = "latestPushedK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What a project keeps, in days or in images of each repository; all else is deleted."""

    keep: Keep
    count: int = 0
    cron: str = _EVERY_NIGHT

    def __post_init__(self) -> None:
        """Refuse a count that would delete everything."""
        _check_cron(self.cron)
        if self.keep is not Keep.ALWAYS and self.count < 1:
            raise InputError(_("a retention that keeps nothing would delete every image"))


class Role(IntEnum):
    """What a member of a project may do (§2.7)."""

    ADMIN = 1
    DEVELOPER = 2
    GUEST = 3
    MAINTAINER = 4
    LIMITED_GUEST = 5


class MemberKind(Enum):
    """Who a member is."""

    USER = "user"
    LDAP_GROUP = "ldap_group"
    HTTP_GROUP = "http_group"
    OIDC_GROUP = "oidc_group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a project; an LDAP group is named by its DN."""

    name: str
    role: Role
    kind: MemberKind = MemberKind.USER


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmutableTags:
    """Tags that nobody can push anew, but for those that move by design."""

    repositories: str = "**"
    tags: str = "**"
    excluding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Events of a project that are told to an address."""

    name: str
    address: str
    events: tuple[str, ...]
    kind: Literal["http", "slack"] = "http"
    header: Secret | None = None


class Severity(Enum):
    """From which severity on a pull is blocked."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project with all that belongs to it.

    Attributes:
        endpoint: name of the endpoint that it is a proxy cache of; empty for a hosted one.
        quota: bytes, or NO_LIMIT; None leaves what is there.
        retention: chosen for each proxy, since Harbor else deletes after 7 days (§2.3).
        speed: of a proxy, kilobits each second; NO_LIMIT is none.
        connections: of a proxy to its upstream, for each artifact.
        block_from: pulls of images with vulnerabilities of this severity are refused.
        cosign: pulls of images without a signature of cosign are refused.
    """

    name: str
    public: bool
    endpoint: str = ""
    quota: int | None = None
    retention: Retention | None = None
    speed: int = NO_LIMIT
    connections: int = NO_LIMIT
    members: tuple[Member, ...] = ()
    immutable: tuple[ImmutableTags, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    scan_on_push: bool = False
    block_from: Severity | None = None
    cosign: bool = False

    def __post_init__(self) -> None:
        """Refuse a bad name, and a proxy whose retention nobody chose."""
        _check_name(self.name)
        if self.endpoint and self.retention is None:
            raise InputError(
                _("the proxy project {name} has no retention").format(name=self.name),
                todo=_("Choose one: by itself Harbor deletes what was not pulled for 7 days."),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What a robot may do; in a project, in all (`*`) or in the system (`/`)."""

    namespace: str
    resource: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """A robot of the system or, with `project`, of one project.

    Attributes:
        days: how long its secret holds; NO_LIMIT for ever.
    """

    name: str
    permissions: tuple[Permission, ...]
    project: str = ""
    days: int = NO_LIMIT
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse what Harbor would."""
        _check_name(self.name)
        if self.days != NO_LIMIT and not 1 <= self.days < _LONGEST_DURATION:
            raise InputError(_("the robot {name} lasts for no time").format(name=self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """Images that are pulled from an endpoint into a hosted project, their paths kept.

    Attributes:
        repositories: pattern as `library/{nginx,redis}`.
        tags: pattern; empty for all.
        cron: six fields, the first `0`; empty for by hand.
        now: whether it is run, and waited for, when it is provisioned.
    """

    name: str
    endpoint: str
    project: str
    repositories: str
    tags: str = ""
    cron: str = ""
    now: bool = True

    def __post_init__(self) -> None:
        """Refuse a time that Harbor would."""
        if self.cron:
            _check_cron(self.cron)
            if self.cron.split()[0] != "0" or self.cron.split()[1] == "*":
                raise InputError(
                    _("replication {name}: the seconds must be 0, and a minute given").format(
                        name=self.name
                    )
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class GarbageCollection:
    """When blobs that nothing refers to are deleted."""

    cron: str = _EVERY_NIGHT
    untagged: bool = True
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPurge:
    """How long the audit log stays in the database; `events` as `pull_artifact`."""

    hours: int
    events: tuple[str, ...]
    cron: str = _EVERY_NIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditForward:
    """Where the audit log goes: syslog over TCP, `host:port` (§2.14)."""

    address: str
    instead_of_database: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All that is wanted of a Harbor; `settings` by Harbor's names, in their own types."""

    settings: Mapping[str, Setting] = field(
        default_factory=lambda: {"project_creation_restriction": "adminonly"}
    )
    endpoints: tuple[Endpoint, ...] = ()
    projects: tuple[Project, ...] = ()
    robots: tuple[Robot, ...] = ()
    replications: tuple[Replication, ...] = ()
    garbage_collection: GarbageCollection | None = None
    scan_cron: str = ""
    audit_purge: AuditPurge | None = None
    audit_forward: AuditForward | None = None

    def __post_init__(self) -> None:
        """Refuse secrets as settings, and a replication into a proxy project (§2.4)."""
        if named := _SECRET_SETTINGS & self.settings.keys():
            raise InputError(
                _("{names} are secrets, which Harbor never tells").format(
                    names=", ".join(sorted(named))
                ),
                todo=_("Set them in Harbor itself: nobody could see whether they are as wanted."),
            )
        proxies = {one.name for one in self.projects if one.endpoint}
        for replication in self.replications:
            if replication.project in proxies:
                raise InputError(
                    _("replication {name} goes into the proxy project {project}").format(
                        name=replication.name, project=replication.project
                    ),
                    todo=_("Name a hosted project: into a proxy Harbor copies nothing, silently."),
                )


def secrets_of(wanted: Wanted) -> tuple[Secret, ...]:
    """Return all secrets in it, for an API that must tell none of them."""
    headers = [hook.header for project in wanted.projects for hook in project.webhooks]
    logins = [endpoint.login for endpoint in wanted.endpoints]
    return (
        *(header for header in headers if header),
        *(login.password for login in logins if login),
    )


def upstream_endpoint(upstream: str, *, name: str, login: Login | None) -> Endpoint:
    """Return the endpoint for an upstream, as `docker.io`; raises InputError."""
    kinds = {UPSTREAM: ("docker-hub", "https://hub.docker.com"), "ghcr.io": ("github-ghcr", "")}
    # Quay's own type is not among those that can be proxied (§2.3).
    kind, url = kinds.get(upstream, ("docker-registry", ""))
    return Endpoint(name=name, kind=kind, url=url or f"https://{upstream}", login=login)


def upstream_pair(
    upstream: str,
    *,
    proxy: str,
    hosted: str,
    login: Login | None,
    retention: Retention,
) -> tuple[Endpoint, Project, Project]:
    """Return an upstream's endpoint, its proxy project and the hosted one; raises InputError.

    Both are public: a runtime cannot log in to a mirror. The endpoint is named as the proxy.
    """
    endpoint = upstream_endpoint(upstream, name=proxy, login=login)
    return (
        endpoint,
        Project(name=proxy, public=True, endpoint=endpoint.name, retention=retention),
        Project(name=hosted, public=True),
    )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InputError(
            _("{name} is no name in Harbor").format(name=name),
            todo=_("Use lower-case letters and digits, with single . _ - between them."),
        )


def _check_cron(cron: str) -> None:
    if len(cron.split()) != _CRON_FIELDS:
        raise InputError(
            _("{cron} is no time of Harbor: it has six fields, seconds first").format(cron=cron)
        )
