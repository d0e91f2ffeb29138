"""What the operator wants of the registry product behind the target; pure.

How each text is read from the file its annotation says (`wizard.fleet.value_section`). Secrets are
references. What is left out is left to the product, or has a default that is said here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Final, Literal

from wizard.fleet.value_marks import Bounds, Keyed

EVERY_NIGHT: Final = "0 0 3 * * *"
_FOREVER: Final = 0
_LARGEST: Final = 1_000_000


class Text(Enum):
    """What a text of this section must be."""

    REFERENCE = "reference"
    """Of a secret: `env:NAME`, `file:PATH` or `ask`."""
    FILE = "file"
    UPSTREAM = "upstream"
    URL = "url"
    NAME = "name"
    """Of a project or repository, in lower case."""
    KEEP = "keep"
    """`30d since pull`, `10d since push`, `last 10 pulled`, `last 10 pushed` or `always`."""
    SIZE = "size"
    """`200GiB`, or `none` for no limit."""
    CRON = "cron"
    """Six fields, seconds first."""


Reference = Annotated[str, Text.REFERENCE]
File = Annotated[str, Text.FILE]
Upstream = Annotated[str, Text.UPSTREAM]
URL = Annotated[str, Text.URL]
Name = Annotated[str, Text.NAME]
Keep = Annotated[str, Text.KEEP]
Size = Annotated[str, Text.SIZE]
Cron = Annotated[str, Text.CRON]
Port = Annotated[int, Bounds(0, 65535)]
Count = Annotated[int, Bounds(0, _LARGEST)]
Setting = bool | int | str
Settings = tuple[tuple[str, Setting], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """The account with which the product reaches an upstream."""

    upstream: Upstream
    username: str
    password: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class HarborUpstream:
    """An upstream with its two projects: one that caches it, one for what production needs.

    Attributes:
        project: the proxy; by default the target's project for that upstream.
        hosted: by default the proxy's name with `-hosted`.
        with_hosted: whether there is a hosted one at all.
        endpoint: name of the registry endpoint; by default `dockerhub`, or the upstream's own.
        server: URL of the upstream's API, where it is not the usual one; then Harbor takes it for
            any registry, also for Docker Hub.
        ca_file: CA of the upstream's own server.
        speed: of the proxy, kilobits each second; 0 for no limit.
        connections: of the proxy to its upstream, for each artifact; 0 for no limit.
    """

    upstream: Upstream
    project: Name = ""
    hosted: Name = ""
    with_hosted: bool = True
    endpoint: str = ""
    server: URL = ""
    ca_file: File = ""
    speed: Count = 0
    connections: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChoice:
    """A member of a project."""

    name: str
    role: Literal["admin", "maintainer", "developer", "guest", "limited_guest"]
    kind: Literal["user", "ldap_group", "http_group", "oidc_group"] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmutableChoice:
    """Tags that cannot be pushed anew; with `excluding` all but those."""

    repositories: str = "**"
    tags: str = "**"
    excluding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChoice:
    """Events of a project that are told to an address; `header` is a secret."""

    name: str
    address: URL
    events: tuple[str, ...]
    kind: Literal["http", "slack"] = "http"
    header: Reference = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectChoice:
    """What is chosen of one project, of an upstream or of one's own.

    Attributes:
        public: pulled from by anybody; by default those of upstreams are, since runtimes cannot
            log in to a mirror, and others are not.
        keep: by default `30d since pull` of a proxy; of another everything stays.
        quota: empty leaves what is there.
    """

    name: Name
    public: bool | None = None
    keep: Keep = ""
    quota: Size = ""
    members: Annotated[tuple[MemberChoice, ...], Keyed("name")] = ()
    immutable: tuple[ImmutableChoice, ...] = ()
    webhooks: Annotated[tuple[WebhookChoice, ...], Keyed("name")] = ()
    scan_on_push: bool = False
    block_from: Literal["", "low", "medium", "high", "critical"] = ""
    cosign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotChoice:
    """A robot; with `project` of that alone, else of the system.

    Attributes:
        pull: projects that it may pull from, `*` for all.
        push: projects that it may push to, and pull from.
        days: how long its secret holds; 0 for ever.
    """

    name: Name
    project: Name = ""
    pull: tuple[str, ...] = ()
    push: tuple[str, ...] = ()
    days: Count = _FOREVER
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationChoice:
    """Images that are copied from an upstream into a hosted project.

    Attributes:
        project: by default the upstream's hosted one.
        cron: empty for by hand.
        now: whether it is run, and waited for, by provisioning.
    """

    name: Name
    repositories: str
    upstream: Upstream = "docker.io"
    project: Name = ""
    tags: str = ""
    cron: Cron = ""
    now: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GarbageCollectionChoice:
    """When blobs that nothing refers to are deleted; not `enabled`, what is there stays."""

    enabled: bool = True
    cron: Cron = EVERY_NIGHT
    untagged: bool = True
    workers: Annotated[int, Bounds(1, 5)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPurgeChoice:
    """How many days the audit log stays in the database."""

    days: Annotated[int, Bounds(1, 36_500)]
    events: tuple[str, ...]
    cron: Cron = EVERY_NIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditForwardChoice:
    """Where the audit log goes, `host:port` of syslog over TCP."""

    address: str
    instead_of_database: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HarborChoice:
    """What is wanted of a Harbor; `settings` by Harbor's own names."""

    upstreams: Annotated[tuple[HarborUpstream, ...], Keyed("upstream")] = ()
    projects: Annotated[tuple[ProjectChoice, ...], Keyed("name")] = ()
    robots: Annotated[tuple[RobotChoice, ...], Keyed("name")] = ()
    replications: Annotated[tuple[ReplicationChoice, ...], Keyed("name")] = ()
    garbage_collection: GarbageCollectionChoice = field(default_factory=GarbageCollectionChoice)
    scan: Cron = ""
    audit_purge: AuditPurgeChoice | None = None
    audit_forward: AuditForwardChoice | None = None
    settings: Settings = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NexusUpstream:
    """An upstream with the proxy repository that caches it.

    Attributes:
        repository: by default the last part of the target's path for that upstream.
        server: URL of the upstream's API, where it is not the usual one.
        port: of its own connector; 0 for none.
        by_path: answer at `host/<repository>/…` too.
        private: its server has a private address.
        renew_password: set the account's password although its user name is the same.
    """

    upstream: Upstream
    repository: Name = ""
    server: URL = ""
    port: Port = 0
    by_path: bool = False
    private: bool = False
    renew_password: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NexusHosted:
    """A repository of own images."""

    repository: Name
    port: Port = 0
    by_path: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NexusGroup:
    """Several repositories under one name, asked in order."""

    repository: Name
    members: tuple[str, ...]
    port: Port = 0
    by_path: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NexusChoice:
    """What is wanted of a Nexus.

    Attributes:
        eula: `accepted` has the licence's words shown, and asked about, when they are first met.
        base_url: empty leaves what is there.
        quota: of the blob store, used space; empty for none.
        quota_of_remaining: `quota` is what must stay free instead.
        anonymous_reads: repositories that everybody may pull from; None for all proxies.
        cleanup_days: proxies forget what nobody pulled for so long; 0 for never.
        backup: directory in that of its data where its database is dumped each night.
    """

    eula: Literal["", "accepted"] = ""
    base_url: URL = ""
    blob_store: Name = "docker"
    quota: Size = ""
    quota_of_remaining: bool = False
    upstreams: Annotated[tuple[NexusUpstream, ...], Keyed("upstream")] = ()
    hosted: Annotated[tuple[NexusHosted, ...], Keyed("repository")] = ()
    groups: Annotated[tuple[NexusGroup, ...], Keyed("repository")] = ()
    anonymous_reads: tuple[str, ...] | None = None
    keep_anonymous_roles: bool = False
    cleanup_days: Count = 30
    housekeeping: bool = True
    backup: Name = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactoryUpstream:
    """An upstream with the remote repository that caches it.

    Attributes:
        repository: by default the last part of the target's path for that upstream.
        server: URL of the upstream's API, where it is not the usual one.
        renew_password: set the account's password although its user name is the same.
    """

    upstream: Upstream
    repository: Name = ""
    server: URL = ""
    renew_password: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactoryVirtual:
    """Several repositories under one key, asked in order; pushes go to `deploys_to`."""

    repository: Name
    members: tuple[str, ...]
    deploys_to: Name = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactoryChoice:
    """What is wanted of an Artifactory; free editions are told as forms to fill in.

    Attributes:
        locals: keys of repositories of own images.
        anonymous_pulls: what everybody must be able to pull from; None for all remotes.
    """

    upstreams: Annotated[tuple[ArtifactoryUpstream, ...], Keyed("upstream")] = ()
    locals: tuple[Name, ...] = ()
    virtuals: Annotated[tuple[ArtifactoryVirtual, ...], Keyed("repository")] = ()
    anonymous_pulls: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionChoice:
    """What `pilotage registry provision` makes of the target; None has the defaults."""

    accounts: Annotated[tuple[AccountChoice, ...], Keyed("upstream")] = ()
    harbor: HarborChoice | None = None
    nexus: NexusChoice | None = None
    artifactory: ArtifactoryChoice | None = None


def provision_secrets(choice: ProvisionChoice) -> tuple[tuple[str, str], ...]:
    """Return (key, reference) of each secret: `account:<upstream>`, `webhook:<project>/<name>`."""
    projects = choice.harbor.projects if choice.harbor else ()
    return (
        *((account_key(one.upstream), one.password) for one in choice.accounts),
        *(
            (webhook_key(project.name, hook.name), hook.header)
            for project in projects
            for hook in project.webhooks
            if hook.header
        ),
    )


def account_key(upstream: str) -> str:
    """Return the key of the secret of an upstream's account."""
    return f"account:{upstream}"


def webhook_key(project: str, name: str) -> str:
    """Return the key of the secret of a project's webhook."""
    return f"webhook:{project}/{name}"
